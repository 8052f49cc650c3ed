"""State machine of cases on two real nodes: asked, answered, refused, restricted, given free, recalled, erased; a line that
breaks; years that pass.

Tried by putting faults into the product, each of which a walk or a run notices: a recall that leaves the words of the case and of the
signed messages; a recall in one batch with what it recalls; a restriction that is ignored on arrival, when the reply is shown, or when a
request is answered; a retention that erases nothing. Two lines each stop a second closing and empty a recalled passage: to take
one away changes nothing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from tests.cases.cast import DPO, LOTTE, SALMA, UID, ask, make_desks, with_suspect
from tests.federation.world import BE, MA
from tests.machines.played import Rolled, play, walk
from tests.policy.scene import OLD, decoded, everything

from comity.core.cases.clock import ClockState
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.marks import RefusalGround
from comity.errors import ComityError
from comity.services.cases.answer import answer
from comity.services.cases.clock import clock
from comity.services.cases.erase import erase_due
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.cases.views import show_case
from comity.services.exchange.deliver import deliver_due
from comity.services.protection.outstanding import outstanding
from comity.services.protection.owe import chase_due
from comity.services.protection.restrict import lift_received, lift_sent, restrict_received, restrict_sent
from comity.storage.models.cases import Case
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.protection import Passage

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
YEARS = 1096
PLACES = st.integers(0, 3)
CONTESTED = ProtectionGround.CONTESTED


class CaseMachine(Rolled):
    """Two desks; `asked` are the threads, `recalled` those whose last answer Morocco asked back.

    Morocco restricts what it answered (`restricted`), and the request itself (`untouchable`). What was recalled before it
    left opens the case again: its message (`given_up`) never comes, and another answer may.
    """

    def __init__(self) -> None:
        super().__init__()
        self.world, self.agreement = make_desks()
        with_suspect(self.world)
        self.asked: list[str] = []
        self.recalled: set[str] = set()
        self.restricted: set[str] = set()
        self.untouchable: set[str] = set()
        self.closings: dict[str, str] = {}
        self.given_up: set[str] = set()
        # It begins where most can happen: one case is answered, one waits.
        for _ in range(2):
            self.ask()
        self.work(hours=0.01)
        self.answer(0)
        self.work(hours=0.01)

    def thread(self, place: int) -> str | None:
        return self.asked[place % len(self.asked)] if self.asked else None

    def case(self, node: Any, thread: str) -> Case | None:
        return Case.objects.using(node.alias).filter(thread=thread).first()

    @rule()
    def ask(self) -> None:
        if len(self.asked) < 4:
            with suppress(ComityError):  # the plan may have ended
                self.asked.append(ask(self.world, self.agreement, reference=None, about="the driver"))

    @rule(place=PLACES)
    def answer(self, place: int) -> None:
        usable = self.thread(place) not in self.untouchable
        closed = self.close(place, lambda thread: answer(self.world.ma, SALMA, thread, UID))
        assert usable or not closed, "a restricted request is not answered"

    @rule(place=PLACES)
    def refuse(self, place: int) -> None:
        self.close(
            place, lambda thread: refuse(self.world.ma, SALMA, thread, RefusalGround.F2, reason="a source")
        )

    def close(self, place: int, act: Any) -> bool:
        """Close a case; whether it was closed."""
        thread = self.thread(place)
        if thread is None:
            return False
        before = self.case(self.world.ma, thread)
        try:
            act(thread)
        except ComityError:
            after = self.case(self.world.ma, thread)
            assert (after and after.closing) == (before and before.closing), "a refused act changes nothing"
            return False
        assert before is not None
        assert before.closing is None, "a case is closed once"
        self.recalled.discard(thread)
        return True

    @rule(place=PLACES)
    def recall(self, place: int) -> None:
        thread = self.thread(place)
        if thread is not None:
            with suppress(ComityError):
                recall(self.world.ma, SALMA, thread)
                self.recalled.add(thread)
                self.restricted.discard(thread)

    @rule(place=PLACES, free=st.booleans())
    def restrict(self, place: int, free: bool) -> None:
        """Morocco restricts what it answered, or gives it free again."""
        thread = self.thread(place)
        if thread is None or thread in self.recalled:
            return
        with suppress(ComityError):
            if free:
                lift_sent(self.world.ma, DPO, thread)
                self.restricted.discard(thread)
            else:
                restrict_sent(self.world.ma, DPO, thread, CONTESTED)
                self.restricted.add(thread)

    @rule(place=PLACES, free=st.booleans())
    def touch(self, place: int, free: bool) -> None:
        """Morocco restricts the request that it got, or gives it free again."""
        thread = self.thread(place)
        if thread is None:
            return
        with suppress(ComityError):
            if free:
                lift_received(self.world.ma, DPO, thread)
                self.untouchable.discard(thread)
            else:
                restrict_received(self.world.ma, DPO, thread, CONTESTED)
                self.untouchable.add(thread)

    @rule(down=st.booleans())
    def line(self, down: bool) -> None:
        self.world.network.cut_off = {BE, MA} if down else set()

    @rule(hours=st.sampled_from([0.01, 6, 9, 200]))
    def work(self, hours: float) -> None:
        for _ in range(2):
            self.world.clock.forward(hours=hours / 2)
            for node in (self.world.be, self.world.ma):
                chase_due(node)
                deliver_due(node, self.world.network.channels)

    @invariant()
    def a_closing_is_never_exchanged(self) -> None:
        for thread in self.asked:
            row, theirs = self.case(self.world.ma, thread), self.case(self.world.be, thread)
            if row is not None and row.closing is None and thread in self.closings:
                self.given_up.add(self.closings.pop(thread))
            if row is not None and row.closing is not None and not row.closing_rejected:
                assert self.closings.setdefault(thread, row.closing) == row.closing
            assert theirs is None or theirs.closing not in self.given_up, "what was taken back has come"

    @invariant()
    def what_is_recalled_and_receipted_is_gone(self) -> None:
        for thread in self.recalled - self.owed():
            assert OLD not in self.told(thread)

    @invariant()
    def what_is_restricted_and_receipted_is_withheld_and_kept(self) -> None:
        for thread in self.restricted - self.owed():
            row = self.case(self.world.be, thread)
            if row is not None and row.reply is not None:
                assert show_case(self.world.be, LOTTE, thread)["reply"] is None
                assert OLD in self.told(thread)

    @invariant()
    def what_is_neither_is_shown(self) -> None:
        for thread in set(self.asked) - self.restricted - self.recalled - self.owed():
            row = self.case(self.world.be, thread)
            if row is not None and row.reply is not None:
                assert OLD in str(show_case(self.world.be, LOTTE, thread)["reply"])

    def owed(self) -> set[str]:
        """Return the threads of which Belgium has something to comply with."""
        return {line.thread for line in outstanding(self.world.ma, DPO)}

    def told(self, thread: str) -> str:
        """Return all words that Belgium holds of what Morocco said in a thread."""
        row = self.case(self.world.be, thread)
        said = [] if row is None else [row.reply]
        mine = {"thread": thread, "direction": "in"}
        said += [each.body for each in Passage.objects.using("be").filter(**mine)]
        messages = ExchangedMessage.objects.using("be").filter(**mine)
        return str(said + [decoded(each.content) for each in messages if each.content])

    def finish(self) -> None:
        self.line(down=False)
        for _ in range(3):
            self.work(hours=3)
        # What gives free again needs an agreement, which may have ended meanwhile; all the rest has been complied with.
        assert [line for line in outstanding(self.world.ma, DPO) if line.act != "lift"] == []
        for thread in self.asked:
            ours, theirs = clock(self.world.be, thread), self.case(self.world.ma, thread)
            if theirs is not None and ours.state not in (ClockState.REJECTED, ClockState.RECALLED):
                assert ours.state is clock(self.world.ma, thread).state
                row = self.case(self.world.be, thread)
                assert row is not None
                if thread not in self.recalled and not theirs.closing_rejected:
                    assert row.closing == theirs.closing, "what was answered has arrived, once"
                if thread in self.recalled:
                    assert OLD not in str(row.reply)
        # Three years after the last answer nothing is left of what was closed.
        self.world.clock.forward(days=YEARS)
        open_ones = [t for t in self.asked if (row := self.case(self.world.be, t)) and row.closing is None]
        for node in (self.world.be, self.world.ma):
            while erase_due(node):
                pass
            if not open_ones:
                assert OLD not in everything(node)


FREE, HELD, LATER = {"place": 0, "free": True}, {"place": 0, "free": False}, ("work", {"hours": 3})
WALKS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "restricted and given free": [("restrict", HELD), LATER, ("restrict", FREE), LATER],
    "restricted while away": [("line", {"down": True}), ("restrict", HELD), ("line", {"down": False}), LATER],
    "a restricted request": [("touch", {"place": 1, "free": False}), ("answer", {"place": 1})],
    "recalled": [("recall", {"place": 0}), LATER],
    "answered and recalled while away": [
        ("line", {"down": True}),
        ("answer", {"place": 1}),
        ("recall", {"place": 1}),
        ("line", {"down": False}),
        LATER,
    ],
    "answered, recalled, and answered anew": [
        ("answer", {"place": 1}),
        ("recall", {"place": 1}),
        ("answer", {"place": 1}),
        LATER,
    ],
    "answered, recalled, and refused": [
        ("answer", {"place": 1}),
        ("recall", {"place": 1}),
        ("refuse", {"place": 1}),
        LATER,
    ],
    "answered again": [("answer", {"place": 0}), ("refuse", {"place": 0})],
    "all closed": [("answer", {"place": 1}), LATER],
}


@pytest.mark.parametrize("steps", WALKS.values(), ids=list(WALKS))
def test_a_walk(steps: list[tuple[str, dict[str, Any]]]) -> None:
    walk(CaseMachine(), steps)


def test_cases() -> None:
    play(CaseMachine, 8, 14)
