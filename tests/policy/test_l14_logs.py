"""L14: whatever is done with an entry stands in an append-only log, which is read for four uses only.

Enforced by the check of `LogUse` in `services/rights/logs.py` and by `record`, which refuses to run outside the transaction
of the act. Without the check `test_it_is_read_for_four_uses_only` fails. That an entry cannot be altered or left out is
shown by `verify` (docs/protocol/evidence.md).
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases.cast import HEAD, LOTTE, OPERATOR, SYSTEM_ACCOUNT, UID, officer
from tests.federation.world import BE, World
from tests.policy.persons import MOROCCAN, intact
from tests.policy.scene import leaves
from tests.policy.test_l32_owner_first import ROWS, brought

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.probe.query import read_query
from comity.core.rights.codes import LogUse
from comity.errors import ComityError, InputError, Refused
from comity.services import calls
from comity.services.context import Actor
from comity.services.evidence.sequence import sequence
from comity.services.register.erase import erase
from comity.services.register.finding.find import find
from comity.services.register.read import consult
from comity.services.register.search import search
from comity.services.register.state import lift_restriction, restrict
from comity.services.rights.logs import read_log
from comity.storage.models.evidence import EvidenceEntry

RULE = {
    "enforced": ("services/rights/logs.py:read_log", "services/evidence/record.py:record_many"),
    "core": "not applicable: the core reads no log; the four uses are its type `LogUse`",
    "wire": ("test_a_partner_reads_no_log_but_its_own",),
    "api": ("api/test_reading.py::test_no_operation_reads_the_log_of_processing",),
    "desk": (
        "test_every_kind_of_processing_leaves_its_line",
        "test_it_is_read_for_four_uses_only",
        "test_a_line_that_was_altered_or_taken_out_shows",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("ali", Role.AUDITOR)
Desks = tuple[World, str, str]


def logged(world: World, actor: Actor = MOROCCAN, use: str = LogUse.LAWFULNESS, uid: str = UID) -> list[str]:
    return [
        line.kind for line in read_log(world.ma, actor, Regime.POLICE, uid, use, "spot check of November")
    ]


def test_every_kind_of_processing_leaves_its_line(answered: Desks) -> None:
    world = answered[0]
    # Collection.
    brought(world, ROWS)
    assert len(leaves(world.ma, "register.imported")) == 1
    # Consultation, alteration, erasure: who, when, why.
    consult(world.ma, LOTTE, UID, "file 12")
    restrict(world.ma, MOROCCAN, UID, "contested")
    lift_restriction(world.ma, MOROCCAN, UID, "settled")
    erase(world.ma, MOROCCAN, UID, "unlawful")
    found = read_log(world.ma, AUDITOR, Regime.POLICE, UID, LogUse.SELF_MONITORING, "yearly check")
    kinds = {line.kind: line for line in found}
    for kind, by, reason in (
        ("register.consulted", LOTTE, "file 12"),
        ("register.restricted", MOROCCAN, "contested"),
        ("register.erased", MOROCCAN, "unlawful"),
    ):
        assert (kinds[kind].by, kinds[kind].reason) == (by.name, reason)
    assert "register.restriction-lifted" in kinds
    # Combination and comparison: searches of the register, by words and by likeness.
    search(world.ma, LOTTE, Regime.POLICE, "Benjelloun", "file 12")
    find(world.ma, LOTTE, Regime.POLICE, read_query({"given": "Salma", "family": "El Idrissi"}), "file 12")
    assert len(leaves(world.ma, "register.searched")) == 2
    # Disclosure, with its recipient: the log with that partner.
    assert leaves(world.ma, "message.sent")
    assert EvidenceEntry.objects.using("ma").filter(scope__startswith="bilateral/BE.").exists()


@pytest.mark.parametrize("use", ["analytics", "statistics", "", "verify-lawfulness "])
def test_it_is_read_for_four_uses_only(answered: Desks, use: str) -> None:
    world = answered[0]
    with pytest.raises(Refused, match=r"log\.use"):
        logged(world, use=use)
    assert leaves(world.ma, "log.read") == []
    for allowed in LogUse:
        logged(world, use=allowed)
    assert len(leaves(world.ma, "log.read")) == 4


@pytest.mark.parametrize("actor", [LOTTE, HEAD, OPERATOR, SYSTEM_ACCOUNT, officer("r", Role.ADMINISTRATOR)])
def test_only_officer_and_auditor_read_it(answered: Desks, actor: Actor) -> None:
    with pytest.raises(Refused, match=r"actor\.(role|person)"):
        logged(answered[0], actor)


def test_who_reads_says_why_and_is_logged(answered: Desks) -> None:
    world = answered[0]
    with pytest.raises(InputError, match=r"register\.reason"):
        read_log(world.ma, MOROCCAN, Regime.POLICE, UID, LogUse.LAWFULNESS, " ")
    logged(world)
    assert "log.read" in logged(world)
    for uid in ("0" * 32, "nobody"):
        with pytest.raises(InputError, match=r"register\.unknown"):
            logged(world, uid=uid)
    elsewhere = Actor("e", MOROCCAN.kind, frozenset({(Regime.RETURN_IDENTIFICATION, Role.AUDITOR)}))
    with pytest.raises(InputError, match=r"register\.unknown"):
        read_log(
            world.ma, elsewhere, Regime.RETURN_IDENTIFICATION, UID, LogUse.LAWFULNESS, "not of this regime"
        )


def test_a_partner_reads_no_log_but_its_own(answered: Desks) -> None:
    """All that a partner can call: no answer holds a line of the internal log, or of the log with another."""
    world = answered[0]
    consult(world.ma, LOTTE, UID, "file 12 and its reason")
    sequence(world.ma)
    internal = [bytes(row.leaf) for row in EvidenceEntry.objects.using("ma").filter(scope="internal")]
    assert internal
    asked: list[Any] = [
        None,
        {},
        {"scope": "internal"},
        {"log": "internal"},
        {"epoch": 1, "old": 0, "proof": []},
    ]
    names = sorted(calls._handlers)
    assert len(names) >= 10
    for name in names:
        for body in asked:
            made = calls.Call("c" * 32, BE, Regime.POLICE, world.clock(), body, b"")
            try:
                answer = calls._handlers[name].function(world.ma, made)
            except ComityError as error:
                answer = (error.code, b"")
            for leaf in internal:
                assert leaf not in answer[1], name
                assert leaf.decode() not in str(answer[0]), name
            assert "file 12 and its reason" not in str(answer), name


def test_a_line_that_was_altered_or_taken_out_shows(answered: Desks) -> None:
    world = answered[0]
    consult(world.ma, LOTTE, UID, "file 12")
    assert intact(world.ma)
    row = next(r for r in EvidenceEntry.objects.using("ma") if b"register.consulted" in bytes(r.leaf))
    leaf = bytes(row.leaf)
    EvidenceEntry.objects.using("ma").filter(pk=row.pk).update(leaf=leaf.replace(b"consulted", b"inspected"))
    assert not intact(world.ma)
    EvidenceEntry.objects.using("ma").filter(pk=row.pk).delete()
    assert not intact(world.ma)
