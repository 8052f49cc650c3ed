"""L25: a return is suspended (or another protection begins) after something was released: cancelled, or recalled.

Enforced in `services/protection/follow.py` and `owe.py`: without `owe(...)` in `ask_back` the partner keeps what it has,
without `hold_one(...)` what still waits leaves first. What a worker has tried to deliver is held back in
`storage/exchange/outbox.py:hold_back`: without its `update(...)` the next try delivers it; without the call in
`services/exchange/deliver.py:_may_leave` nobody learns whether it had arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, SALMA, UID, ask, deliver, hold, tainted
from tests.federation.world import BE, World
from tests.policy.looking import ONLY_THE_NEIGHBOUR, found_before_and_after
from tests.policy.scene import NEW, OLD, case, code_of, everything, leaves, passage, put_right

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.marks import RefusalGround, Taint
from comity.services import erasures
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.cases.views import show_case
from comity.services.exchange.deliver import deliver_due
from comity.services.protection.correct import correct
from comity.services.protection.follow import follow_register
from comity.services.protection.outstanding import outstanding
from comity.services.protection.owe import HELD, OWED, chase_due, hold_again, owe_again
from comity.services.register.erase import erase, erase_again
from comity.services.register.state import quarantine, restrict
from comity.storage.models.exchange import OutboxRow
from comity.storage.models.register import RegisterSubject
from comity.storage.transaction import atomic
from comity.transport.memory import Fault

RULE = {
    "enforced": (
        "core/register/findable.py:hidden_by",
        "services/protection/follow.py:_follow",
        "services/protection/follow.py:_follow_quote",
        "services/protection/owe.py:ask_back",
        "services/exchange/back/hold.py:hold_back",
        "services/exchange/deliver.py:_may_leave",
    ),
    "core": ("policy/test_decide.py::test_protected_origin_and_status_never_leave",),
    "wire": ("test_a_partner_s_search_finds_nobody",),
    "api": ("api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",),
    "desk": (
        "test_what_was_sent_is_recalled",
        "test_what_waits_does_not_leave",
        "test_what_was_tried_and_never_arrived_does_not_leave",
        "test_what_was_tried_and_had_arrived_is_taken_back",
        "policy/test_quoted_later.py::test_what_was_said_is_recalled",
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


def follow_mark(world: World, thread: str) -> None:
    marked(world, Taint.RETURN_SUSPENDED)
    assert follow_register(world.ma) == 1


CHANGES: dict[str, Callable[[World, str], object]] = {
    "marked": follow_mark,
    "quarantined": lambda world, thread: quarantine(world.ma, HEAD, UID, "obtained under duress"),
    "erased": lambda world, thread: erase(world.ma, HEAD, UID, "decided"),
    "restricted": lambda world, thread: restrict(world.ma, HEAD, UID, "contested"),
    "recalled": lambda world, thread: recall(world.ma, SALMA, thread),
    "recalled-for-good": lambda world, thread: recall(world.ma, SALMA, thread, erase=True),
}


class Killed(Exception):
    """Stands for a node that is lost with what it had done since the backup."""


def tried(desks: tuple[World, str], fault: Fault) -> tuple[World, str, str]:
    """Answer, and let one delivery fail."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    reply = answer(world.ma, SALMA, thread)
    with_fault = [fault]
    world.network.draw = lambda: with_fault.pop() if with_fault else Fault.NONE
    deliver_due(world.ma, world.network.channels)
    assert code_of(world.ma, reply) == ("queued", None)
    return world, thread, reply


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_tried_and_never_arrived_does_not_leave(desks: tuple[World, str], change: str) -> None:
    world, thread, reply = tried(desks, Fault.DROP)
    CHANGES[change](world, thread)
    words = {str(row.message) for row in OutboxRow.objects.using("ma") if row.size}
    assert reply not in words
    for _ in range(3):
        chase_due(world.ma)
        deliver(world, 400)
    assert code_of(world.ma, reply)[0] == "withdrawn"
    assert passage(world.ma, reply).state == "gone"
    assert OLD not in everything(world.be)
    assert outstanding(world.ma, DPO) == []
    # Whoever never had it is not told that there was anything to take back.
    assert leaves(world.be, "case.recalled") == leaves(world.be, "case.restricted") == []
    # And the request may still be answered as an ordinary one.
    assert case(world.ma, thread).closing is None
    refuse(world.ma, SALMA, thread, RefusalGround.A)
    deliver(world, 400)
    assert case(world.be, thread).ground is not None


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_tried_and_had_arrived_is_taken_back(desks: tuple[World, str], change: str) -> None:
    world, thread, reply = tried(desks, Fault.LOSE_ANSWER)
    assert OLD in everything(world.be)
    CHANGES[change](world, thread)
    for _ in range(3):
        chase_due(world.ma)
        deliver(world, 400)
    assert code_of(world.ma, reply) == ("delivered", None)
    kept = change == "restricted"
    assert passage(world.be, reply).state == ("restricted" if kept else "gone")
    assert (OLD in everything(world.be)) is kept
    assert show_case(world.be, LOTTE, thread)["reply"] is None
    assert outstanding(world.ma, DPO) == []
    assert case(world.ma, thread).closing == case(world.be, thread).closing == reply


