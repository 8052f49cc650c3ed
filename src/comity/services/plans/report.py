"""The report of a plan: its counters from receipts, how its measures stand, its decisions, its points of contact.

Implements docs/protocol/plan.md §3 and §6. Both nodes make the same figures; `figures_digest` lets two people compare
them at a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from comity.core import canonical
from comity.core.cases.statistics import Matter, Period
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.handling import Handling
from comity.core.codes.marks import RefusalGround, Role, Urgency
from comity.core.instant import Instant, write_instant
from comity.core.plan.counting import Exchanged, met, tallied
from comity.core.plan.followup import OPEN_STATES, Contact, Decision, FollowUp
from comity.core.plan.model import Measure
from comity.core.plan.standing import PlanStanding
from comity.errors import InputError
from comity.services.agreements.standing import stored_standing
from comity.services.clocks.course import courses
from comity.services.context import Actor, ActorKind, Node
from comity.services.plans.follow import followed, pending
from comity.services.plans.standing import all_plans, stored_plan
from comity.storage import cases, statistics
from comity.storage.plans import rows

READERS = (Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR)


def exchanged_under(node: Node, agreement: str) -> list[Exchanged]:
    """Return the requests under an agreement as both nodes know them."""
    found = statistics.cases_under(node.alias, agreement)
    course_of = courses(node, found)
    recalls = rows.recalls_in(node.alias, [row.thread for row in found])
    return [
        Exchanged(
            matter=Matter(
                course_of[row.thread],
                Urgency(row.urgency),
                None if row.ground is None else RefusalGround(row.ground),
            ),
            asked_by=node.service if row.side == cases.ASKED else row.partner,
            purpose=Purpose(row.purpose),
            by_hit=row.by_hit,
            recalls=tuple(recalls.get(row.thread, ())),
        )
        for row in found
    ]


def list_plans(node: Node, actor: Actor) -> list[dict[str, Any]]:
    """Return one line for each plan of the actor's regimes, newest first."""
    operator = actor.kind is ActorKind.OPERATOR
    held = [regime for regime in Regime if operator or any((regime, role) in actor.roles for role in READERS)]
    return plans_of(node, held)


def plans_of(node: Node, regimes: Collection[Regime]) -> list[dict[str, Any]]:
    """Return one line for each plan of these regimes, newest first, for a caller whose right was checked."""
    now = node.clock()
    return [_head(node, each, now) for each in all_plans(node) if each.plan.regime in regimes]


def report(node: Node, actor: Actor, plan: str, at: Instant | None = None) -> dict[str, Any]:
    """Return the report of a plan as it stood at an instant, now unless another is given.

    Raises:
        InputError: ``plan.not-found``.
        Refused: ``actor.role``.
    """
    found = stored_plan(node, plan)
    actor.require(found.plan.regime, *READERS)
    return _report(node, found, node.clock() if at is None else at)


def report_of(node: Node, regimes: Collection[Regime], plan: str) -> dict[str, Any]:
    """Return the report of a plan of these regimes as it stands now, for a caller whose right was checked.

    Raises:
        InputError: ``plan.not-found``, also for a plan of another regime.
    """
    found = stored_plan(node, plan)
    if found.plan.regime not in regimes:
        raise InputError("plan.not-found")
    return _report(node, found, node.clock())


def _report(node: Node, found: PlanStanding, now: Instant) -> dict[str, Any]:
    period = found.counted(now)
    every, said = exchanged_under(node, found.plan.agreement), followed(node, found)
    objectives: list[dict[str, Any]] = [
        {
            "id": objective.id,
            "title": objective.title.model_dump(),
            "measures": [_measure(each, said, every, period, now) for each in objective.measures],
        }
        for objective in found.plan.objectives
    ]
    figures = {
        measure["id"]: [counter["value"] for counter in measure["counters"]]
        for objective in objectives
        for measure in objective["measures"]
    }
    whole = {"plan": found.hash, "period": period.model_dump(mode="json"), "figures": figures}
    return {
        **_head(node, found, now),
        "title": found.plan.title.model_dump(),
        "illustrative": found.plan.illustrative,
        "agreement": found.plan.agreement,
        "handling": str(_handling(node, found)),
        "counted_from": write_instant(period.first),
        "counted_before": write_instant(period.before),
        "objectives": objectives,
        "decisions": [_decision(each, now) for each in said.decisions.values()],
        "contacts": [_contact(each) for each in said.contacts.values()],
        "given_up": list(found.plan.given_up),
        "pending": pending(node, found.hash),
        "figures_digest": hashlib.sha256(canonical.encode(whole)).hexdigest(),
    }


def _handling(node: Node, found: PlanStanding) -> Handling:
    """Return under which handling a report stands: what it counts and says comes from exchanges under every clause.

    The narrowest of them all counts, as for whatever is made from several (cases.md §17.6).
    """
    narrowest = Handling.H0
    for clause in stored_standing(node, found.plan.agreement).agreement.clauses:
        narrowest = narrowest.narrowed(clause.handling)
    return narrowest


def _head(node: Node, found: PlanStanding, now: Instant) -> dict[str, Any]:
    return {
        "hash": found.hash,
        "code": found.plan.code,
        "regime": found.plan.regime.value,
        "partner": str(found.plan.other(node.service) or ""),
        "state": found.state(now).value,
        "as_of": write_instant(now),
        "valid_from": write_instant(found.plan.valid_from),
        "valid_before": write_instant(found.plan.valid_before),
        "signed_by": sorted(found.signed_at),
        "predecessor": found.plan.predecessor,
        "successors": [each.hash for each in found.successors],
    }


def _measure(
    measure: Measure, said: FollowUp, every: Sequence[Exchanged], period: Period, now: Instant
) -> dict[str, Any]:
    stand = said.stands[measure.id]
    values = tallied(measure.counters, every, period)
    return {
        "id": measure.id,
        "title": measure.title.model_dump(),
        "owner": measure.owner,
        "due": measure.due.isoformat(),
        "carried": measure.carried,
        "state": stand.state.value,
        "since": None if stand.at is None else write_instant(stand.at),
        "word": stand.text,
        "word_language": stand.language,
        "overdue": stand.state in OPEN_STATES and now.date() > measure.due,
        "counters": [
            {**binding.model_dump(mode="json"), "value": value, "met": met(binding, value)}
            for binding, value in zip(measure.counters, values, strict=True)
        ],
    }


def _decision(made: Decision, now: Instant) -> dict[str, Any]:
    late = made.done_at is None and now.date() > made.due
    state = "done" if made.done_at else "agreed" if made.agreed_at else "proposed"
    return {**_plain(asdict(made)), "due": made.due.isoformat(), "state": state, "overdue": late}


def _contact(found: Contact) -> dict[str, Any]:
    return _plain(asdict(found))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: write_instant(value) if isinstance(value, Instant) else value for name, value in values.items()
    }
