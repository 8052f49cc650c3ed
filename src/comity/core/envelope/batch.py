"""A batch: up to 50 messages under one signature. Implements docs/protocol/envelope.md §5.

``bytes -> UnverifiedEnvelope -> VerifiedEnvelope``: only `verify_envelope` makes a `VerifiedEnvelope`, so that the type
checker refuses code that reads a message before its signature was verified.

Rules: one outer signature over the manifest; the manifest names each sealed part by its digest, in order; sender,
recipient and regime are the same in the manifest and in each header; no identifier twice.
Attacks stopped: parts exchanged, dropped or added on the way; surreptitious forwarding; messages of another service.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import Sealed, TokenType
from comity.core.crypto.encoding import from_text
from comity.core.crypto.signature import verify_jws
from comity.core.envelope import frame
from comity.core.envelope.fields import Document, Hex32, Hex64, One, Party, WireInstant, read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import BATCH_MESSAGES, MANIFEST_BYTES, MANIFEST_DEPTH, SEALED_BYTES
from comity.core.instant import Instant, write_instant
from comity.errors import PeerError


class Entry(Document):
    """One message of a manifest: its header and the SHA-256 of its sealed part."""

    header: Header
    sealed: Hex64


class Manifest(Document):
    """What the outer signature covers."""

    sender: Party = Field(alias="from")
    id: Hex32
    messages: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=BATCH_MESSAGES)]
    regime: Regime
    sent_at: WireInstant
    recipient: Party = Field(alias="to")
    v: One = 1

    def octets(self) -> bytes:
        """Return the canonical bytes; each header is written once, for these and for its digest."""
        return join_manifest(
            self.id,
            [(entry.header.written, entry.sealed) for entry in self.messages],
            sender=self.sender,
            recipient=self.recipient,
            regime=self.regime,
            sent_at=self.sent_at,
        )


@dataclass(frozen=True, slots=True)
class UnverifiedEnvelope:
    """A batch as it arrived: nothing in it may be believed, its claims only say which keys to look up."""

    token: str
    parts: tuple[bytes, ...]
    claimed: Manifest


@dataclass(frozen=True, slots=True)
class VerifiedEnvelope:
    """A batch whose outer signature, addressee and part digests were verified; contents still sealed."""

    manifest: Manifest
    digest: str
    kid: str
    parts: tuple[bytes, ...]

    def sealed(self) -> list[Sealed]:
        """Return the parts as the key agent takes them."""
        pairs = zip(self.manifest.messages, self.parts, strict=True)
        return [Sealed(entry.header.kid, part, entry.header.info) for entry, part in pairs]


def join_manifest(
    batch: str,
    entries: Sequence[tuple[bytes, str]],
    *,
    sender: ServiceId,
    recipient: ServiceId,
    regime: Regime,
    sent_at: Instant,
) -> bytes:
    """Return the canonical bytes of a manifest, joined from headers that are written already.

    Args:
        batch: 32 hex digits.
        entries: canonical header and SHA-256 of the sealed part, in the order of delivery.
        sender: of all of them.
        recipient: of all of them.
        regime: of all of them.
        sent_at: when the membership of the batch was fixed.
    """
    messages = b",".join(b'{"header":%b,"sealed":"%b"}' % (head, digest.encode()) for head, digest in entries)
    return b'{"from":"%b","id":"%b","messages":[%b],"regime":"%b","sent_at":"%b","to":"%b","v":1}' % (
        sender.encode(),
        batch.encode(),
        messages,
        regime.value.encode(),
        write_instant(sent_at).encode(),
        recipient.encode(),
    )


def read_envelope(octets: bytes) -> UnverifiedEnvelope:
    """Take a frame apart without believing it.

    Raises:
        PeerError: ``frame.*``, ``signature.malformed``, ``json.*``, ``envelope.manifest``, ``envelope.parts``.
    """
    # 1. The frame.
    parts = frame.unpack(octets)
    token, sealed = _text(parts[0]), parts[1:]
    # 2. The claimed manifest.
    manifest = read_document(
        Manifest, payload_of(token), code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH
    )
    # 3. One part a message, none too large.
    if len(sealed) != len(manifest.messages):
        raise PeerError("envelope.parts")
    if any(len(part) > SEALED_BYTES for part in sealed):
        raise PeerError("envelope.too-large", limit=SEALED_BYTES)
    return UnverifiedEnvelope(token, sealed, manifest)


def verify_envelope(
    envelope: UnverifiedEnvelope, keys: Mapping[str, bytes], *, recipient: ServiceId
) -> VerifiedEnvelope:
    """Verify the outer signature and all that it binds.

    Args:
        envelope: as read.
        keys: signing keys of the claimed sender under the claimed regime, valid now.
        recipient: this service.

    Raises:
        PeerError: ``signature.*``, ``envelope.recipient``, ``envelope.mixed``, ``envelope.repeated``,
            ``envelope.part``.
    """
    # 1. Signed by the claimed sender. `claimed` was read from the payload that this verifies.
    verified = verify_jws(envelope.token, typ=TokenType.BATCH, keys=keys)
    manifest = envelope.claimed
    # 2. Addressed to this service.
    if manifest.recipient != recipient:
        raise PeerError("envelope.recipient")
    # 3. Every header speaks for the same two services and the same regime.
    whole = (manifest.sender, manifest.recipient, manifest.regime)
    if any((e.header.sender, e.header.recipient, e.header.regime) != whole for e in manifest.messages):
        raise PeerError("envelope.mixed")
    # 4. No identifier twice.
    if len({entry.header.id for entry in manifest.messages}) != len(manifest.messages):
        raise PeerError("envelope.repeated")
    # 5. Each part is the one that was signed.
    for entry, part in zip(manifest.messages, envelope.parts, strict=True):
        if hashlib.sha256(part).hexdigest() != entry.sealed:
            raise PeerError("envelope.part")
    digest = hashlib.sha256(verified.payload).hexdigest()
    return VerifiedEnvelope(manifest, digest, verified.kid, envelope.parts)


def pack_batch(token: str, sealed: Sequence[bytes]) -> bytes:
    """Return the frame of a signed manifest and its parts."""
    return frame.pack([token.encode("ascii"), *sealed])


def payload_of(token: str) -> bytes:
    """Return the payload that a compact JWS claims, unverified.

    Raises:
        PeerError: ``signature.malformed``.
    """
    pieces = token.split(".")
    if len(pieces) != 3:
        raise PeerError("signature.malformed")
    try:
        return from_text(pieces[1])
    except PeerError:
        raise PeerError("signature.malformed") from None


def _text(octets: bytes) -> str:
    if not octets.isascii():
        raise PeerError("signature.malformed")
    return octets.decode("ascii")
