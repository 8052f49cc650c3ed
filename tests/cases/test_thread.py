"""Inside a thread: questions and clarifications, answers in part, negative answers; and a hostile partner."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases.cast import (
    LOTTE,
    OPERATOR,
    SALMA,
    SYSTEM_ACCOUNT,
    YOUSSEF,
    ask,
    deliver,
    make_desks,
)
from tests.federation.world import BE, MA, World
from tests.told import released

from comity.core.cases.clock import ClockState
from comity.core.cases.thread import NegativeResult
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import Assertion, DataCategory, Handling, SubjectCategory
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend, terminate
from comity.services.cases.answer import answer
from comity.services.cases.clock import clock
from comity.services.cases.inbox import inbox
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.negative import answer_negative
from comity.services.cases.views import show_case
from comity.services.exchange.status import status
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.models.cases import Case

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def end(world: World, sender: ServiceId, message: str) -> str | None:
    found = status(world.nodes[sender], message)
    assert found is not None
    return found.code


def said(world: World, thread: str) -> list[str]:
    return [each["kind"] for each in show_case(world.be, LOTTE, thread)["passages"]]


class TestClarification:
    def test_asked_and_given_in_the_thread(self, asked: tuple[World, str, str]) -> None:
        world, _, thread = asked
        ask_clarification(world.ma, YOUSSEF, thread, "which of the two brothers?")
        deliver(world)
        [_, question] = show_case(world.be, LOTTE, thread)["passages"]
        assert question["words"] == {"question": "which of the two brothers?", "language": "und"}
        clarify(world.be, LOTTE, thread, "the younger one", assertion=Assertion.FACT)
        deliver(world)
        [*_, last] = show_case(world.ma, SALMA, thread)["passages"]
        assert last["words"]["answer"] == "the younger one"
        assert said(world, thread) == ["request", "clarification-request", "clarification"]
        answer(world.ma, SALMA, thread)
        deliver(world)
        assert clock(world.be, thread).state is ClockState.ANSWERED_IN_TIME

    def test_who_asks_and_who_answers(self, asked: tuple[World, str, str]) -> None:
        world, _, thread = asked
        with pytest.raises(Refused, match=r"case\.not-ours-to-answer"):
            ask_clarification(world.be, LOTTE, thread, "what?")
        with pytest.raises(Refused, match=r"case\.not-asked"):
            clarify(world.ma, SALMA, thread, "that", assertion=Assertion.FACT)
        with pytest.raises(Refused, match=r"case\.not-asked"):
            clarify(world.be, LOTTE, thread, "that", assertion=Assertion.FACT)
        with pytest.raises(InputError, match=r"case\.text"):
            ask_clarification(world.ma, SALMA, thread, "  ")
        question = ask_clarification(world.ma, SALMA, thread, "what?")
        deliver(world)
        with pytest.raises(InputError, match=r"case\.message-unknown"):
            clarify(world.be, LOTTE, thread, "that", "0" * 32, assertion=Assertion.FACT)
        clarify(world.be, SYSTEM_ACCOUNT, thread, "that", question, assertion=Assertion.FACT)
        with pytest.raises(Refused, match=r"case\.not-asked"):
            clarify(world.be, LOTTE, thread, "that again", assertion=Assertion.FACT)

    @pytest.mark.parametrize("stop", [suspend, terminate])
    def test_in_the_run_off_and_not_afterwards(self, asked: tuple[World, str, str], stop: Any) -> None:
        """The clause's run-off names the reply: what serves it goes on, on threads opened before."""
        world, agreement, thread = asked
        stop(world.be, OPERATOR, agreement, "test")
        deliver(world)
        message = ask_clarification(world.ma, SALMA, thread, "what?")
        deliver(world)
        assert end(world, MA, message) is None
        clarify(world.be, LOTTE, thread, "that", assertion=Assertion.FACT)

    def test_not_after_the_answer(self, asked: tuple[World, str, str]) -> None:
        world, _, thread = asked
        answer(world.ma, SALMA, thread)
        with pytest.raises(Refused, match=r"case\.closed"):
            ask_clarification(world.ma, SALMA, thread, "what?")

    @pytest.mark.parametrize(
        ("sender", "kind", "body", "change", "code"),
        [
            (
                MA,
                "clarification",
                {"question": "0" * 32, "answer": "x", "assertions": {"answer": "fact"}},
                {},
                "case.unknown-thread",
            ),
            (BE, "clarification-request", {"question": "x"}, {}, "case.unknown-thread"),
            (
                BE,
                "clarification",
                {"question": "0" * 32, "answer": "x", "assertions": {"answer": "fact"}},
                {},
                "case.unasked",
            ),
            (MA, "clarification-request", {"question": "x", "more": 1}, {}, "case.message-malformed"),
            (MA, "clarification-request", {"question": ""}, {}, "case.message-malformed"),
            (MA, "clarification-request", {"question": "x"}, {"act": Act.RECEIPT}, "message.act"),
            (
                MA,
                "clarification-request",
                {"question": "x"},
                {"clause": "drugs.request", "purpose": Purpose.DRUGS},
                "case.header",
            ),
        ],
    )
    def test_hostile(
        self,
        asked: tuple[World, str, str],
        sender: ServiceId,
        kind: str,
        body: dict[str, Any],
        change: dict[str, Any],
        code: str,
    ) -> None:
        world, agreement, thread = asked
        usual: dict[str, Any] = {
            "partner": MA if sender == BE else BE,
            "regime": Regime.POLICE,
            "kind": kind,
            "act": Act.CLARIFY,
            "body": body,
            "agreement": agreement,
            "clause": "terrorism.request",
            "purpose": Purpose.TERRORISM,
            "thread": thread,
        }
        message = submit(world.nodes[sender], Outgoing(**{**usual, **change}), SALMA)
        deliver(world)
        assert end(world, sender, message) == code
        assert said(world, thread) == ["request"]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"data": frozenset({DataCategory.NAMES})}, "policy.data-not-expected"),
            ({"thread": None}, "policy.thread-missing"),
            ({"thread": "0" * 32}, "policy.thread-missing"),
        ],
    )
    def test_the_policy_lets_no_data_and_no_new_thread_pass(
        self, asked: tuple[World, str, str], change: dict[str, Any], code: str
    ) -> None:
        world, agreement, thread = asked
        usual: dict[str, Any] = {
            "partner": BE,
            "regime": Regime.POLICE,
            "kind": "clarification-request",
            "act": Act.CLARIFY,
            "body": {"question": "x"},
            "agreement": agreement,
            "purpose": Purpose.TERRORISM,
            "thread": thread,
        }
        with pytest.raises(Refused, match=code.replace(".", r"\.")):
            submit(world.ma, Outgoing(**{**usual, **change}), SALMA)


