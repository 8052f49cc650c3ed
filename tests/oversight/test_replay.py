"""Replay of a thread and of a search: decided again by the agreement of its day, proven by the countersigned log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, OPERATOR, SALMA, ask, deliver, officer
from tests.cases.clocked import clocked_desks, recorded
from tests.cases.test_cases import URGENT
from tests.federation.world import BE, MA, World, make_card, node_keys

from comity.core.agreement.standing import State
from comity.core.cases.clock import ClockState
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.oversight.judge import Judgement
from comity.core.policy.decide import Permit
from comity.errors import InputError, Refused
from comity.services.agreements.stop import resume, suspend
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.context import Actor, Node
from comity.services.evidence.checkpoint import exchange_checkpoints
from comity.services.oversight.look import looks, replay
from comity.services.oversight.shown import document, lines
from comity.services.people.statements import STATEMENTS_KEPT, erase_statements
from comity.storage import partners
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("amal", Role.AUDITOR)
WHY = "yearly audit, file 12"


def desks() -> tuple[World, str]:
    """Return two desks whose logs are countersigned when `covered` says so."""
    world, agreement = clocked_desks()
    for service, node in world.nodes.items():
        partners.add_own_card(node.alias, 1, make_card(service, node_keys(service))[1], world.clock())
    return world, agreement


def covered(world: World) -> None:
    """Let each node show its log to the other."""
    for node in (world.be, world.ma):
        exchange_checkpoints(node, world.network.channels)


@pytest.fixture
def answered() -> tuple[World, str, str]:
    """An urgent request and its answer, countersigned on both nodes."""
    world, agreement = desks()
    thread = ask(world, agreement, **URGENT)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    covered(world)
    return world, agreement, thread


def codes(found: Judgement) -> list[str]:
    return [each.code for each in found.findings]


def nodes(world: World) -> tuple[Node, Node]:
    return world.be, world.ma


def test_both_nodes_replay_the_same(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    here, there = (replay(node, AUDITOR, thread, WHY) for node in nodes(world))
    for found in (here, there):
        assert codes(found) == []
        assert found.uncovered == 0
        assert [each.kind for each in found.steps] == ["request", "reply"]
        assert all(each.agrees and each.covered_at and each.proven_at for each in found.steps)
        assert {each.standing for each in found.steps} == {State.IN_FORCE}
        assert {each.agreement for each in found.steps} == {agreement}
        assert found.clock is not None
        assert found.clock.state is ClockState.ANSWERED_IN_TIME
        assert {each.service for each in found.parties} == {BE, MA}
    assert [each.proven_at for each in here.steps] == [each.proven_at for each in there.steps]
    assert [each.decision for each in here.steps] == [each.decision for each in there.steps]
    handled = [each["handling"] for each in document(here)["steps"]]
    assert handled == [each["handling"] for each in document(there)["steps"]]
    assert handled[-1] == "H1", "what the answer may be used for, as its header says"
    assert any("; handling H1" in line for line in lines(document(here)))
    decision = here.steps[0].decision
    assert isinstance(decision, Permit)
    assert decision.clause


def test_it_is_the_agreement_of_that_day(answered: tuple[World, str, str]) -> None:
    """A later suspension changes nothing in the past; what was sent while it held is seen to have been refused."""
    world, agreement, thread = answered
    world.clock.forward(hours=1)
    suspend(world.ma, HEAD, agreement, "an incident")
    deliver(world)
    world.clock.forward(hours=1)
    resume(world.ma, HEAD, agreement)
    deliver(world)
    covered(world)
    found = replay(world.be, AUDITOR, thread, WHY)
    assert codes(found) == []
    assert found.agreements[agreement].stops
    # The same request, dated into the suspension: what the log says no longer follows from the agreement.
    row = ExchangedMessage.objects.using("be").get(message=thread)
    during = world.clock() - timedelta(minutes=30)
    header = bytes(row.header).decode().replace(_written(row.sent_at), _written(during))
    ExchangedMessage.objects.using("be").filter(pk=row.pk).update(header=header.encode())
    found = replay(world.be, AUDITOR, thread, WHY)
    assert "replay.refused" in codes(found)
    assert "bundle.message-unproven" in codes(found)
    assert found.steps[0].standing is State.SUSPENDED
    assert not found.steps[0].agrees


def _written(moment: object) -> str:
    from comity.core.instant import write_instant

    return write_instant(moment)  # type: ignore[arg-type]


def test_what_is_not_covered_yet_is_said(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    later = ask(world, agreement)
    deliver(world)
    found = replay(world.be, AUDITOR, later, WHY)
    assert codes(found) == []
    assert found.uncovered > 0
    assert found.steps[0].covered_at is None
    assert replay(world.be, AUDITOR, thread, WHY).uncovered == 0


def test_an_altered_entry_is_named(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    row = next(
        each
        for each in EvidenceEntry.objects.using("ma").exclude(scope="internal")
        if thread.encode() in bytes(each.leaf) and b"message.accepted" in bytes(each.leaf)
    )
    row.leaf = bytes(row.leaf).replace(b'"act":"request"', b'"act":"inform"')
    row.save(using="ma")
    found = replay(world.ma, AUDITOR, thread, WHY)
    assert set(codes(found)) == {"bundle.entry-unproven", "bundle.message-unproven"}


def test_a_receipt_that_says_another_time_is_named(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    rows = ExchangedMessage.objects.using("be").filter(message=thread)
    rows.update(received_at=rows.get().sent_at + timedelta(hours=2))
    assert codes(replay(world.be, AUDITOR, thread, WHY)) == ["bundle.receipt-other"]


def test_a_message_taken_out_of_the_thread_is_missed(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    for node in nodes(world):
        ExchangedMessage.objects.using(node.alias).filter(thread=thread, kind="reply").delete()
        assert codes(replay(node, AUDITOR, thread, WHY)) == ["bundle.message-missing"]


def test_a_recalled_request_has_no_clock_running(answered: tuple[World, str, str]) -> None:
    world, agreement, _ = answered
    thread = ask(world, agreement)
    deliver(world)
    recall(world.be, LOTTE, thread)
    deliver(world)
    covered(world)
    for node in nodes(world):
        found = replay(node, DPO, thread, WHY)
        assert codes(found) == []
        assert found.clock is not None
        assert found.clock.state is ClockState.RECALLED


@pytest.mark.parametrize("actor", [LOTTE, SALMA, HEAD, officer("x", Role.ADMINISTRATOR)])
def test_others_do_not_look(answered: tuple[World, str, str], actor: Actor) -> None:
    world, _, thread = answered
    with pytest.raises(Refused, match=r"actor\.role"):
        replay(world.be, actor, thread, WHY)
    with pytest.raises(Refused, match=r"actor\.role"):
        looks(world.be, actor)


def test_another_regime_is_as_if_it_did_not_exist(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    other = officer("amal", Role.AUDITOR, regime=Regime.RETURN_IDENTIFICATION)
    for subject in (thread, "0" * 32):
        with pytest.raises(InputError, match=r"^oversight\.unknown$"):
            replay(world.be, other, subject, WHY)
    assert recorded("be", "oversight.looked") == []


def test_each_look_leaves_its_reason_for_three_years(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    with pytest.raises(InputError, match=r"register\.reason"):
        replay(world.be, AUDITOR, thread, " ")
    assert recorded("be", "oversight.looked") == []
    replay(world.be, AUDITOR, thread, WHY)
    assert recorded("be", "oversight.looked") == [{"act": "replay", "regime": "police"}]
    [look] = looks(world.be, DPO)
    assert (look.by, look.act, look.subject, look.reason) == ("amal", "replay", thread, WHY)
    assert looks(world.be, OPERATOR) == [look]
    leaves = b"".join(bytes(row.leaf) for row in EvidenceEntry.objects.using("be").filter(scope="internal"))
    assert b"amal" not in leaves
    assert thread.encode() not in leaves
    world.clock.now += STATEMENTS_KEPT + timedelta(seconds=1)
    erase_statements(world.be)
    assert looks(world.be, DPO) == []
