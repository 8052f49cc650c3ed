"""The action plan 2025-2026 ends at midnight: what scenario S10 (`demo/scenario`) does not play.

Every flow closes, for a hostile partner too; an open case ends where its clause gives no run-off; the report of the plan's
counters is made from receipts, alike on both nodes, and stays what it is afterwards.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.cases.cast import HEAD, SALMA, ask, deliver
from tests.cases.test_cases import URGENT
from tests.federation.world import MA, World
from tests.oversight.test_replay import AUDITOR, WHY, codes, covered, desks
from tests.plans.samples import signed

from comity.core.agreement.standing import State
from comity.core.codes.exchange import Act, Purpose, PurposeGroup, Regime
from comity.core.policy.decide import Permit, ProposedAct, decide
from comity.errors import Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.answer import answer
from comity.services.exchange.status import status
from comity.services.exchange.submit import Outgoing, submit
from comity.services.exchange.trust import Decider
from comity.services.oversight.look import replay
from comity.services.plans.follow import enter
from comity.services.plans.report import report
from comity.services.probe import permit
from comity.storage.models.cases import Case

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC)
LAST = MIDNIGHT - timedelta(milliseconds=1)


@pytest.fixture
def evening() -> tuple[World, str, str, str, str]:
    """The last evening: one case answered, one open under a clause with run-off, the plan signed."""
    world, agreement = desks()
    plan = signed(world, agreement)
    world.clock.now = MIDNIGHT - timedelta(hours=6)
    done = ask(world, agreement, **URGENT)
    still_open = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, done)
    deliver(world)
    covered(world)
    return world, agreement, plan, done, still_open


def reported(world: World, plan: str, at: datetime | None = None) -> dict[str, Any]:
    here, there = (report(node, HEAD, plan, at) for node in (world.be, world.ma))
    here.pop("partner")
    there.pop("partner")
    assert here == there
    return here


def figures(found: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        measure["id"]: [counter["value"] for counter in measure["counters"]]
        for objective in found["objectives"]
        for measure in objective["measures"]
    }


def test_the_last_millisecond_counts(evening: tuple[World, str, str, str, str]) -> None:
    world, agreement, plan, _, _ = evening
    world.clock.now = LAST
    ask(world, agreement)
    assert [report(node, HEAD, plan)["state"] for node in (world.be, world.ma)] == ["in-force"] * 2
    world.clock.now = MIDNIGHT
    assert [report(node, HEAD, plan)["state"] for node in (world.be, world.ma)] == ["expired"] * 2


def test_every_flow_that_relied_on_it_is_closed(evening: tuple[World, str, str, str, str]) -> None:
    world, agreement, _, _, _ = evening
    world.clock.now = MIDNIGHT
    found = stored_standing(world.be, agreement)
    for clause in found.agreement.clauses:
        for act in clause.acts:
            proposed = ProposedAct(
                act=act,
                regime=Regime.POLICE,
                sender=world.be.service,
                recipient=MA,
                purpose=clause.purpose,
                decision="0" * 64,
            )
            assert not isinstance(decide(found, proposed, world.clock()), Permit), (clause.id, act)
    for group in PurposeGroup:
        with pytest.raises(Refused, match=r"probe\.no-permit"):
            permit.bases(world.ma, world.be.service, Regime.POLICE, group)


def test_a_partner_that_sends_all_the_same_is_refused(evening: tuple[World, str, str, str, str]) -> None:
    """Its node believes that the plan goes on: its clock stands still. Ours does not take the message."""
    world, agreement, _, _, _ = evening
    world.clock.now = MIDNIGHT + timedelta(minutes=1)
    late = Case.objects.using("ma").count()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Decider, "decide", lambda *_: Permit(None))
        outgoing = Outgoing(
            partner=MA,
            regime=Regime.POLICE,
            kind="request",
            act=Act.REQUEST,
            body={},
            agreement=agreement,
            purpose=Purpose.TERRORISM,
        )
        message = submit(world.be, outgoing, HEAD)
    deliver(world)
    found = status(world.be, message)
    assert found is not None
    assert found.code == "agreement.expired"
    assert Case.objects.using("ma").count() == late


def test_the_auditor_sees_why_an_open_case_went_on(evening: tuple[World, str, str, str, str]) -> None:
    """The clause's run-off, on a thread opened while the plan was in force."""
    world, _, _, _, still_open = evening
    world.clock.now = MIDNIGHT + timedelta(days=1)
    answer(world.ma, SALMA, still_open)
    deliver(world)
    covered(world)
    for node in (world.be, world.ma):
        found = replay(node, AUDITOR, still_open, WHY)
        assert codes(found) == []
        assert [each.standing for each in found.steps] == [State.IN_FORCE, State.EXPIRED]


def test_an_open_case_ends_where_its_clause_does_not(evening: tuple[World, str, str, str, str]) -> None:
    world, agreement, _, _, still_open = evening
    found = stored_standing(world.be, agreement)
    opened = Case.objects.using("be").get(thread=still_open).opened_at
    for clause in found.agreement.clauses:
        for act in (Act.REPLY, Act.REQUEST, Act.INFORM, Act.PROBE):
            if act not in clause.acts:
                continue
            proposed = ProposedAct(
                act=act,
                regime=Regime.POLICE,
                sender=MA,
                recipient=world.be.service,
                purpose=clause.purpose,
                clause=clause.id,
                decision="0" * 64,
                thread_opened_at=opened,
            )
            permitted = isinstance(decide(found, proposed, MIDNIGHT), Permit)
            assert permitted == (act in clause.run_off), (clause.id, act)


def test_the_report_is_made_from_receipts_and_stays(evening: tuple[World, str, str, str, str]) -> None:
    world, _, plan, _, still_open = evening
    world.clock.now = LAST
    evening_ = figures(reported(world, plan))
    assert evening_["desk-of-morocco"] == [2, 0, 1]
    assert evening_["hits-followed"] == [2, 0, 0, 0]
    world.clock.now = MIDNIGHT
    final = reported(world, plan)
    assert final["counted_before"] == "2027-01-01T00:00:00.000Z"
    assert figures(final) == evening_
    # What happens in the run-off is another period's: the figures of the plan do not move.
    world.clock.now = MIDNIGHT + timedelta(days=20)
    answer(world.ma, SALMA, still_open)
    deliver(world)
    after = reported(world, plan)
    assert figures(after) == evening_
    assert after["figures_digest"] == final["figures_digest"]
    # Visits go on: the follow-up is not closed with the plan.
    enter(world.ma, HEAD, plan, entry="state", measure="desk-of-morocco", state="done")
    deliver(world)
    assert figures(reported(world, plan)) == evening_