class TestClock:
    def test_it_stands_still_while_a_clarification_is_awaited(self) -> None:
        """Where the clause says so: data of border posts, in the plan 2025-2026."""
        world, agreement = make_desks()
        thread = ask(
            world,
            agreement,
            reference=None,
            about="a lorry",
            purpose=Purpose.BORDER_POST_DATA,
            categories={DataCategory.VEHICLES},
        )
        deliver(world)
        before = clock(world.be, thread)
        assert before.state is ClockState.OPEN
        ask_clarification(world.ma, SALMA, thread, "which lorry?")
        deliver(world)
        for node in (world.be, world.ma):
            assert clock(node, thread).state is ClockState.CLARIFYING
        world.clock.forward(days=3)
        clarify(world.be, LOTTE, thread, "the red one", assertion=Assertion.FACT)
        deliver(world)
        after = clock(world.be, thread)
        assert after == clock(world.ma, thread)
        assert after.state is ClockState.OPEN
        assert before.deadline is not None
        assert after.deadline is not None
        assert after.deadline > before.deadline


class TestPartial:
    def test_parts_and_the_rest(self, asked: tuple[World, str, str]) -> None:
        world, _, thread = asked
        answer(world.ma, SALMA, thread, categories={DataCategory.NAMES}, final=False)
        deliver(world)
        assert clock(world.be, thread).state is ClockState.OPEN
        assert [entry.thread for entry in inbox(world.ma, SALMA)] == [thread]
        shown = show_case(world.be, LOTTE, thread)
        assert shown["reply"] is None
        assert set(shown["passages"][1]["words"]["subject"]["fields"]) == {"names"}
        answer(world.ma, SALMA, thread, categories={DataCategory.PHONES})
        deliver(world)
        assert said(world, thread) == ["request", "partial-reply", "reply"]
        assert clock(world.be, thread).state is ClockState.ANSWERED_IN_TIME
        assert clock(world.be, thread) == clock(world.ma, thread)

    def test_a_part_is_bound_like_the_whole(self, asked: tuple[World, str, str]) -> None:
        world, agreement, thread = asked
        outgoing = Outgoing(
            BE,
            Regime.POLICE,
            "partial-reply",
            Act.REPLY,
            {
                "subject": released({"names": [], "phones": []}),
                "assertions": {},
                "handling": "H1",
                "evaluation": "X4",
                "subject_category": "suspect",
            },
            agreement=agreement,
            clause="terrorism.request",
            purpose=Purpose.TERRORISM,
            thread=thread,
            data=frozenset({DataCategory.NAMES}),
            subjects=frozenset({SubjectCategory.SUSPECT}),
            handling=Handling.H1,
            decision="0" * 64,
        )
        message = submit(world.ma, outgoing, SALMA)
        deliver(world)
        assert end(world, MA, message) == "case.header"


