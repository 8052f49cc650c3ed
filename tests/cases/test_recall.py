"""What was sent is asked back: gone at the partner's, proved by its receipt, whatever is suspended."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cases.cast import LOTTE, OPERATOR, SALMA, YOUSSEF, ask, deliver
from tests.federation.world import BE, MA, World, set_state
from tests.policy.conftest import with_homes

from comity.core.cases.clock import ClockState
from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import RefusalGround
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend, terminate
from comity.services.cases.answer import answer
from comity.services.cases.clock import clock
from comity.services.cases.inbox import inbox
from comity.services.cases.recall import RECALLED, recall, withdraw_again
from comity.services.cases.refuse import refuse
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.todo import Todo
from comity.services.context import Node
from comity.services.erasures import journal_file
from comity.services.exchange.status import Standing, status
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.models.cases import Case
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def desks(desks: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    with_homes(desks[0], tmp_path)
    return desks


@pytest.fixture
def answered(desks: tuple[World, str]) -> tuple[World, str, str]:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    assert case("be", thread).reply is not None
    return world, agreement, thread


def case(alias: str, thread: str) -> Case:
    return Case.objects.using(alias).get(thread=thread)


def sent(node: Node, thread: str) -> list[str]:
    rows = ExchangedMessage.objects.using(node.alias).filter(thread=thread, direction="out")
    return list(rows.filter(kind__in=("recall", "erase")).order_by("id").values_list("kind", flat=True))


def kept(alias: str, thread: str, direction: str) -> int:
    rows = ExchangedMessage.objects.using(alias).filter(thread=thread, direction=direction)
    return rows.filter(content__isnull=False, kind__in=["request", "reply"]).count()


def outcome(node: Node, message: str) -> tuple[Standing, str | None]:
    found = status(node, message)
    assert found is not None
    return found.standing, found.code


@pytest.mark.parametrize(
    "stopped", ["nothing", "agreement-suspended", "agreement-terminated", "partner", "both"]
)
def test_a_reply_is_emptied_at_the_requesters_whatever_is_stopped(
    answered: tuple[World, str, str], stopped: str
) -> None:
    world, agreement, thread = answered
    if stopped == "agreement-suspended":
        suspend(world.ma, OPERATOR, agreement, "test")
    if stopped == "agreement-terminated":
        terminate(world.ma, OPERATOR, agreement, "test")
    if stopped in ("partner", "both"):
        set_state(world.be, MA, "suspended")
    if stopped == "both":
        set_state(world.ma, BE, "suspended")
    deliver(world)
    message = recall(world.ma, SALMA, thread)
    deliver(world)
    assert outcome(world.ma, message) == (Standing.DELIVERED, None)
    assert (case("be", thread).reply, kept("be", thread, "in")) == (None, 0)
    assert (case("be", thread).request is None, kept("be", thread, "out")) == (False, 1)
    assert case("ma", thread).reply is not None
    assert clock(world.be, thread).state is ClockState.ANSWERED_IN_TIME
    leaves = [bytes(row.leaf).decode() for row in EvidenceEntry.objects.using("be")]
    assert any(RECALLED in leaf and message in leaf for leaf in leaves)
    assert thread in journal_file(world.be.config.home).read_text("utf-8")


def test_an_erasure_empties_our_own_copy_once_the_receipt_has_come(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    world.network.cut_off.add(BE)
    recall(world.ma, SALMA, thread, erase=True)
    deliver(world)
    assert case("ma", thread).reply is not None
    world.network.cut_off.clear()
    deliver(world, seconds=400)
    assert (case("be", thread).reply, case("ma", thread).reply) == (None, None)
    assert (kept("be", thread, "in"), kept("ma", thread, "out")) == (0, 0)


def test_a_recalled_request_is_answered_no_more(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    assert [entry.thread for entry in inbox(world.ma, SALMA)] == [thread]
    message = recall(world.be, LOTTE, thread)
    deliver(world)
    assert outcome(world.be, message) == (Standing.DELIVERED, None)
    assert (case("ma", thread).request, kept("ma", thread, "in")) == (None, 0)
    assert [entry.todo for entry in inbox(world.ma, SALMA)] == [(Todo.NOTE,)]
    for act in (
        lambda: answer(world.ma, SALMA, thread),
        lambda: refuse(world.ma, SALMA, thread, RefusalGround.A),
    ):
        with pytest.raises(Refused, match=r"case\.recalled"):
            act()
    assert {clock(node, thread).state for node in (world.be, world.ma)} == {ClockState.RECALLED}


def test_a_reply_that_crosses_the_recall_of_its_request_is_refused(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    reply = answer(world.ma, SALMA, thread)
    recall(world.be, LOTTE, thread)
    deliver(world)
    assert outcome(world.ma, reply) == (Standing.REFUSED, RECALLED)
    assert case("be", thread).reply is None
    assert [entry.todo for entry in inbox(world.ma, SALMA)] == [(Todo.NOTE,)]
    with pytest.raises(Refused, match=r"case\.recalled"):
        answer(world.ma, SALMA, thread)


def test_what_has_not_arrived_is_withdrawn_by_its_recall(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    world.network.cut_off.add(BE)
    reply = answer(world.ma, SALMA, thread)
    deliver(world)
    world.network.cut_off.clear()
    recall(world.ma, SALMA, thread)
    deliver(world, seconds=400)
    assert outcome(world.ma, reply) == (Standing.WITHDRAWN, RECALLED)
    assert case("be", thread).reply is None


def test_what_left_before_the_recall_and_comes_after_it_is_refused(
    desks: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the sender's node does: here it holds nothing back."""
    monkeypatch.setattr("comity.services.protection.owe.hold_back", lambda *_: {})
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    world.network.cut_off.add(BE)
    reply = answer(world.ma, SALMA, thread)
    deliver(world)
    world.network.cut_off.clear()
    set_state(world.ma, BE, "suspended")
    recall(world.ma, SALMA, thread)
    deliver(world, seconds=400)
    set_state(world.ma, BE, "confirmed")
    deliver(world, seconds=400)
    assert outcome(world.ma, reply) == (Standing.REFUSED, RECALLED)
    assert case("be", thread).reply is None


