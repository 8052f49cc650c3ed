"""L25: a return is suspended (or another protection begins) after something was released: cancelled, or recalled.

Enforced in `services/protection/follow.py`: without `owe(...)` in `_follow` the partner keeps what it has, without
`cancel_waiting(...)` what still waits leaves first.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cases.cast import DPO, SALMA, UID, ask, deliver, hold, tainted
from tests.federation.world import BE, World
from tests.policy.looking import ONLY_THE_NEIGHBOUR, found_before_and_after
from tests.policy.scene import OLD, case, code_of, everything, passage

from comity.core.codes.marks import Taint
from comity.services.cases.answer import answer
from comity.services.cases.views import show_case
from comity.services.protection.follow import follow_register
from comity.services.protection.outstanding import outstanding
from comity.services.protection.owe import chase_due
from comity.storage.models.register import RegisterSubject

RULE = {
    "enforced": (
        "core/register/findable.py:hidden_by",
        "services/protection/follow.py:_follow",
    ),
    "core": ("policy/test_decide.py::test_protected_origin_and_status_never_leave",),
    "wire": ("test_a_partner_s_search_finds_nobody",),
    "api": ("api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",),
    "desk": (
        "test_what_was_sent_is_recalled",
        "test_what_waits_does_not_leave",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def marked(world: World, *taints: Taint) -> None:
    """Let the register mark the suspect in a new version, as an import does."""
    hold(world.ma, tainted(*taints))
    RegisterSubject.objects.using("ma").filter(uid=UID).update(version=2)


@pytest.mark.parametrize(
    "taint", [Taint.RETURN_SUSPENDED, Taint.ASYLUM, Taint.TORTURE_RISK, Taint.RESTRICTED, Taint.QUARANTINED]
)
def test_what_was_sent_is_recalled(answered: tuple[World, str, str], taint: Taint) -> None:
    world, _, thread = answered
    assert follow_register(world.ma) == 0
    marked(world, taint)
    assert follow_register(world.ma) == 1
    [line] = outstanding(world.ma, DPO)
    assert (line.act, line.ground) == ("recall", "provider-decision")
    chase_due(world.ma)
    deliver(world)
    assert case(world.be, thread).reply is None
    assert OLD not in everything(world.be)
    assert taint.value not in everything(world.be)
    assert follow_register(world.ma) == 0


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_a_partner_s_search_finds_nobody(tmp_path: Path) -> None:
    """Also where the partner had been given the index before the mark."""
    assert found_before_and_after(tmp_path, Taint.RETURN_SUSPENDED) == ONLY_THE_NEIGHBOUR


def test_the_true_ground_is_the_data_protection_officers(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    marked(world, Taint.RETURN_SUSPENDED)
    follow_register(world.ma)
    assert "L25" in str(show_case(world.ma, DPO, thread)["decisions"])
    assert "L25" not in str(show_case(world.ma, SALMA, thread)["decisions"])


def test_what_waits_does_not_leave(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    world.network.cut_off.add(BE)
    reply = answer(world.ma, SALMA, thread)
    marked(world, Taint.RETURN_SUSPENDED)
    assert follow_register(world.ma) == 1
    world.network.cut_off.clear()
    deliver(world, 400)
    assert code_of(world.ma, reply) == ("withdrawn", "law.protected")
    assert passage(world.ma, reply).state == "gone"
    assert OLD not in everything(world.be)
    assert case(world.ma, thread).closing is None
    assert outstanding(world.ma, DPO) == []


def test_an_ordinary_change_is_a_persons_affair(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    marked(world)
    assert follow_register(world.ma) == 0
    assert case(world.be, thread).reply is not None