class TestNegative:
    def test_it_closes_as_an_answer(self, asked: tuple[World, str, str]) -> None:
        world, _, thread = asked
        answer_negative(world.ma, SALMA, thread, NegativeResult.NOT_HELD)
        deliver(world)
        for node in (world.be, world.ma):
            assert clock(node, thread).state is ClockState.ANSWERED_IN_TIME
            row = Case.objects.using(node.alias).get(thread=thread)
            assert (row.negative, row.ground, row.reply) == ("not-held", None, None)
        [made] = show_case(world.ma, SALMA, thread)["decisions"]
        assert (made["kind"], made["by"]) == ("negative", "salma")

    def test_a_named_approver_decides(self, asked: tuple[World, str, str]) -> None:
        world, _, thread = asked
        for actor in (YOUSSEF, OPERATOR, SYSTEM_ACCOUNT):
            with pytest.raises(Refused, match=r"case\.approver"):
                answer_negative(world.ma, actor, thread, NegativeResult.NOT_HELD)
        answer_negative(world.ma, SALMA, thread, NegativeResult.NOT_IDENTIFIED)
        with pytest.raises(Refused, match=r"case\.closed"):
            answer_negative(world.ma, SALMA, thread, NegativeResult.NOT_HELD)

    @pytest.mark.parametrize(
        ("body", "change", "code"),
        [
            ({"result": "not-held", "note": "but we watch him"}, {}, "case.message-malformed"),
            ({"result": "unknown"}, {}, "case.message-malformed"),
            (
                {"result": "not-held"},
                {"data": frozenset({DataCategory.NAMES}), "subjects": frozenset({SubjectCategory.SUSPECT})},
                "case.header",
            ),
        ],
    )
    def test_hostile(
        self, asked: tuple[World, str, str], body: dict[str, Any], change: dict[str, Any], code: str
    ) -> None:
        world, agreement, thread = asked
        usual: dict[str, Any] = {
            "partner": BE,
            "regime": Regime.POLICE,
            "kind": "negative-reply",
            "act": Act.REPLY,
            "body": body,
            "agreement": agreement,
            "clause": "terrorism.request",
            "purpose": Purpose.TERRORISM,
            "thread": thread,
            "decision": "0" * 64,
        }
        message = submit(world.ma, Outgoing(**{**usual, **change}), SALMA)
        deliver(world)
        assert end(world, MA, message) == code
        assert Case.objects.using("be").get(thread=thread).closing is None

    def test_without_a_decision_neither_node_lets_it_pass(self, asked: tuple[World, str, str]) -> None:
        world, agreement, thread = asked
        outgoing = Outgoing(
            BE,
            Regime.POLICE,
            "negative-reply",
            Act.REPLY,
            {"result": "not-held"},
            agreement=agreement,
            clause="terrorism.request",
            purpose=Purpose.TERRORISM,
            thread=thread,
        )
        with pytest.raises(Refused, match=r"law\.decision"):
            submit(world.ma, outgoing, SALMA)