def test_a_correction_of_what_is_protected_by_now_does_not_leave(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    put_right(world.ma)
    world.network.cut_off.add(BE)
    correct(world.ma, SALMA, thread, ProtectionGround.INACCURATE)
    deliver(world)
    quarantine(world.ma, HEAD, UID, "obtained under duress")
    world.network.cut_off.clear()
    chase_due(world.ma)
    deliver(world, 400)
    assert NEW not in everything(world.be)
    assert OLD not in everything(world.be)
    assert leaves(world.be, "case.corrected-to") == []


def test_what_was_erased_here_does_not_leave_after_a_restore(desks: tuple[World, str]) -> None:
    """The backup knows the entry and a reply that waits; the journal knows that the entry was erased."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    reply = answer(world.ma, SALMA, thread)
    with atomic("ma"):
        erase_again(world.ma, [UID])
    follow_register(world.ma)
    deliver(world, 400)
    assert code_of(world.ma, reply) == ("withdrawn", "register.erased")
    assert OLD not in everything(world.be)


def test_recipients_of_what_was_erased_by_decision_are_told_after_a_restore(
    answered: tuple[World, str, str],
) -> None:
    world, _, thread = answered
    with atomic("ma"):
        erase_again(world.ma, [UID])
        owe_again(world.ma, [f"{BE}/police/{thread}/erase/2030-01-01T00:00:00.000Z"])
    chase_due(world.ma)
    deliver(world, 400)
    assert OLD not in everything(world.be)
    assert case(world.be, thread).reply is None


def lose(world: World, thread: str, change: str) -> None:
    """Give an order and lose it, as a restore does; only the journal outlives it."""

    def order() -> None:
        with atomic("ma"):
            CHANGES[change](world, thread)
            raise Killed

    with pytest.raises(Killed):
        order()


def journaled(world: World, kind: str) -> list[str]:
    """Return what the journal holds of a kind."""
    return [one for line in erasures.lines_of(world.ma, {kind}) for one in line.ids]


@pytest.mark.parametrize("change", ["erased", "recalled", "recalled-for-good"])
def test_what_was_ordered_after_the_backup_is_owed_by_the_restored_node(
    answered: tuple[World, str, str], change: str
) -> None:
    world, _, thread = answered
    lose(world, thread, change)
    [name] = journaled(world, OWED)
    assert outstanding(world.ma, DPO) == []
    for _ in range(2):
        with atomic("ma"):
            owe_again(world.ma, [name])
    assert len(outstanding(world.ma, DPO)) == 1
    chase_due(world.ma)
    deliver(world, 400)
    assert OLD not in everything(world.be)
    with atomic("ma"):
        owe_again(world.ma, [name])
    assert outstanding(world.ma, DPO) == []


def test_what_was_withdrawn_after_the_backup_does_not_leave(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    reply = answer(world.ma, SALMA, thread)
    lose(world, thread, "quarantined")
    with atomic("ma"):
        hold_again(world.ma, journaled(world, HELD))
    deliver(world, 400)
    assert code_of(world.ma, reply)[0] == "withdrawn"
    assert OLD not in everything(world.be)
