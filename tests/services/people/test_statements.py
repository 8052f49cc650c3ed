"""What people stated when they looked into the register is erased after three years; the log verifies as before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.services.evidence import cast
from tests.services.register.desk import HEAD, KEEPER, OFFICER, files, order, table

from comity.core.codes.exchange import Regime
from comity.services import erasures
from comity.services.context import Node
from comity.services.evidence.sequence import sequence
from comity.services.evidence.verify import verify
from comity.services.people.statements import erase_statements
from comity.services.register.erase import erase
from comity.services.register.import_ import import_register
from comity.services.register.read import consult
from comity.services.register.search import search
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.register import RegisterAct

pytestmark = pytest.mark.django_db(databases=["be"])

WHY = "file 12, check of identity"
YEARS = timedelta(days=1095)
LIST = table("1,Amina,Tazi,,,1980-02-03,", header="id,given,family,given_ar,family_ar,dob,document")


@pytest.fixture
def clock() -> cast.Clock:
    return cast.Clock()


@pytest.fixture
def node(tmp_path: Path, clock: cast.Clock) -> Node:
    be = cast.node("be", clock, tmp_path)
    cast.introduce(be, cast.node("ma", clock))
    import_register(be, KEEPER, order(), files(LIST))
    return be


def _uid(node: Node) -> str:
    return search(node, OFFICER, Regime.POLICE, "amina", WHY).subjects[0].uid


def _kinds() -> list[str]:
    return sorted(RegisterAct.objects.using("be").exclude(subject_uid="").values_list("kind", flat=True))


def _salted(kind: str) -> int:
    rows = EvidenceEntry.objects.using("be").filter(salt__isnull=False)
    return sum(f'"{kind}"'.encode() in bytes(row.leaf) for row in rows)


def _sound(node: Node) -> bool:
    sequence(node)
    return not verify(node).findings


def test_a_consultation_is_erased_at_three_years_and_not_before(node: Node, clock: cast.Clock) -> None:
    uid = _uid(node)
    consult(node, OFFICER, uid, WHY)
    assert _sound(node)
    clock.now += YEARS
    assert erase_statements(node) == 0
    assert _salted("register.consulted") == 1
    clock.now += timedelta(seconds=1)
    assert erase_statements(node) == 1
    assert _kinds() == []
    assert _salted("register.consulted") == 0
    # That there was a consultation stays, and is proven.
    leaves = [bytes(leaf) for leaf in EvidenceEntry.objects.using("be").values_list("leaf", flat=True)]
    assert sum(b'"register.consulted"' in leaf for leaf in leaves) == 1
    assert sum(b'"register.statement-erased"' in leaf for leaf in leaves) == 1
    assert _sound(node)
    assert erase_statements(node) == 0


def test_younger_statements_on_the_same_subject_keep_their_salts(node: Node, clock: cast.Clock) -> None:
    uid = _uid(node)
    consult(node, OFFICER, uid, WHY)
    clock.now += timedelta(days=400)
    consult(node, OFFICER, uid, WHY)
    clock.now += timedelta(days=700)
    before = _salted("register.imported")
    assert erase_statements(node) == 1
    assert _kinds() == ["consulted"]
    assert _salted("register.consulted") == 1
    assert _salted("register.imported") == before
    assert _sound(node)


def test_the_reason_of_a_restriction_stays_as_long_as_it_holds(node: Node, clock: cast.Clock) -> None:
    uid = _uid(node)
    restrict(node, HEAD, uid, WHY)
    clock.now += YEARS + timedelta(days=1)
    assert erase_statements(node) == 0
    lift_restriction(node, HEAD, uid, WHY)
    assert erase_statements(node) == 1
    assert _kinds() == ["active"]
    quarantine(node, HEAD, uid, WHY)
    clock.now += YEARS + timedelta(days=1)
    assert erase_statements(node) == 1
    assert _kinds() == ["quarantined"]
    erase(node, HEAD, uid, WHY)
    assert erase_statements(node) == 1
    clock.now += YEARS + timedelta(days=1)
    assert erase_statements(node) == 1
    assert _kinds() == []
    assert _sound(node)


def test_erased_again_after_a_restore(node: Node, clock: cast.Clock) -> None:
    uid = _uid(node)
    consult(node, OFFICER, uid, WHY)
    old = RegisterAct.objects.using("be").get(kind="consulted")
    clock.now += YEARS + timedelta(days=1)
    erase_statements(node)
    consult(node, OFFICER, uid, WHY)
    young = RegisterAct.objects.using("be").get(kind="consulted")
    # The row number may have been given out again meanwhile: the journal names the act, not the row.
    old.pk = None
    old.save(using="be", force_insert=True)
    erasures.replay(node, (0, ""))
    assert RegisterAct.objects.using("be").get(kind="consulted").pk == young.pk
