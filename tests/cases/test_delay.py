"""More time, and why it is late: notices that move both clocks alike, or none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    OPERATOR,
    SALMA,
    SYSTEM_ACCOUNT,
    YOUSSEF,
    ask,
    deliver,
)
from tests.cases.test_cases import URGENT, same_clock
from tests.federation.world import BE, MA, World

from comity.core.cases.clock import ClockState
from comity.core.cases.delay import EXTENSION, LATENESS
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, DelayGround, RefusalGround
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.clock import clock
from comity.services.cases.inbox import list_cases
from comity.services.cases.refuse import refuse
from comity.services.cases.views import show_case
from comity.services.clocks.course import reasons_due
from comity.services.clocks.delay import explain, extend
from comity.services.context import Actor, Node
from comity.services.exchange.status import status
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.cases import find_case
from comity.storage.models.clocks import ClockTurn
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import Direction, ExchangedMessage

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
JUDGE = DelayGround.JUDICIAL_AUTHORISATION
TWO_DAYS = timedelta(days=2)
BORDER: dict[str, Any] = {"purpose": Purpose.BORDER_POST_DATA}


def asked(world: World, agreement: str, **changes: Any) -> str:
    thread = ask(world, agreement, **changes)
    deliver(world)
    return thread


def more(world: World, thread: str, span: timedelta = TWO_DAYS, actor: Actor = SALMA) -> str:
    return extend(world.ma, actor, thread, JUDGE, span, "the examining magistrate sits on Thursday")


def owed(node: Node, thread: str) -> bool:
    return thread in reasons_due(node, [case(node, thread)], {thread: clock(node, thread)})


def case(node: Node, thread: str) -> Any:
    found = find_case(node.alias, thread)
    assert found is not None
    return found


class TestExtension:
    def test_both_clocks_move_from_the_receipt(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement)
        due = clock(world.ma, thread).deadline
        assert due is not None
        more(world, thread)
        assert clock(world.ma, thread).deadline == due
        deliver(world)
        assert same_clock(world, thread) is ClockState.OPEN
        found = clock(world.be, thread)
        assert found.deadline == due + TWO_DAYS
        assert found.extended == TWO_DAYS
        assert [case(node, thread).due_at for node in (world.be, world.ma)] == [due + TWO_DAYS] * 2

    def test_answered_in_the_time_that_was_given(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement, **URGENT)
        more(world, thread, timedelta(hours=4))
        deliver(world)
        world.clock.forward(hours=11)
        answer(world.ma, SALMA, thread)
        deliver(world)
        assert same_clock(world, thread) is ClockState.ANSWERED_IN_TIME

    def test_working_days_are_extended_by_working_days(self, desks: tuple[World, str]) -> None:
        """Monday 23 November: five working days end with Monday 30; two more with Wednesday."""
        world, agreement = desks
        thread = asked(world, agreement, **BORDER)
        assert same_clock(world, thread) is ClockState.OPEN
        assert str(clock(world.be, thread).deadline) == "2026-11-30 23:00:00+00:00"
        with pytest.raises(Refused, match=r"clock\.span"):
            more(world, thread, timedelta(hours=30))
        more(world, thread)
        deliver(world)
        assert same_clock(world, thread) is ClockState.OPEN
        assert str(clock(world.be, thread).deadline) == "2026-12-02 23:00:00+00:00"

    @pytest.mark.parametrize("actor", [YOUSSEF, DPO, OPERATOR, SYSTEM_ACCOUNT])
    def test_only_an_approver_or_the_head_takes_time(self, desks: tuple[World, str], actor: Actor) -> None:
        world, agreement = desks
        thread = asked(world, agreement)
        with pytest.raises(Refused):
            more(world, thread, actor=actor)
        more(world, thread, actor=HEAD)

    def test_what_stands_against_it(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement)
        with pytest.raises(Refused, match=r"clock\.ground"):
            extend(world.ma, SALMA, thread, DelayGround.COMPLEXITY, TWO_DAYS, "a large file")
        with pytest.raises(Refused, match=r"clock\.too-long"):
            more(world, thread, timedelta(days=91))
        with pytest.raises(Refused, match=r"clock\.span"):
            more(world, thread, timedelta(minutes=90))
        with pytest.raises(InputError, match=r"case\.reason"):
            extend(world.ma, SALMA, thread, JUDGE, TWO_DAYS, "  ")
        with pytest.raises(Refused, match=r"case\.not-ours-to-answer"):
            extend(world.be, SALMA, thread, JUDGE, TWO_DAYS, "ours")
        refuse(world.ma, SALMA, thread, RefusalGround.A)
        with pytest.raises(Refused, match=r"case\.closed"):
            more(world, thread)

    def test_what_is_on_its_way_is_not_given_twice(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement)
        more(world, thread, timedelta(days=60))
        with pytest.raises(Refused, match=r"clock\.too-long"):
            more(world, thread, timedelta(days=60))

    def test_a_notice_that_comes_after_the_deadline_moves_nothing(self, desks: tuple[World, str]) -> None:
        """Sent in time, delivered late: neither clock moves, and the sender sees why."""
        world, agreement = desks
        thread = asked(world, agreement, **URGENT)
        message = more(world, thread, timedelta(hours=4))
        world.clock.forward(hours=8)
        deliver(world)
        assert same_clock(world, thread) is ClockState.OVERDUE
        found = status(world.ma, message)
        assert found is not None
        assert found.code == "clock.passed"
        assert ClockTurn.objects.using("be").count() == 0
        assert ClockTurn.objects.using("ma").get().rejected == "clock.passed"
        with pytest.raises(Refused, match=r"clock\.passed"):
            more(world, thread)

    def test_the_reasons_stand_in_the_message_alone(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement)
        more(world, thread)
        deliver(world)
        for alias in ("be", "ma"):
            leaves = [bytes(row.leaf).decode() for row in EvidenceEntry.objects.using(alias)]
            assert any('"case.extension-' in leaf and thread in leaf for leaf in leaves)
            assert not any("magistrate" in leaf or "salma" in leaf for leaf in leaves)
            row = ClockTurn.objects.using(alias).get()
            assert "magistrate" not in str(vars(row))

    def test_both_sides_read_the_reasons_until_they_are_erased(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement)
        more(world, thread)
        deliver(world)
        for node, reader in ((world.be, LOTTE), (world.ma, SALMA)):
            [found] = show_case(node, reader, thread)["delays"]
            assert (found["kind"], found["hours"]) == (EXTENSION, 48)
            assert "magistrate" in found["reason"]
            [hidden] = show_case(node, OPERATOR, thread)["delays"]
            assert hidden["reason"] is None
            ExchangedMessage.objects.using(node.alias).filter(kind=EXTENSION).update(content=None)
            [erased] = show_case(node, reader, thread)["delays"]
            assert (erased["reason"], erased["ground"]) == (None, "judicial-authorisation")

    def test_it_needs_no_agreement_in_force(self, desks: tuple[World, str]) -> None:
        """To tell of a delay is a duty: a suspension does not forbid it."""
        from comity.services.agreements.stop import suspend

        world, agreement = desks
        thread = asked(world, agreement)
        suspend(world.ma, OPERATOR, agreement, "a review")
        more(world, thread)
        deliver(world)
        assert same_clock(world, thread) is ClockState.OPEN
        assert clock(world.be, thread).extended == TWO_DAYS


class TestHostileNotices:
    def send(
        self, node: Node, to: Any, thread: str, agreement: str, body: dict[str, Any], **changes: Any
    ) -> str:
        usual: dict[str, Any] = {
            "partner": to,
            "regime": Regime.POLICE,
            "kind": EXTENSION,
            "act": Act.DELAY,
            "body": body,
            "agreement": agreement,
            "clause": "terrorism.request",
            "purpose": Purpose.TERRORISM,
            "thread": thread,
        }
        return submit(node, Outgoing(**{**usual, **changes}), SALMA)

    @pytest.mark.parametrize(
        ("body", "changes", "code"),
        [
            ({"span": "P91D"}, {}, "clock.too-long"),
            ({"ground": "complexity"}, {}, "clock.ground"),
            ({"ground": "holiday"}, {}, "case.message-malformed"),
            ({"span": "-P1D"}, {}, "case.message-malformed"),
            ({"more": 1}, {}, "case.message-malformed"),
            ({"reason": "x" * 2001}, {}, "case.message-malformed"),
            ({}, {"act": Act.EVIDENCE}, "message.act"),
            ({}, {"clause": "terrorism.search"}, "case.header"),
            ({}, {"thread": "0" * 32}, "case.unknown-thread"),
        ],
    )
    def test_refused(
        self, desks: tuple[World, str], body: dict[str, Any], changes: dict[str, Any], code: str
    ) -> None:
        world, agreement = desks
        thread = asked(world, agreement)
        before = clock(world.be, thread).deadline
        whole = {"ground": "judicial-authorisation", "span": "P1D", "reason": "a judge", **body}
        message = self.send(world.ma, BE, changes.pop("thread", thread), agreement, whole, **changes)
        deliver(world)
        found = status(world.ma, message)
        assert found is not None
        assert found.code == code
        assert clock(world.be, thread).deadline == before

    def test_a_flood_of_notices_ends(self, desks: tuple[World, str], monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.services.clocks import delay

        world, agreement = desks
        thread = asked(world, agreement)
        monkeypatch.setattr(delay, "MOST", 1)
        body = {"ground": "technical", "reason": "again"}
        sent = [self.send(world.ma, BE, thread, agreement, body, kind=LATENESS) for _ in range(2)]
        deliver(world)
        found = [status(world.ma, message) for message in sent]
        assert [each.code for each in found if each is not None] == [None, "clock.too-many"]

    def test_a_requester_gives_nobody_time(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement)
        body = {"ground": "judicial-authorisation", "span": "P1D", "reason": "take your time"}
        message = self.send(world.be, MA, thread, agreement, body)
        deliver(world)
        found = status(world.be, message)
        assert found is not None
        assert found.code == "case.unknown-thread"
        assert clock(world.ma, thread).extended == timedelta(0)


class TestLateness:
    def test_the_reasons_are_asked_for_and_given(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement, **URGENT)
        with pytest.raises(Refused, match=r"clock\.not-late"):
            explain(world.ma, SALMA, thread, DelayGround.TECHNICAL, "the line was down")
        assert not owed(world.ma, thread)
        world.clock.forward(hours=9)
        assert owed(world.ma, thread)
        assert not owed(world.be, thread)
        [entry] = list_cases(world.ma, SALMA)
        assert entry.document()["reason_due"] is True
        explain(world.ma, SALMA, thread, DelayGround.TECHNICAL, "the line was down")
        deliver(world)
        assert not owed(world.ma, thread)
        assert same_clock(world, thread) is ClockState.OVERDUE
        turn = ClockTurn.objects.using("be").get()
        assert (turn.kind, turn.ground, turn.hours) == (LATENESS, "technical", 0)

    def test_also_after_a_late_answer(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement, **URGENT)
        world.clock.forward(hours=9)
        answer(world.ma, SALMA, thread, categories={DataCategory.NAMES})
        deliver(world)
        assert owed(world.ma, thread)
        explain(world.ma, SALMA, thread, DelayGround.OTHER, "short of staff")
        deliver(world)
        assert same_clock(world, thread) is ClockState.ANSWERED_LATE
        assert not owed(world.ma, thread)


def exchanged(world: World, thread: str, kind: str, sender: Any) -> None:
    """Put a message of a thread into both nodes as if it had been exchanged now."""
    at = world.clock()
    for node in (world.be, world.ma):
        out = node.service == sender
        ExchangedMessage(
            direction=Direction.OUT if out else Direction.IN,
            partner=MA if node.service == BE else BE,
            message=f"{at:%d%H%M%S}".rjust(32, "0"),
            regime="police",
            kind=kind,
            act="clarify",
            thread=thread,
            sent_at=at,
            stored_at=at,
            received_at=at,
            state="delivered" if out else "accepted",
            header=b"",
            digest="",
            sealed="",
        ).save(using=node.alias)


class TestClarification:
    def test_time_stands_still_where_the_clause_says_so(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement, **BORDER)
        world.clock.forward(days=1)
        exchanged(world, thread, "clarification-request", MA)
        world.clock.forward(days=30)
        assert same_clock(world, thread) is ClockState.CLARIFYING
        exchanged(world, thread, "clarification", BE)
        assert same_clock(world, thread) is ClockState.OPEN
        found = clock(world.be, thread)
        assert found.deadline is not None
        assert found.deadline > world.clock() + timedelta(days=5)

    def test_who_takes_the_question_back_waits_no_longer(self, desks: tuple[World, str]) -> None:
        """Or a question, recalled at once, would stop the clock for good."""
        world, agreement = desks
        thread = asked(world, agreement, **BORDER)
        exchanged(world, thread, "clarification-request", MA)
        world.clock.forward(hours=1)
        exchanged(world, thread, "recall", MA)
        world.clock.forward(days=9)
        assert same_clock(world, thread) is ClockState.OVERDUE

    def test_a_requester_stops_no_clock(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement, **BORDER)
        exchanged(world, thread, "clarification-request", BE)
        world.clock.forward(days=9)
        assert same_clock(world, thread) is ClockState.OVERDUE

    def test_and_runs_on_where_it_does_not(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = asked(world, agreement, actor=LOTTE)
        exchanged(world, thread, "clarification-request", MA)
        world.clock.forward(days=8)
        assert same_clock(world, thread) is ClockState.OVERDUE
