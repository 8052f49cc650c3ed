"""The register of requests of persons concerned: who asks for what, since when, who handles it, until when.

Implements docs/protocol/rights.md §1; rule L11. Source: LED Art. 12-17. Who asks is sealed; the log knows that somebody
asked, when and for what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.cases.messages import MAX_LINE, MAX_TEXT
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.core.probe.query import Query
from comity.core.rights.clock import due_at
from comity.core.rights.codes import Origin, RightsKind
from comity.core.texts import typed
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.rights.access import known_request, regimes_of, require_keeper
from comity.storage.models.rights import RightsRequest
from comity.storage.rights import requests as rows
from comity.storage.transaction import atomic

NUMBER_BYTES = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks.

    Args:
        person: as the person described itself, having shown who it is.
        contact: how the answer reaches it, or the reference of the supervisory authority. words: what it asks, in its words.
        wish: it has asked in writing that the partners be asked too.
    """

    person: Query
    kind: RightsKind
    origin: Origin
    received_at: Instant
    contact: str
    words: str = ""
    wish: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One request as it stands in the register; nothing in it depends on what is held."""

    number: str
    regime: str
    kind: str
    origin: str
    partner: str
    received_at: Instant
    due_at: Instant
    handler: str
    state: str
    overdue: bool
    release_at: Instant | None

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        moments = {"received_at": self.received_at, "due_at": self.due_at, "release_at": self.release_at}
        named = {name: getattr(self, name) for name in self.__slots__ if name not in moments}
        return {
            **named,
            **{name: None if at is None else write_instant(at) for name, at in moments.items()},
        }


def register_request(node: Node, actor: Actor, regime: Regime, asked: Asked) -> str:
    """Write a request down and return its number; who writes it down handles it.

    Raises:
        InputError: ``rights.received``, ``rights.words``, ``probe.subject-empty``.
        Refused: ``actor.person``, ``actor.role``.
    """
    require_keeper(actor, regime)
    now = node.clock()
    if not now - timedelta(days=365) <= asked.received_at <= now:
        raise InputError("rights.received")
    contact = typed(asked.contact, "rights.words", most=MAX_LINE, line=True)
    words = typed(asked.words, "rights.words", least=0, most=MAX_TEXT)
    if not asked.person.names and not asked.person.documents:
        raise InputError("probe.subject-empty")
    content = {
        "person": asked.person.model_dump(mode="json"),
        "contact": contact,
        "words": words,
        "wish": asked.wish,
    }
    with atomic(node.alias):
        row = keep_request(node, regime, asked.kind, asked.origin, asked.received_at, content, actor.name)
    return row.number


def keep_request(
    node: Node,
    regime: Regime,
    kind: RightsKind,
    origin: Origin,
    received: Instant,
    content: dict[str, Any],
    handler: str = "",
    *,
    partner: ServiceId | None = None,
    message: str = "",
) -> RightsRequest:
    """Store a request with its evidence, in the running transaction."""
    row = RightsRequest(
        number=node.random(NUMBER_BYTES).hex(),
        regime=regime.value,
        kind=kind.value,
        origin=origin.value,
        partner=partner or "",
        message=message,
        received_at=received,
        due_at=due_at(received),
        handler=handler,
        content=content,
    )
    rows.add_request(node.alias, row)
    facts: dict[str, str | int] = {"request": row.number, "kind": row.kind, "regime": row.regime}
    committed = canonical.encode({**content, "by": handler})
    record(node, Internal(), Event("rights.registered", node.clock(), facts, committed, erase_key=row.number))
    return row


def take(node: Node, actor: Actor, number: str) -> None:
    """Become the handler of a request.

    Raises:
        InputError: ``rights.unknown``.
        Refused: ``actor.person``, ``actor.role``.
    """
    row = known_request(node, actor, number)
    with atomic(node.alias):
        rows.change_request(node.alias, row, handler=actor.name)
        facts: dict[str, str | int] = {"request": row.number}
        committed = canonical.encode({"actor": actor.name})
        record(node, Internal(), Event("rights.taken", node.clock(), facts, committed, erase_key=row.number))


def requests(node: Node, actor: Actor) -> list[Line]:
    """Return the requests of the actor's regimes, those not answered first, by due time.

    Raises:
        Refused: ``actor.person``, ``actor.role``.
    """
    return lines_of(node, regimes_of(node, actor))


def lines_of(node: Node, regimes: list[Regime]) -> list[Line]:
    """Return the requests of some regimes, for a caller whose right was checked."""
    now = node.clock()
    return [_line(row, now) for row in rows.all_requests(node.alias, [each.value for each in regimes])]


def show_request(node: Node, actor: Actor, number: str) -> dict[str, Any]:
    """Return a request with all that was found and decided, to the data-protection officer; it is recorded.

    Raises:
        InputError: ``rights.unknown``.
        Refused: ``actor.person``, ``actor.role``.
    """
    row = known_request(node, actor, number)
    now = node.clock()
    with atomic(node.alias):
        facts: dict[str, str | int] = {"request": row.number}
        committed = canonical.encode({"actor": actor.name})
        record(node, Internal(), Event("rights.consulted", now, facts, committed, erase_key=row.number))
    partners = [
        {
            "partner": each.partner,
            "asked_at": write_instant(each.asked_at),
            "searched_at": None if each.searched_at is None else write_instant(each.searched_at),
            "record": each.record,
        }
        for each in rows.asked(node.alias, row.number)
    ]
    return {
        **_line(row, now).document(),
        "content": row.content,
        "search": row.search,
        "full": row.full,
        "decision": row.decision,
        "partners": partners,
    }


def _line(row: RightsRequest, now: Instant) -> Line:
    steps = (
        ("erased", row.erased_at),
        ("answered", row.answered_at),
        ("decided", row.decided_at),
        ("searched", row.searched_at),
    )
    return Line(
        number=row.number,
        regime=row.regime,
        kind=row.kind,
        origin=row.origin,
        partner=row.partner,
        received_at=row.received_at,
        due_at=row.due_at,
        handler=row.handler,
        state=next((name for name, at in steps if at is not None), "open"),
        overdue=row.answered_at is None and row.erased_at is None and row.due_at < now,
        release_at=row.release_at,
    )
