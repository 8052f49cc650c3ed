"""Synchronous signed calls and their returns. Implements docs/protocol/envelope.md §9.

A call asks for something now (a probe, a page of a replica, a checkpoint, a card); it changes no case. Call and return
are each signed whole; the return names the digest of the call that it answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import Field

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.signature import verify_jws
from comity.core.envelope import frame
from comity.core.envelope.batch import payload_of
from comity.core.envelope.fields import (
    Code,
    Hex32,
    Hex64,
    Kind,
    One,
    OpenDocument,
    Party,
    WireInstant,
    read_document,
)
from comity.core.envelope.limits import CALL_ATTACHMENT_BYTES, CALL_BYTES, CALL_CLASSES, CALL_DEPTH
from comity.core.instant import Instant
from comity.errors import PeerError

JSON = Any
"""A JSON value."""


class CallDocument(OpenDocument):
    """What the caller signs: the body and the attachment's digest."""

    v: One = 1
    id: Hex32
    name: Kind
    sender: Party = Field(alias="from")
    recipient: Party = Field(alias="to")
    regime: Regime
    at: WireInstant
    body: JSON = None
    attachment: Hex64


class ReturnDocument(OpenDocument):
    """What the called service signs: the body and the attachment's digest, or the code of a refusal."""

    v: One = 1
    id: Hex32
    call: Hex64
    sender: Party = Field(alias="from")
    recipient: Party = Field(alias="to")
    regime: Regime
    at: WireInstant
    body: JSON = None
    attachment: Hex64
    refused: Code | None = None


@dataclass(frozen=True, slots=True)
class UnverifiedCall:
    """A call as it arrived; its claims only say which keys to look up."""

    token: str
    claimed: CallDocument
    attachment: bytes


@dataclass(frozen=True, slots=True)
class VerifiedCall:
    """A call whose signature, addressee and time were verified."""

    document: CallDocument
    digest: str
    attachment: bytes


def read_call(octets: bytes) -> UnverifiedCall:
    """Take a call's frame apart without believing it.

    Raises:
        PeerError: ``frame.*``, ``signature.malformed``, ``json.*``, ``call.malformed``.
    """
    parts = frame.unpack(octets, CALL_CLASSES)
    if len(parts) != 2 or not parts[0].isascii() or len(parts[1]) > CALL_ATTACHMENT_BYTES:
        raise PeerError("call.malformed")
    token = parts[0].decode("ascii")
    claimed = read_document(
        CallDocument, payload_of(token), code="call.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )
    return UnverifiedCall(token, claimed, parts[1])


def verify_call(
    call: UnverifiedCall,
    keys: Mapping[str, bytes],
    *,
    recipient: ServiceId,
    now: Instant,
    skew: timedelta,
) -> VerifiedCall:
    """Verify a call.

    Args:
        call: as read.
        keys: signing keys of the claimed sender, valid now.
        recipient: this service.
        now: the receiver's time.
        skew: how far the call's time may lie from it.

    Raises:
        PeerError: ``signature.*``, ``call.attachment-other``, ``envelope.recipient``, ``envelope.future``,
            ``envelope.expired``.
    """
    # 1. Signed by the claimed sender, with this attachment.
    verified = verify_jws(call.token, typ=TokenType.CALL, keys=keys)
    document = call.claimed
    if digest_of(call.attachment) != document.attachment:
        raise PeerError("call.attachment-other")
    # 2. Addressed to this service.
    if document.recipient != recipient:
        raise PeerError("envelope.recipient")
    # 3. Fresh: what is older was either answered or is replayed.
    if document.at > now + skew:
        raise PeerError("envelope.future")
    if document.at < now - skew:
        raise PeerError("envelope.expired")
    return VerifiedCall(document, digest_of(verified.payload), call.attachment)


def write_return(
    call: VerifiedCall, at: Instant, body: JSON, attachment: bytes, refused: str | None = None
) -> ReturnDocument:
    """Return the document that answers a call; its sender is the call's recipient."""
    document = call.document
    return ReturnDocument(
        id=document.id,
        call=call.digest,
        sender=document.recipient,
        recipient=document.sender,
        regime=document.regime,
        at=at,
        body=body,
        attachment=digest_of(attachment),
        refused=refused,
    )


def open_return(
    octets: bytes, call: CallDocument, digest: str, keys: Mapping[str, bytes]
) -> tuple[ReturnDocument, bytes]:
    """Verify what a partner returned for a call.

    Args:
        octets: hostile frame.
        call: that this service made.
        digest: SHA-256 of the call's payload.
        keys: the partner's signing keys, valid now.

    Raises:
        PeerError: ``frame.*``, ``signature.*``, ``json.*``, ``return.malformed``, ``return.other-call``,
            ``return.attachment``.
    """
    # 1. The frame: token and attachment.
    parts = frame.unpack(octets, CALL_CLASSES)
    if len(parts) != 2 or not parts[0].isascii() or len(parts[1]) > CALL_ATTACHMENT_BYTES:
        raise PeerError("return.malformed")
    # 2. Signed by the partner.
    verified = verify_jws(parts[0].decode("ascii"), typ=TokenType.RETURN, keys=keys)
    found = read_document(
        ReturnDocument, verified.payload, code="return.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )
    # 3. For this call.
    named = (found.id, found.call, found.sender, found.recipient, found.regime)
    if named != (call.id, digest, call.recipient, call.sender, call.regime):
        raise PeerError("return.other-call")
    # 4. With this attachment.
    if digest_of(parts[1]) != found.attachment:
        raise PeerError("return.attachment")
    return found, parts[1]


def pack_call(token: str, attachment: bytes) -> bytes:
    """Return the frame of a signed call and its attachment."""
    return frame.pack([token.encode("ascii"), attachment], CALL_CLASSES)


def pack_return(token: str, attachment: bytes) -> bytes:
    """Return the frame of a signed return and its attachment."""
    return frame.pack([token.encode("ascii"), attachment], CALL_CLASSES)


def digest_of(octets: bytes) -> str:
    """Return the SHA-256 of a payload or an attachment, 64 hex digits."""
    return hashlib.sha256(octets).hexdigest()
