"""Replay of an identification, whose clock and end it reads from the logs of both; and of transfers that a cap counts.

Enforced by `core/oversight/clocked.py` and by the count that `services/oversight/gather.py` puts into the dossier.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.cast import SALMA, deliver, officer
from tests.federation.world import BE, World, make_card, node_keys
from tests.identification.cast import RETURN, SAMIRA, TARIQ, desks, request, work
from tests.oversight.test_replay import WHY, codes, covered
from tests.policy.transfers import DEROGATION, looking_away, sent, signed_world, stating, telling

from comity.core.cases.clock import ClockState
from comity.core.codes.marks import Role
from comity.core.identification.messages import Result, ResultGround
from comity.core.policy.decide import Permit
from comity.demo.scenario.world import endpoint
from comity.services.cases.clock import clock
from comity.services.exchange.submit import submit
from comity.services.identification.answer import answer_identification
from comity.services.oversight.look import replay
from comity.services.transfers.records import Period, report
from comity.storage import partners
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
AUDITOR = officer("amal", Role.AUDITOR, regime=RETURN)
POLICE_AUDITOR = officer("amal", Role.AUDITOR)
DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)


def with_cards(world: World) -> None:
    for service, node in world.nodes.items():
        world.network.endpoints[service] = endpoint(node)
        partners.add_own_card(node.alias, 1, make_card(service, node_keys(service))[1], world.clock())


@pytest.fixture
def asked() -> tuple[World, str]:
    """A request for identification, received with its files."""
    world, agreement = desks()
    with_cards(world)
    thread = request(world, agreement)
    work(world)
    return world, thread


def say(world: World, thread: str, result: Result, *grounds: ResultGround) -> None:
    second = None if result is Result.MORE_NEEDED else TARIQ
    answer_identification(world.ma, SAMIRA, thread, result, grounds, second=second)
    work(world)


def read_by_both(world: World, thread: str) -> ClockState:
    """Return how the replays of both nodes read the clock, which is as the nodes themselves do."""
    found = [replay(node, AUDITOR, thread, WHY) for node in (world.be, world.ma)]
    assert [codes(each) for each in found] == [[], []]
    states = set()
    for node, each in zip((world.be, world.ma), found, strict=True):
        own = clock(node, thread)
        assert each.clock is not None
        assert (each.clock.state, each.clock.deadline) == (own.state, own.deadline)
        states.add(each.clock.state)
    [state] = states
    return state


def test_an_open_request_has_its_clock(asked: tuple[World, str]) -> None:
    world, thread = asked
    covered(world)
    assert read_by_both(world, thread) is ClockState.OPEN
    world.clock.forward(days=46)
    assert read_by_both(world, thread) is ClockState.OVERDUE


def test_more_needed_ends_nothing_and_a_result_does(asked: tuple[World, str]) -> None:
    world, thread = asked
    say(world, thread, Result.MORE_NEEDED, ResultGround.PARTICULARS)
    covered(world)
    assert read_by_both(world, thread) is ClockState.OPEN
    world.clock.forward(days=50)
    say(world, thread, Result.NOT_IDENTIFIED, ResultGround.NOT_REGISTERED)
    covered(world)
    assert read_by_both(world, thread) is ClockState.ANSWERED_LATE


def test_an_answer_of_which_no_log_tells_is_named(asked: tuple[World, str]) -> None:
    world, thread = asked
    say(world, thread, Result.NOT_IDENTIFIED, ResultGround.NOT_REGISTERED)
    for node in (world.be, world.ma):
        rows = EvidenceEntry.objects.using(node.alias)
        for row in rows:
            if b"identification.not-identified" in bytes(row.leaf):
                rows.filter(pk=row.pk).delete()
        found = replay(node, AUDITOR, thread, WHY)
        assert "bundle.clock" in codes(found)
        assert found.clock is not None
        assert found.clock.state is ClockState.RECALLED, "the purge that follows an answer, and no answer"


@pytest.fixture
def capped() -> tuple[World, str, list[str]]:
    """Two transfers under a derogation for two, and a third that its sender made looking away; it was refused."""
    world, agreement = signed_world(stating("BE", grounds=(DEROGATION,)))
    with_cards(world)
    messages = []
    for _ in range(2):
        messages.append(submit(world.be, telling(BE, agreement), SALMA))
        deliver(world)
    with looking_away():
        messages.append(submit(world.be, telling(BE, agreement), SALMA))
    deliver(world)
    return world, agreement, messages


def test_the_cap_is_replayed_as_it_was_counted(capped: tuple[World, str, list[str]]) -> None:
    world, _, messages = capped
    for node in (world.be, world.ma):
        judged = [replay(node, POLICE_AUDITOR, each, WHY) for each in messages[:2]]
        assert [each.dossier.messages[0].derogated for each in judged] == [0, 1]
        assert all(isinstance(each.steps[0].decision, Permit) for each in judged)
    third = replay(world.be, POLICE_AUDITOR, messages[2], WHY)
    assert third.dossier.messages[0].derogated == 2
    assert third.steps[0].decision.code == "transfer.volume"  # type: ignore[union-attr]  # a refusal
    assert "replay.refused" in codes(third), "whoever sent it had not the right to"
    period = Period(first=world.clock() - timedelta(days=1), before=world.clock() + timedelta(days=1))
    [counter] = report(world.be, DPO, period)["derogations"]
    assert counter["made"] == 2, "the report counts what was made, the replay what had been made before each"


def test_a_transfer_beyond_the_cap_that_both_let_pass_is_named(capped: tuple[World, str, list[str]]) -> None:
    world, agreement, _ = capped
    with looking_away():
        fourth = submit(world.be, telling(BE, agreement), SALMA)
        deliver(world)
    assert ExchangedMessage.objects.using("ma").get(message=fourth).state == "accepted"
    for node in (world.be, world.ma):
        assert "replay.refused" in codes(replay(node, POLICE_AUDITOR, fourth, WHY))


def test_with_time_the_cap_frees_itself_in_the_replay_too(capped: tuple[World, str, list[str]]) -> None:
    world, agreement, _ = capped
    world.clock.forward(days=31)
    assert sent(world, BE, agreement) == ("delivered", None)
    last = ExchangedMessage.objects.using("be").filter(direction="out").order_by("-id").first()
    assert last is not None
    found = replay(world.be, POLICE_AUDITOR, last.message, WHY)
    assert found.dossier.messages[0].derogated == 0
    assert codes(found) == []
