"""State the figures of an agreement to the partner, who recomputes them and confirms or disputes.

Implements docs/protocol/clocks.md §4. Source: Directive (EU) 2023/977 Art. 18. Rules:
    - a period is stated once it is over, and while no message of ours from it waits for its receipt;
    - the recipient counts for itself and answers with its own figures; equal ones confirm, others dispute;
    - neither side can confirm or dispute by a mere word, for both compare the figures;
    - a dispute is an alarm on both nodes.
Attacks they stop: figures on another's agreement; a finding on a statement never made; a flood of statements.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.cases.statistics import (
    FINDING,
    STATISTICS,
    Figures,
    FindingBody,
    Matter,
    Notice,
    Period,
    StatementBody,
    count,
    open_statistics,
)
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import DelayGround, RefusalGround, Role, Urgency
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant, write_instant
from comity.errors import ComityError, InputError, NodeError, PeerError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.clocks.course import courses
from comity.services.context import SYSTEM, Actor, Node
from comity.services.evidence.alarms import raise_alarm
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.submit import Outgoing, submit
from comity.storage import cases as rows
from comity.storage import clocks, statistics
from comity.storage.agreements import agreement_row
from comity.storage.models.cases import Case
from comity.storage.models.clocks import StatisticsReport, Verdict
from comity.storage.models.exchange import Direction

READERS = (Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR)
STATERS = (Role.HEAD_OF_DESK, Role.ADMINISTRATOR)
DISPUTED = "statistics.disputed"
MOST = 1_000
"""Greatest number of statements of one partner that are kept under one agreement."""

LONGEST = timedelta(days=3_660)


def figures(node: Node, actor: Actor, agreement: str, period: Period) -> dict[str, Figures]:
    """Return the figures of an agreement and a period, by the service that asked.

    Raises:
        InputError: ``agreement.not-found``, ``statistics.period``.
        Refused: ``actor.role``.
    """
    regime = stored_standing(node, agreement).agreement.regime
    actor.require(regime, *READERS)
    return figures_of(node, regime, agreement, period)


def figures_of(node: Node, regime: Regime, agreement: str, period: Period) -> dict[str, Figures]:
    """Return the figures of an agreement of this regime, for a caller whose right was checked.

    Raises:
        InputError: ``agreement.not-found``, also for one of another regime; ``statistics.period``.
    """
    if stored_standing(node, agreement).agreement.regime is not regime:
        raise InputError("agreement.not-found")
    _check(period)
    return _figures(node, agreement, period)


def state(node: Node, actor: Actor, agreement: str, period: Period) -> str:
    """State the figures to the partner, and return the message.

    Raises:
        InputError: ``agreement.not-found``, ``statistics.period`` (it is not over yet, too).
        Refused: ``actor.role``; ``statistics.under-way`` while a message of the period waits for its receipt.
    """
    agreed = stored_standing(node, agreement).agreement
    actor.require(agreed.regime, *STATERS)
    partner = agreed.other(node.service)
    if partner is None:
        raise Refused("agreement.parties")
    _check(period)
    if period.before > node.clock():
        raise InputError("statistics.period")
    if statistics.under_way(node.alias, agreement, period.before):
        raise Refused("statistics.under-way")
    found = _figures(node, agreement, period)
    body = StatementBody(agreement=agreement, period=period, figures=found)

    def within(message: str) -> None:
        row = _row(Direction.OUT, partner, agreed.regime, message, body, node.clock())
        statistics.add(node.alias, row)
        facts: dict[str, str | int] = {"agreement": agreement, "message": message}
        committed = canonical.encode({"actor": actor.name, **body.model_dump(mode="json")})
        event = Event("statistics.stated", node.clock(), facts, committed)
        record(node, Bilateral(partner, agreed.regime), event)

    return submit(node, _outgoing(partner, agreed.regime, STATISTICS, body), actor, within=within)


@handler(STATISTICS, {Act.EVIDENCE})
def receive_statement(node: Node, message: Message) -> None:
    """Keep the partner's figures until we have counted for ourselves.

    Raises:
        PeerError: ``statistics.malformed``, ``statistics.too-many``, ``agreement.unknown``.
    """
    body = open_statistics(StatementBody, message.body)
    row = agreement_row(node.alias, body.agreement)
    if row is None or row.partner != message.partner or row.regime != message.regime.value:
        raise PeerError("agreement.unknown")
    parties = {str(node.service), str(message.partner)}
    period = body.period
    if set(body.figures) != parties or not period.first < period.before <= message.sent_at:
        raise PeerError("statistics.malformed", field="figures")
    if statistics.received(node.alias, message.partner, body.agreement) >= MOST:
        raise PeerError("statistics.too-many", limit=MOST)
    found = _row(Direction.IN, message.partner, message.regime, message.id, body, message.received_at)
    statistics.add(node.alias, found)
    facts: dict[str, str | int] = {"agreement": body.agreement, "message": message.id}
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event("statistics.received", message.received_at, facts))


def answer_statements(node: Node) -> int:
    """Recompute what partners have stated and tell them what we find; return how many were answered; for the worker."""
    done = 0
    for row in statistics.awaiting(node.alias):
        if statistics.under_way(node.alias, row.agreement, row.before):
            continue
        try:
            _answer(node, row)
        except NodeError:
            raise
        except ComityError:
            # The partner may not be written to now; the statement waits.
            continue
        done += 1
    return done


@handler(FINDING, {Act.EVIDENCE})
def receive_finding(node: Node, message: Message) -> None:
    """Write down what the partner counts on a statement of ours.

    Raises:
        PeerError: ``statistics.malformed``, ``statistics.unknown``.
    """
    body = open_statistics(FindingBody, message.body)
    row = statistics.stated(node.alias, message.partner, body.statement)
    if row is None or row.regime != message.regime.value or row.verdict != Verdict.AWAITED:
        raise PeerError("statistics.unknown")
    _settle(node, row, body.figures, message.received_at)


def statements(node: Node, actor: Actor, agreement: str) -> list[dict[str, Any]]:
    """Return what was stated under an agreement, either way, newest first.

    Raises:
        InputError: ``agreement.not-found``.
        Refused: ``actor.role``.
    """
    actor.require(stored_standing(node, agreement).agreement.regime, *READERS)
    return statements_of(node, agreement)


def statements_of(node: Node, agreement: str) -> list[dict[str, Any]]:
    """Return what was stated under an agreement, either way, newest first, for a caller whose right was checked."""
    return [_document(row) for row in statistics.under(node.alias, agreement)]


def figures_document(agreement: str, period: Period, found: dict[str, Figures]) -> dict[str, Any]:
    """Return the figures of an agreement and a period as a JSON value; the last day is counted."""
    return {
        "agreement": agreement,
        "from": period.first.date().isoformat(),
        "to": (period.before - timedelta(days=1)).date().isoformat(),
        "figures": _plain(found),
    }


def _answer(node: Node, row: StatisticsReport) -> None:
    period = Period(first=row.first, before=row.before)
    found = _figures(node, row.agreement, period)
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    body = FindingBody(statement=row.message, figures=found)

    def within(_: str) -> None:
        _settle(node, row, found, node.clock())

    submit(node, _outgoing(partner, regime, FINDING, body), SYSTEM, within=within)


def _settle(node: Node, row: StatisticsReport, other: dict[str, Figures], at: Instant) -> None:
    """Compare the figures stated with the other party's, in the running transaction."""
    recomputed = _plain(other)
    verdict = Verdict.CONFIRMED if recomputed == row.figures else Verdict.DISPUTED
    statistics.settle(node.alias, row, recomputed, verdict, at)
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    facts: dict[str, str | int] = {"message": row.message, "verdict": verdict.value}
    record(node, scope, Event("statistics.compared", at, facts))
    if verdict is Verdict.DISPUTED:
        proof = canonical.encode({"stated": row.figures, "recomputed": recomputed}).decode()
        raise_alarm(node, DISPUTED, f"statistics/{row.message}", scope, proof)


