"""L31: the reason of a search is found from the log, both are gone after three years, and the chain still verifies.

Enforced by `erase_searches` in `services/register/erase.py` (one's own register), in `services/probe/upkeep.py` (searches at
partners, tests/services/probe/test_retention.py) and by `erase_statements` in `services/people/statements.py`. Without the
call of `destroy_salt` the salt that opens the entry is still there and `test_both_go_after_three_years` fails.
"""

from __future__ import annotations

import pytest
from tests.cases.cast import LOTTE, UID
from tests.federation.world import World
from tests.policy.persons import intact

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.evidence.event import read_leaf, verify_commitment
from comity.services.evidence.sequence import sequence
from comity.services.people.statements import erase_statements
from comity.services.register.erase import erase_searches
from comity.services.register.read import consult
from comity.services.register.search import search
from comity.storage.evidence import entries
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.register import RegisterAct

RULE = {
    "enforced": (
        "services/register/erase.py:erase_searches",
        "services/people/statements.py:erase_statements",
    ),
    "core": ("core/evidence/test_event.py::test_a_leaf_shows_nothing_of_what_it_commits_to",),
    "wire": "not applicable: no partner searches one's own register; what it searches by index is the row above",
    "api": ("api/test_reading.py::test_the_reason_of_a_search_of_the_register_goes_after_three_years",),
    "desk": ("test_the_reason_is_found_from_the_log", "test_both_go_after_three_years"),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
Desks = tuple[World, str, str]


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
