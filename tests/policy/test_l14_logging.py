"""L14: who consults, searches, alters, discloses or erases leaves person, time and reason; the log is read with a reason.

Enforced by `stated` in `services/register/accountable.py` (without its check of the reason
`test_nothing_is_read_without_a_reason` fails), by `record(...)` in `consult` and `search` of the register (without it
`test_each_act_leaves_its_entry` fails), and by `leave` in `services/oversight/look.py`, which no look into the log passes by. What a partner tries is entered in `_judge` of
`services/exchange/accept.py`, refused or not.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, SALMA, UID, officer, subject
from tests.egress.scene import enter
from tests.federation.world import World
from tests.policy.hostile import sent_lawless, telling
from tests.policy.scene import leaves

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import InputError, Refused
from comity.services.oversight.look import looks, replay
from comity.services.register.erase import erase
from comity.services.register.read import consult
from comity.services.register.search import search
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.storage.models.register import RegisterAct

RULE = {
    "enforced": (
        "services/register/accountable.py:stated",
        "services/register/read.py:consult",
        "services/register/search.py:search",
        "services/oversight/look.py:leave",
        "services/exchange/accept.py:_judge",
    ),
    "core": ("core/evidence/test_event.py::test_a_leaf_shows_nothing_of_what_it_commits_to",),
    "wire": ("test_what_a_hostile_partner_tries_leaves_its_entry",),
    "api": (
        "api/test_rest.py::test_each_address_needs_its_scope",
        "api/test_reading.py::test_no_search_without_a_reason_over_rest",
    ),
    "desk": (
        "test_nothing_is_read_without_a_reason",
        "test_each_act_leaves_its_entry",
        "test_the_log_is_no_source_of_figures",
        "web/test_oversight.py::test_a_look_without_a_reason_shows_nothing",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("amal", Role.AUDITOR)
WHY = "file 12, check of identity"
Act = Callable[[World, str], object]
ACTS: dict[str, Act] = {
    "register.consulted": lambda world, why: consult(world.ma, SALMA, UID, why),
    "register.searched": lambda world, why: search(world.ma, SALMA, Regime.POLICE, "يوسف", why),
    "register.restricted": lambda world, why: restrict(world.ma, DPO, UID, why),
    "register.restriction-lifted": lambda world, why: lift_restriction(world.ma, DPO, UID, why),
    "register.quarantined": lambda world, why: quarantine(world.ma, DPO, UID, why),
    "register.erased": lambda world, why: erase(world.ma, DPO, UID, why),
}


@pytest.mark.parametrize("kind", ACTS)
@pytest.mark.parametrize("reason", ["", "  ", "ab", "x" * 1001])
def test_nothing_is_read_without_a_reason(desks: tuple[World, str], kind: str, reason: str) -> None:
    world, _ = desks
    enter(world.ma, subject(), UID)
    with pytest.raises(InputError, match=r"register\.reason"):
        ACTS[kind](world, reason)
    assert leaves(world.ma, kind) == []
    assert not RegisterAct.objects.using("ma").exists()


def test_each_act_leaves_its_entry(desks: tuple[World, str]) -> None:
    """Person and reason are sealed beside the entry, which commits to them and names nobody."""
    world, _ = desks
    enter(world.ma, subject(), UID)
    for kind, act in ACTS.items():
        before = RegisterAct.objects.using("ma").count()
        act(world, WHY)
        [entry] = leaves(world.ma, kind)
        assert "salma" not in entry
        assert "driss" not in entry
        assert WHY not in entry
        assert RegisterAct.objects.using("ma").count() == before + 1
        statement = RegisterAct.objects.using("ma").latest("pk").statement
        assert (statement["by"], statement["reason"]) in {("salma", WHY), ("driss", WHY)}


def test_what_a_hostile_partner_tries_leaves_its_entry(desks: tuple[World, str]) -> None:
    """Taken or refused, and why; in the log that both countersign, without a word of what it said."""
    world, agreement = desks
    assert (
        sent_lawless(world, telling(agreement, {"reasons": "said of nobody"}, decision=None))[0] == "refused"
    )
    [refused] = leaves(world.be, "message.refused")
    assert '"code":"law.decision"' in refused
    assert leaves(world.be, "message.accepted") == []
    assert sent_lawless(world, telling(agreement, {"reasons": "said of nobody"}))[0] == "delivered"
    [taken] = leaves(world.be, "message.accepted")
    for entry in (refused, taken):
        assert "said of nobody" not in entry
        assert "suspect" not in entry


def test_the_log_is_no_source_of_figures(answered: tuple[World, str, str]) -> None:
    """Officers and heads of desk do not read it; who oversees reads it for a reason, which stays."""
    world, _, thread = answered
    for actor in (LOTTE, SALMA, HEAD):
        with pytest.raises(Refused, match=r"actor\.role"):
            replay(world.be, actor, thread, WHY)
    with pytest.raises(InputError, match=r"register\.reason"):
        replay(world.be, AUDITOR, thread, "")
    assert looks(world.be, AUDITOR) == []
    replay(world.be, AUDITOR, thread, WHY)
    assert [(look.by, look.reason) for look in looks(world.be, AUDITOR)] == [("amal", WHY)]
