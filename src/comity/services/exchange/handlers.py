"""What is done with an accepted message: one function for each kind, run in the accepting transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Urgency
from comity.core.envelope.header import Header
from comity.core.instant import Instant
from comity.services.context import Node


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was verified, opened and permitted.

    `thread` is the message's own identifier when it opens one. `sent_at` is the signed time by which both nodes
    decided; `received_at` is the time that the receipt will bear.
    """

    id: str
    partner: ServiceId
    regime: Regime
    kind: str
    act: Act
    agreement: str | None
    clause: str | None
    purpose: Purpose | None
    thread: str
    deadline: timedelta | None
    sent_at: Instant
    received_at: Instant
    body: Mapping[str, Any]
    data: frozenset[DataCategory] = frozenset()
    subjects: frozenset[SubjectCategory] = frozenset()
    handling: Handling | None = None
    urgency: Urgency | None = None
    decision: str | None = None


Handler = Callable[[Node, Message], bool | None]
"""Has the effect of a message; returns True when nothing of what it says may be kept: it is stored by its header alone."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The function of a kind, and the acts as which such a message may come."""

    function: Handler
    acts: frozenset[Act]


_handlers: dict[str, Registered] = {}


def handler(kind: str, acts: Collection[Act]) -> Callable[[Handler], Handler]:
    """Register the function that handles one kind of message.

    What a message may do follows from its kind, what it is permitted from its act: a message of another act than its
    kind's never reaches the function (``message.act``), or it would borrow the permission of another act.

    The function runs inside the transaction that accepts the message and may run twice when that transaction is
    rolled back: it changes nothing outside the database. A `ComityError` that it raises refuses the message with its
    code and undoes what it did.

    Raises:
        ValueError: the kind has another function already.
    """

    def register(function: Handler) -> Handler:
        if _handlers.setdefault(kind, Registered(function, frozenset(acts))).function is not function:
            raise ValueError(f"two handlers for {kind}")
        return function

    return register


def find_handler(kind: str) -> Registered | None:
    """Return the function that handles a kind and its acts, or None."""
    return _handlers.get(kind)


def make_message(header: Header, body: Mapping[str, Any], received_at: Instant) -> Message:
    """Return the message of a verified header and its opened body."""
    return Message(
        id=header.id,
        partner=header.sender,
        regime=header.regime,
        kind=header.kind,
        act=header.act,
        agreement=header.agreement,
        clause=header.clause,
        purpose=header.purpose,
        thread=header.thread or header.id,
        deadline=header.span,
        sent_at=header.sent_at,
        received_at=received_at,
        body=body,
        data=frozenset(header.data),
        subjects=frozenset(header.subjects),
        handling=header.handling,
        urgency=header.urgency,
        decision=header.decision,
    )