def _figures(node: Node, agreement: str, period: Period) -> dict[str, Figures]:
    agreed = stored_standing(node, agreement).agreement
    matters: dict[str, list[Matter]] = {party: [] for party in agreed.parties}
    found = statistics.cases_under(node.alias, agreement)
    course_of = courses(node, found)
    notices = clocks.turns_of(node.alias, [row.thread for row in found])
    for row in found:
        asker = node.service if row.side == rows.ASKED else row.partner
        said = tuple(
            Notice(each.kind, DelayGround(each.ground or DelayGround.OTHER), each.received_at)
            for each in notices.get(row.thread, [])
            if each.received_at is not None
        )
        matter = Matter(course_of[row.thread], Urgency(row.urgency), _ground(row), said)
        matters[asker].append(matter)
    return {party: count(each, period) for party, each in matters.items()}


def _ground(row: Case) -> RefusalGround | None:
    return None if row.ground is None else RefusalGround(row.ground)


def _check(period: Period) -> None:
    if not timedelta(0) < period.before - period.first <= LONGEST:
        raise InputError("statistics.period")


def _plain(found: dict[str, Figures]) -> dict[str, Any]:
    return {party: each.model_dump(mode="json") for party, each in sorted(found.items())}


def _row(
    direction: Direction, partner: str, regime: Regime, message: str, body: StatementBody, at: Instant
) -> StatisticsReport:
    return StatisticsReport(
        direction=direction.value,
        partner=partner,
        regime=regime.value,
        agreement=body.agreement,
        message=message,
        first=body.period.first,
        before=body.period.before,
        stated_at=at,
        figures=_plain(body.figures),
    )


def _outgoing(partner: ServiceId, regime: Regime, kind: str, body: StatementBody | FindingBody) -> Outgoing:
    return Outgoing(
        partner=partner, regime=regime, kind=kind, act=Act.EVIDENCE, body=body.model_dump(mode="json")
    )


def _document(row: StatisticsReport) -> dict[str, Any]:
    return {
        "message": row.message,
        "direction": row.direction,
        "partner": row.partner,
        "from": write_instant(row.first),
        "before": write_instant(row.before),
        "stated_at": write_instant(row.stated_at),
        "verdict": str(row.verdict),
        "figures": row.figures,
        "recomputed": row.recomputed,
    }
