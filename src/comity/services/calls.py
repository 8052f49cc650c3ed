"""Synchronous signed calls: ask a partner's node something now, and answer it. Implements docs/protocol/envelope.md §9.

A call changes no case. It is answered once for each identifier: the same call, again, gets the same bytes; another call
under the same identifier is refused. What is older than the skew is refused too, so that answers need not be kept. Where
the handler itself gives the same request the same answer (`repeatable`), nothing is written for the call: it is
answered again, in a return signed anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.envelope.call import (
    CallDocument,
    VerifiedCall,
    digest_of,
    open_return,
    pack_call,
    pack_return,
    read_call,
    verify_call,
    write_return,
)
from comity.core.envelope.header import message_id
from comity.core.envelope.limits import CALL_ATTACHMENT_BYTES, KIB
from comity.core.instant import Instant
from comity.errors import ComityError, DeliveryError, NodeError, PeerError, Refused
from comity.services.context import Node
from comity.services.partners.directory import signing_keys
from comity.storage.exchange import inbox
from comity.transport.channel import Channels

PATH = "/c/1/call"

TRIES = 2
"""How often the same call is sent when the way breaks; the partner answers it once."""

KEPT_ANSWER_BYTES = 64 * KIB
"""Greatest answer that is kept to be repeated; a larger one is computed again, and its call must only read."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a partner that was verified. `at` is its signed time; empty octets are no attachment."""

    id: str
    partner: ServiceId
    regime: Regime
    at: Instant
    body: Any
    attachment: bytes


CallHandler = Callable[[Node, Call], tuple[Any, bytes]]
"""Returns the body of the answer, and an attachment (empty bytes for none)."""


@dataclass(frozen=True, slots=True)
class _Registered:
    function: CallHandler
    protective: bool
    repeatable: bool


_handlers: dict[str, _Registered] = {}


def call_handler(
    name: str, *, protective: bool = False, repeatable: bool = False
) -> Callable[[CallHandler], CallHandler]:
    """Register the function that answers calls of one name.

    It keeps its own transactions. After a crash it may run twice for one call. A `ComityError` that it raises is
    returned to the partner by its code.

    Args:
        name: of the calls.
        protective: whether a suspended partner may still make them (evidence).
        repeatable: whether the function recognises a request that it has answered, by an identifier within its body, so
            that a call that is replayed changes nothing and learns nothing new.

    Raises:
        ValueError: the name has another function already.
    """

    def register(function: CallHandler) -> CallHandler:
        if _handlers.setdefault(name, _Registered(function, protective, repeatable)).function is not function:
            raise ValueError(f"two handlers for calls of {name}")
        return function

    return register


def call(
    node: Node,
    channels: Channels,
    partner: ServiceId,
    regime: Regime,
    name: str,
    body: Any,
    attachment: bytes = b"",
    *,
    protective: bool = False,
) -> tuple[Any, bytes]:
    """Call a partner and return the body and the attachment of its signed answer.

    Must not be called inside a transaction.

    Args:
        node: this node.
        channels: the ways to the partners.
        partner: whom to call.
        regime: under which the call is made; its keys sign.
        name: which handler takes it there.
        body: JSON value.
        attachment: octets beside it.
        protective: whether a partner that this node suspended may still be called.

    Raises:
        DeliveryError: the way is broken.
        Refused: the partner's own code; ``partner.*``.
        PeerError: the answer is wrong: ``frame.*``, ``signature.*``, ``return.*``.
    """
    now = node.clock()
    keys = signing_keys(node, partner, regime, now, protective=protective)
    document = CallDocument(
        id=message_id(now, node.random(10)),
        name=name,
        sender=node.service,
        recipient=partner,
        regime=regime,
        at=now,
        body=body,
        attachment=digest_of(attachment),
    )
    payload = document.octets()
    token = node.keys.sign(regime, TokenType.CALL, [payload])[0]
    answer = _post(channels, partner, pack_call(token, attachment))
    found, returned = open_return(answer, document, digest_of(payload), keys)
    if found.refused is not None:
        raise Refused(found.refused, partner=partner)
    return found.body, returned


def _post(channels: Channels, partner: ServiceId, octets: bytes) -> bytes:
    for attempt in range(1, TRIES + 1):
        try:
            return channels(partner).post(PATH, octets)
        except DeliveryError as error:
            if attempt == TRIES or not error.retryable:
                raise
    raise RuntimeError("unreachable: the last try returns or raises")


def answer_call(node: Node, octets: bytes) -> bytes:
    """Answer a partner's call and return the frame of the signed answer.

    Args:
        node: this node.
        octets: hostile bytes, as they came.

    Raises:
        PeerError: the call is wrong: ``frame.*``, ``json.*``, ``signature.*``, ``call.*``, ``envelope.*``.
        Refused: ``partner.*``, ``envelope.regime``.
    """
    # 1. Verify: nothing in it is believed before.
    unverified = read_call(octets)
    claimed = unverified.claimed
    if claimed.regime not in node.config.regimes:
        raise Refused("envelope.regime", regime=claimed.regime.value)
    registered = _handlers.get(claimed.name)
    protective = registered is not None and registered.protective
    now = node.clock()
    keys = signing_keys(node, claimed.sender, claimed.regime, now, protective=protective)
    skew = timedelta(seconds=node.config.skew_seconds)
    verified = verify_call(unverified, keys, recipient=node.service, now=now, skew=skew)
    # 2. Once for each identifier.
    kept = registered is None or not registered.repeatable
    known = inbox.known_call(node.alias, claimed.sender, claimed.id) if kept else None
    if known is not None:
        if known.digest != verified.digest:
            raise PeerError("call.replayed")
        if known.answer is not None:
            return known.answer
    elif kept:
        inbox.reserve_call(node.alias, claimed.sender, claimed.id, verified.digest, claimed.at)
    # 3. Answer, and keep what was answered.
    body, attachment, refused = _handled(node, registered, verified)
    document = write_return(verified, node.clock(), body, attachment, refused)
    token = node.keys.sign(claimed.regime, TokenType.RETURN, [document.octets()])[0]
    answer = pack_return(token, attachment)
    if kept and len(answer) <= KEPT_ANSWER_BYTES:
        inbox.keep_answer(node.alias, claimed.sender, claimed.id, answer)
    return answer


def forget_calls(node: Node) -> int:
    """Delete calls that are too old to be accepted again; return how many."""
    return inbox.forget_calls(node.alias, node.clock() - 3 * timedelta(seconds=node.config.skew_seconds))


def _handled(
    node: Node, registered: _Registered | None, verified: VerifiedCall
) -> tuple[Any, bytes, str | None]:
    if registered is None:
        return None, b"", "call.unknown"
    document = verified.document
    made = Call(
        document.id, document.sender, document.regime, document.at, document.body, verified.attachment
    )
    try:
        body, attachment = registered.function(node, made)
    except NodeError:
        raise
    except ComityError as error:
        return None, b"", error.code
    if len(attachment) > CALL_ATTACHMENT_BYTES:
        raise NodeError("call.attachment", limit=CALL_ATTACHMENT_BYTES)
    return body, attachment, None
