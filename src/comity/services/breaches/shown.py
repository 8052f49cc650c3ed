"""Show breaches, write the document for the supervisory authority, and raise the alarm when 72 hours are over.

Implements docs/protocol/rights.md §6; rule L16. The document says what LED Art. 30(3) asks for; it is signed with the key of
the regime, and holds counts, not names.
"""

from __future__ import annotations

from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.codes.languages import UNKNOWN
from comity.core.crypto.agent import TokenType
from comity.core.evidence.event import Bilateral, Event, Internal
from comity.core.instant import Instant, write_instant
from comity.errors import Refused
from comity.services.breaches.opened import OPENERS, known_breach, own_breach
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.alarms import raise_alarm
from comity.services.evidence.record import record
from comity.storage.models.rights import Breach
from comity.storage.rights import breaches as rows
from comity.storage.transaction import atomic

OVERDUE = "breach.overdue"
FORMAT = "comity-breach/1"


def breaches(node: Node, actor: Actor) -> list[dict[str, Any]]:
    """Return the breaches of the actor's regimes as they stand, those that are not closed first.

    Raises:
        Refused: ``actor.person``, ``actor.role``.
    """
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("actor.person")
    found = [each for each in node.config.regimes if any((each, role) in actor.roles for role in OPENERS)]
    if not found:
        raise Refused("actor.role", regime=node.config.regimes[0].value)
    return breaches_of(node, found)


def breaches_of(node: Node, regimes: list[Regime]) -> list[dict[str, Any]]:
    """Return the breaches of some regimes, without words, for a caller whose right was checked."""
    now = node.clock()
    return [_line(node, row, now) for row in rows.all_breaches(node.alias, [each.value for each in regimes])]


def show_breach(node: Node, actor: Actor, number: str) -> dict[str, Any]:
    """Return a breach with its words and what each partner was told.

    Raises:
        InputError: ``breach.unknown``.
        Refused: ``actor.person``, ``actor.role``.
    """
    row = known_breach(node, actor, number)
    return {**_line(node, row, node.clock()), "content": row.content}


def write_document(node: Node, actor: Actor, number: str) -> str:
    """Return the signed document for the supervisory authority; that it was made is recorded.

    Raises:
        InputError: ``breach.unknown``.
        Refused: ``actor.person``, ``actor.role``.
    """
    row = own_breach(node, actor, number)
    now = node.clock()
    content = row.content or {}
    document = {
        "format": FORMAT,
        "service": node.service,
        "breach": row.number,
        "regime": row.regime,
        "nature": row.nature,
        "aware_at": write_instant(row.aware_at),
        "opened_at": write_instant(row.opened_at),
        "due_at": write_instant(row.due_at),
        "made_at": write_instant(now),
        "cases": row.cases,
        "searches": row.searches,
        "persons": row.persons,
        "happened": content.get("happened", ""),
        "consequences": content.get("consequences", ""),
        "measures": content.get("measures", ""),
        "contact": content.get("contact", ""),
        "late": content.get("late", ""),
        "language": content.get("language", UNKNOWN),
        "partners": [_notice(each) for each in rows.notices(node.alias, row.number)],
    }
    (token,) = node.keys.sign(Regime(row.regime), TokenType.LETTER, [canonical.encode(document)])
    with atomic(node.alias):
        facts: dict[str, str | int] = {"breach": row.number}
        committed = canonical.encode({"actor": actor.name})
        event = Event("breach.document-made", now, facts, committed, erase_key=row.number)
        record(node, Internal(), event)
    return token


def watch_breaches(node: Node) -> int:
    """Raise an alarm for each breach whose 72 hours are over and of which not all were told; how many. For the worker."""
    found = [row for row in rows.open_breaches(node.alias, node.clock()) if _untold(node, row)]
    for row in found:
        scope = Bilateral(node.service, Regime(row.regime))
        raise_alarm(node, OVERDUE, f"breach/{row.number}", scope, write_instant(row.due_at))
    return len(found)


def _untold(node: Node, row: Breach) -> bool:
    """Whether somebody has not been told: the authority or a partner, or of a partner's breach our own officer."""
    if row.partner:
        return row.noted_at is None
    waiting = any(each.received_at is None for each in rows.notices(node.alias, row.number))
    return row.authority_at is None or waiting


def _line(node: Node, row: Breach, now: Instant) -> dict[str, Any]:
    return {
        "number": row.number,
        "partner": row.partner,
        "regime": row.regime,
        "nature": row.nature,
        "aware_at": write_instant(row.aware_at),
        "due_at": write_instant(row.due_at),
        "cases": row.cases,
        "searches": row.searches,
        "persons": row.persons,
        "authority_at": _moment(row.authority_at),
        "noted_at": _moment(row.noted_at),
        "closed_at": _moment(row.closed_at),
        "overdue": row.closed_at is None and row.due_at < now and _untold(node, row),
        "notices": [] if row.partner else [_notice(each) for each in rows.notices(node.alias, row.number)],
    }


def _notice(each: Any) -> dict[str, Any]:
    return {
        "partner": each.partner,
        "attempts": each.attempts,
        "code": each.code,
        "received_at": _moment(each.received_at),
    }


def _moment(value: Instant | None) -> str | None:
    return None if value is None else write_instant(value)