def test_only_what_one_has_sent_and_only_by_whom_it_concerns(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    with pytest.raises(Refused, match=r"case\.nothing-sent"):
        recall(world.ma, SALMA, thread)
    with pytest.raises(InputError, match=r"case\.unknown"):
        recall(world.ma, SALMA, "0" * 32)
    with pytest.raises(Refused, match=r"actor\.role"):
        recall(world.ma, YOUSSEF, thread)
    refuse(world.ma, SALMA, thread, RefusalGround.A)
    with pytest.raises(Refused, match=r"case\.nothing-sent"):
        recall(world.ma, SALMA, thread)


@pytest.mark.parametrize(
    ("kind", "act", "body", "code"),
    [
        ("recall", Act.EVIDENCE, {}, "message.act"),
        ("erase", Act.RECALL, {}, "message.act"),
        ("recall", Act.RECALL, {"thread": "x"}, "case.message-malformed"),
    ],
)
def test_malicious_recalls(
    answered: tuple[World, str, str], kind: str, act: Act, body: dict[str, str], code: str
) -> None:
    world, _, thread = answered
    outgoing = Outgoing(BE, Regime.POLICE, kind, act, body, thread=thread)
    message = submit(world.ma, outgoing, SALMA)
    deliver(world)
    assert outcome(world.ma, message) == (Standing.REFUSED, code)
    assert case("be", thread).reply is not None


def test_a_recall_empties_nothing_that_we_said_ourselves(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    message = recall(world.be, LOTTE, thread)
    deliver(world)
    assert outcome(world.be, message) == (Standing.DELIVERED, None)
    row = case("ma", thread)
    assert (row.request, row.reply is None, row.rejected) == (None, False, None)
    unknown = submit(world.ma, Outgoing(BE, Regime.POLICE, "recall", Act.RECALL, {}, thread="0" * 32), SALMA)
    deliver(world)
    assert outcome(world.ma, unknown) == (Standing.DELIVERED, None)


def test_what_was_recalled_is_recalled_no_more_and_can_still_be_erased(
    answered: tuple[World, str, str],
) -> None:
    world, _, thread = answered
    recall(world.ma, SALMA, thread)
    deliver(world)
    with pytest.raises(Refused, match=r"case\.recalled-before"):
        recall(world.ma, SALMA, thread)
    assert sent(world.ma, thread) == ["recall"]
    message = recall(world.ma, SALMA, thread, erase=True)
    deliver(world)
    assert outcome(world.ma, message) == (Standing.DELIVERED, None)
    assert case("ma", thread).reply is None
    for erase in (True, False):
        with pytest.raises(Refused, match=r"case\.recalled-before"):
            recall(world.ma, SALMA, thread, erase=erase)
    assert sent(world.ma, thread) == ["recall", "erase"]


def test_a_recall_that_is_not_receipted_is_only_chased(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    world.network.cut_off.add(BE)
    first = recall(world.ma, SALMA, thread)
    deliver(world)
    assert recall(world.ma, SALMA, thread) == first
    assert sent(world.ma, thread) == ["recall"]
    erasing = recall(world.ma, SALMA, thread, erase=True)
    assert recall(world.ma, SALMA, thread) == recall(world.ma, SALMA, thread, erase=True) == erasing
    world.network.cut_off.clear()
    deliver(world, seconds=400)
    assert sent(world.ma, thread) == ["recall", "erase"]
    assert (case("be", thread).reply, case("ma", thread).reply) == (None, None)


def test_what_was_said_after_a_recall_is_recalled_too(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, "which brother?")
    recall(world.ma, SALMA, thread)
    deliver(world)
    world.network.cut_off.add(BE)
    answer(world.ma, SALMA, thread)
    recall(world.ma, SALMA, thread)
    world.network.cut_off.clear()
    deliver(world, seconds=400)
    assert sent(world.ma, thread) == ["recall", "recall"]
    assert case("be", thread).reply is None


def test_a_restored_reply_is_withdrawn_again(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    with atomic("be"):
        withdraw_again(world.be, [f"{MA}/{thread}/in", f"{MA}/{'0' * 32}/in"])
    assert (case("be", thread).reply, kept("be", thread, "in")) == (None, 0)
