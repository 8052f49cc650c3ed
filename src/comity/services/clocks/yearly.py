"""The figures of a year, due on 1 March: the report of all agreements at once, who is reminded of it, stating what is owed.

Implements docs/protocol/clocks.md §4. Source: Directive (EU) 2023/977 Art. 18(1). A year is owed for an agreement under
which a request was received or closed in it, until one of the parties has stated its figures to the other and nobody
disputes them; also after the next year has begun. From 1 January the heads of desk and the data-protection officers of the regime are reminded, after 1 March
as of something late. What is reminded of follows from the statements alone: nothing is kept for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from comity.core.agreement.standing import AgreementStanding
from comity.core.cases.statistics import Figures, Period, added, due_of, year_of
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import ComityError, NodeError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.clocks import statistics
from comity.services.context import Actor, ActorKind, Node
from comity.storage import statistics as rows
from comity.storage.models.clocks import StatisticsReport, Verdict

LOOKED_BACK = 3
"""How many years that are over are looked at: the earliest of which something is owed is told first."""

REMINDED = (Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)


class YearState(StrEnum):
    """How the figures of a year stand: not told yet, not told in time, told."""

    DUE = "due"
    LATE = "late"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class Owed:
    """That the figures of a year have not been stated under so many agreements."""

    year: int
    due: date
    late: bool
    agreements: int

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "year": self.year,
            "due": self.due.isoformat(),
            "late": self.late,
            "agreements": self.agreements,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one agreement in the year, by the service that asked, and how they stand."""

    agreement: str
    code: str
    regime: Regime
    figures: dict[str, Figures]
    state: YearState
    verdict: str | None

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "agreement": self.agreement,
            "code": self.code,
            "regime": self.regime.value,
            "figures": _plain(self.figures),
            "state": self.state.value,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class YearReport:
    """What Art. 18(2) asks for of one year: each agreement, and all of them by the service that asked."""

    year: int
    due: date
    lines: tuple[Line, ...]
    totals: dict[str, Figures]

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "year": self.year,
            "due": self.due.isoformat(),
            "agreements": [each.document() for each in self.lines],
            "totals": _plain(self.totals),
        }


def last_year(node: Node) -> int:
    """Return the calendar year that is over (UTC)."""
    return node.clock().year - 1


def owed(node: Node, actor: Actor) -> Owed | None:
    """Return what a head of desk or data-protection officer is reminded of; None when there is nothing."""
    if actor.kind is not ActorKind.OFFICER:
        return None
    regimes = [regime for regime, role in actor.roles if role in REMINDED]
    return owed_under(node, regimes)


def owed_under(node: Node, regimes: Sequence[Regime]) -> Owed | None:
    """Return what is owed under these regimes, for a caller whose right was checked."""
    today, last = node.clock().date(), last_year(node)
    for year in range(last - LOOKED_BACK + 1, last + 1):
        used = _used(node, regimes, year_of(year))
        open_ones = sum(_state(node, each, year)[0] is not YearState.STATED for each in used)
        if open_ones:
            return Owed(year, due_of(year), today > due_of(year), open_ones)
    return None


def year_report(node: Node, actor: Actor, year: int | None = None) -> YearReport:
    """Return the figures of a year, the last one without an argument, under all agreements of the actor's regimes.

    Raises:
        InputError: ``statistics.period``.
        Refused: ``actor.role``.
    """
    return year_report_of(node, _regimes(node, actor, statistics.READERS), year)


def year_report_of(node: Node, regimes: Sequence[Regime], year: int | None = None) -> YearReport:
    """Return the figures of a year under all agreements of these regimes, for a caller whose right was checked.

    Raises:
        InputError: ``statistics.period``.
    """
    chosen = last_year(node) if year is None else year
    period = year_of(chosen)
    lines = []
    for each in _standings(node, regimes, period):
        state, verdict = _state(node, each.hash, chosen)
        agreed = each.agreement
        found = statistics.figures_of(node, agreed.regime, each.hash, period)
        lines.append(Line(each.hash, agreed.code, agreed.regime, found, state, verdict))
    services = sorted({service for line in lines for service in line.figures})
    totals = {
        service: added(line.figures[service] for line in lines if service in line.figures)
        for service in services
    }
    return YearReport(chosen, due_of(chosen), tuple(lines), totals)


def state_year(node: Node, actor: Actor, year: int | None = None) -> dict[str, str]:
    """State to each partner what is owed of a year; return the message, or the code of what stands against it.

    One agreement that cannot be stated now holds up no other.

    Raises:
        InputError: ``statistics.period``.
        Refused: ``actor.role``.
    """
    chosen = last_year(node) if year is None else year
    period = year_of(chosen)
    done = {}
    for each in _standings(node, _regimes(node, actor, statistics.STATERS), period):
        if _state(node, each.hash, chosen)[0] is YearState.STATED:
            continue
        try:
            done[each.agreement.code] = statistics.state(node, actor, each.hash, period)
        except NodeError:
            raise
        except ComityError as error:
            done[each.agreement.code] = error.code
    return done


def _used(node: Node, regimes: Sequence[Regime], period: Period) -> list[str]:
    """Return the agreements under which something was received or closed in a year."""
    names = [regime.value for regime in regimes]
    return rows.agreements_used(node.alias, names, period.first, period.before) if names else []


def _state(node: Node, agreement: str, year: int) -> tuple[YearState, str | None]:
    """Return how the figures of a year that has some stand, and what the other party says of them."""
    period = year_of(year)
    said = rows.stated_for(node.alias, agreement, period.first, period.before)
    if said is not None and said.verdict != Verdict.DISPUTED:
        return YearState.STATED, str(said.verdict)
    late = node.clock().date() > due_of(year)
    return (YearState.LATE if late else YearState.DUE), _verdict(said)


def _verdict(said: StatisticsReport | None) -> str | None:
    return None if said is None else str(said.verdict)


def _standings(node: Node, regimes: Sequence[Regime], period: Period) -> list[AgreementStanding]:
    found = [stored_standing(node, each) for each in _used(node, regimes, period)]
    return sorted(found, key=lambda each: (each.agreement.code, each.hash))


def _regimes(node: Node, actor: Actor, roles: Sequence[Role]) -> list[Regime]:
    if actor.kind is ActorKind.OPERATOR:
        return list(node.config.regimes)
    found = [regime for regime in node.config.regimes if any((regime, role) in actor.roles for role in roles)]
    if not found:
        raise Refused("actor.role")
    return found


def _plain(figures: dict[str, Figures]) -> dict[str, Any]:
    return {service: each.model_dump(mode="json") for service, each in sorted(figures.items())}
