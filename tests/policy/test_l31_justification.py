"""L31: a search is justified where its own oversight can read it; after three years it is gone, and the log still verifies.

Enforced by `seal_justification` in `services/watch/justification.py` (sealed to the data-protection officer), by `erase_searches` in
`services/probe/upkeep.py` and in `services/register/erase.py`; without `destroy_salt(...)` in either the entry still commits
to a person, and without the deletion the words stay: `test_after_three_years_*`, and `test_both_go_after_three_years` for one's
own register, whose consultations `erase_statements` of `services/people/statements.py` erases.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cases.cast import LOTTE, UID
from tests.federation.world import BE, World, make_card, node_keys
from tests.policy.persons import intact
from tests.services.probe.land import Land, make_land

import comity.services.probe.handlers  # noqa: F401
from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.evidence.event import read_leaf, verify_commitment
from comity.services.evidence.sequence import sequence
from comity.services.evidence.verify import verify
from comity.services.people.statements import erase_statements
from comity.services.probe import upkeep
from comity.services.register.erase import erase_searches
from comity.services.register.read import consult
from comity.services.register.search import search
from comity.storage import partners
from comity.storage.evidence import entries
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeAsked
from comity.storage.models.register import RegisterAct

RULE = {
    "enforced": (
        "services/watch/justification.py:seal_justification",
        "services/probe/upkeep.py:erase_searches",
        "services/register/erase.py:erase_searches",
        "services/people/statements.py:erase_statements",
    ),
    "core": ("core/evidence/test_event.py::test_a_leaf_shows_nothing_of_what_it_commits_to",),
    "wire": ("oversight/test_search.py::test_a_search_whose_commitment_is_not_the_logged_one_is_named",),
    "api": (
        "api/test_reading.py::test_the_reason_of_a_private_search_over_rest_is_committed_to",
        "api/test_reading.py::test_the_reason_of_a_search_of_the_register_goes_after_three_years",
    ),
    "desk": (
        "test_after_three_years_the_chain_still_verifies",
        "test_the_reason_is_found_from_the_log",
        "test_both_go_after_three_years",
        "oversight/test_search.py::test_an_opening_needs_a_role_and_leaves_its_reason",
        "services/probe/test_retention.py::test_erased_again_after_a_restore",
    ),
    "lacks": "at the console a search may leave offence, aim and role unsaid: it is made, and stands out",
}

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
Desks = tuple[World, str, str]


@pytest.fixture
def land(db: None, tmp_path: Path) -> Land:
    return make_land(tmp_path)


def test_after_three_years_the_chain_still_verifies(land: Land) -> None:
    partners.add_own_card(land.be.alias, 1, make_card(BE, node_keys(BE))[1], land.clock())
    land.published()
    rid = land.ask(**KNOWN).rid
    row = ProbeAsked.objects.using("be").get()
    assert land.justification(row)["reason"] == "the reason"
    sequence(land.be)
    assert verify(land.be).findings == ()
    before = [bytes(entry.leaf) for entry in EvidenceEntry.objects.using("be").order_by("id")]
    land.clock.forward(days=1096)
    assert upkeep.erase_searches(land.be, land.network.channels) == 1
    assert not ProbeAsked.objects.using("be").exists()
    assert not EvidenceEntry.objects.using("be").filter(erase_key=rid, salt__isnull=False).exists()
    kept = [bytes(entry.leaf) for entry in EvidenceEntry.objects.using("be").order_by("id")]
    assert kept[: len(before)] == before, "the entry stays as it was"
    sequence(land.be)
    assert verify(land.be).findings == ()


# --- one's own register; no partner searches it: what it searches by index is above


def searched(world: World) -> tuple[str, dict[str, str]]:
    """Search the register and return identifier and statement of the search."""
    search(world.ma, LOTTE, Regime.POLICE, "الخطابي", "file 12")
    statement = RegisterAct.objects.using("ma").get(kind="searched").statement
    return statement["act"], statement


def test_the_reason_is_found_from_the_log(answered: Desks) -> None:
    world = answered[0]
    act, statement = searched(world)
    [entry] = entries.salted("ma", act)
    leaf = read_leaf(entry.leaf)
    assert leaf.kind == "register.searched"
    verify_commitment(leaf.commitment or "", entry.salt or b"", canonical.encode(statement))
    assert statement["reason"] == "file 12"
    assert "الخطابي" not in bytes(entry.leaf).decode()


def test_both_go_after_three_years(answered: Desks) -> None:
    world = answered[0]
    act, _ = searched(world)
    consult(world.ma, LOTTE, UID, "file 12")
    sequence(world.ma)
    size = EvidenceEntry.objects.using("ma").count()
    world.clock.forward(days=1094)
    assert erase_searches(world.ma) + erase_statements(world.ma) == 0
    world.clock.forward(days=2)
    assert erase_searches(world.ma) + erase_statements(world.ma) == 2
    assert not RegisterAct.objects.using("ma").filter(kind__in=["searched", "consulted"]).exists()
    assert entries.salted("ma", act) == []
    for kind in (b"register.searched", b"register.consulted"):
        found = [r for r in EvidenceEntry.objects.using("ma") if b'"kind":"' + kind + b'"' in bytes(r.leaf)]
        assert [row.salt for row in found] == [None]
    assert EvidenceEntry.objects.using("ma").count() > size
    assert intact(world.ma)
