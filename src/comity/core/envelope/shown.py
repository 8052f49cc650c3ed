"""Receipts that a service shows again to the partner that signed them. Implements docs/protocol/envelope.md §9.

Rules: a shown batch proves itself by the receipt, which the asking service signed itself; where it does not, it proves
nothing. Places only rise, so that no answer leads round in a circle.
Attacks stopped: a batch that was never accepted, a manifest exchanged under a receipt, batches of another partner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.encoding import from_text
from comity.core.envelope.batch import Manifest, payload_of
from comity.core.envelope.fields import Document, One, WireInstant, read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import CALL_BYTES, CALL_DEPTH, MANIFEST_BYTES, MANIFEST_DEPTH, RECEIPT_BYTES
from comity.core.envelope.receipt import SentBatch, Verdict, verify_receipt
from comity.core.instant import Instant
from comity.errors import PeerError

MAX_BATCHES = 50
"""Greatest number of batches in one answer."""

Place = Annotated[int, Field(ge=0, lt=2**53)]


class ReceiptsAsked(Document):
    """Show the receipts that you stored since an instant, from behind a place."""

    after: Place
    since: WireInstant
    v: One = 1


class ShownBatch(Document):
    """A batch by its manifest (base64url) and its receipt; `place` is the shower's own, and only orders."""

    manifest: Annotated[str, Field(max_length=2 * MANIFEST_BYTES)]
    place: Place
    receipt: Annotated[str, Field(max_length=2 * RECEIPT_BYTES)]


class ReceiptsShown(Document):
    """Batches in the order in which their receipts came; whether more follow."""

    batches: Annotated[tuple[ShownBatch, ...], Field(max_length=MAX_BATCHES)]
    more: bool
    v: One = 1


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A message that a receipt of one's own acknowledges; `sealed` is the SHA-256 of its sealed part, in hex."""

    header: Header
    received_at: Instant
    sealed: str


@dataclass(frozen=True, slots=True)
class Proven:
    """A batch that a receipt of one's own proves.

    Args:
        batch: its identifier.
        digest: of its manifest.
        receipt: the very payload that was signed.
        received_at: when it was accepted, as the receipt says.
        messages: those that were accepted, in order.
    """

    batch: str
    digest: str
    receipt: bytes
    received_at: Instant
    messages: tuple[Acknowledged, ...]


def read_asked(body: Any) -> ReceiptsAsked:
    """Return what a call asks.

    Raises:
        PeerError: ``json.*``, ``call.malformed``.
    """
    return read_document(
        ReceiptsAsked, canonical.encode(body), code="call.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )


def read_shown(body: Any, after: int) -> ReceiptsShown:
    """Return what a partner shows.

    Args:
        body: hostile JSON.
        after: the place behind which it was asked.

    Raises:
        PeerError: ``json.*``, ``return.malformed``: the places do not rise, or nothing is shown and more announced.
    """
    shown = read_document(
        ReceiptsShown, canonical.encode(body), code="return.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )
    places = [after, *(one.place for one in shown.batches)]
    if any(left >= right for left, right in pairwise(places)) or (shown.more and not shown.batches):
        raise PeerError("return.malformed")
    return shown


def verify_shown(
    shown: ShownBatch, keys: Mapping[str, bytes], *, sender: ServiceId, recipient: ServiceId, regime: Regime
) -> Proven:
    """Return a shown batch as far as its receipt acknowledges it.

    Args:
        shown: hostile.
        keys: every signing key that the asking service ever held under the regime.
        sender: of the batch, who shows it.
        recipient: of the batch, who asks.
        regime: of the batch.

    Raises:
        PeerError: ``encoding.malformed``, ``json.*``, ``envelope.*``, ``signature.*``, ``receipt.*``.
    """
    # 1. The manifest is between these two, of this regime.
    octets = from_text(shown.manifest)
    manifest = read_document(
        Manifest, octets, code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH
    )
    if (manifest.sender, manifest.recipient, manifest.regime) != (sender, recipient, regime):
        raise PeerError("envelope.mixed")
    # 2. The receipt is the asking service's own, for these bytes and these messages.
    headers = [entry.header for entry in manifest.messages]
    sent = SentBatch(
        manifest.id,
        canonical.digest(octets),
        sender,
        recipient,
        regime,
        tuple(header.id for header in headers),
    )
    receipt = verify_receipt(shown.receipt, sent, keys)
    # 3. What was refused was never taken.
    messages = tuple(
        Acknowledged(entry.header, receipt.received_at, entry.sealed)
        for entry, outcome in zip(manifest.messages, receipt.outcomes, strict=True)
        if outcome.outcome is Verdict.ACCEPTED
    )
    return Proven(sent.batch, sent.digest, payload_of(shown.receipt), receipt.received_at, messages)
