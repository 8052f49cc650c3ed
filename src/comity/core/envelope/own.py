"""What a service had sent, shown to it again by the partner that accepted it. Implements docs/protocol/envelope.md §9.

Rules: that it was accepted is proven by the partner's receipt, that it was written by its author's own signature on the
content, which names the header; neither is believed without the other. Each content is sealed for its author, so that
nothing between the two reads it.
Attacks stopped: a content nobody wrote, or somebody else did; one under another header; one that was refused; batches of
another partner, regime or time; answers that lead round in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import from_text
from comity.core.crypto.signature import verify_jws
from comity.core.envelope.fields import Document, Hex16, One, WireInstant, read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import (
    BATCH_MESSAGES,
    CALL_BYTES,
    CALL_DEPTH,
    MANIFEST_BYTES,
    MANIFEST_DEPTH,
    RECEIPT_BYTES,
    RECEIPT_DEPTH,
    SEALED_BYTES,
)
from comity.core.envelope.receipt import Receipt, Verdict
from comity.core.envelope.shown import Place
from comity.errors import PeerError

MAX_HEADER = 16 * 1024
"""Greatest length of a header in base64url."""


class OwnAsked(Document):
    """Show what I had sent and you accepted since an instant, from behind a place."""

    after: Place
    since: WireInstant
    v: One = 1


class OwnMessage(Document):
    """A message by its header (base64url); `size` is that of its sealed content in the attachment, 0 if it is gone."""

    header: Annotated[str, Field(max_length=MAX_HEADER)]
    size: Annotated[int, Field(ge=0, le=SEALED_BYTES)]


class OwnBatch(Document):
    """A batch, or what follows of it, by the shower's receipt and messages that it accepted; `place` is behind the last."""

    messages: Annotated[tuple[OwnMessage, ...], Field(min_length=1, max_length=BATCH_MESSAGES)]
    place: Place
    receipt: Annotated[str, Field(max_length=2 * RECEIPT_BYTES)]


class OwnShown(Document):
    """One batch, or none; whether more follow; to which key of the asker the contents are sealed."""

    batches: Annotated[tuple[OwnBatch, ...], Field(max_length=1)]
    kid: Hex16
    more: bool
    v: One = 1


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A message as it was shown: its header, which nothing proves yet, and its content, sealed; empty if it is gone."""

    header: Header
    sealed: bytes


def read_own_asked(body: Any) -> OwnAsked:
    """Return what a call asks.

    Raises:
        PeerError: ``json.*``, ``call.malformed``.
    """
    return read_document(
        OwnAsked, canonical.encode(body), code="call.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )


def read_own_shown(body: Any, attachment: bytes, after: int) -> OwnShown:
    """Return what a partner shows.

    Args:
        body: hostile JSON.
        attachment: hostile bytes.
        after: the place behind which it was asked.

    Raises:
        PeerError: ``json.*``, ``return.malformed``: places that do not rise, more announced and nothing shown, lengths
            that are not those of the attachment.
    """
    shown = read_document(
        OwnShown, canonical.encode(body), code="return.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )
    places = [after, *(one.place for one in shown.batches)]
    sizes = sum(one.size for batch in shown.batches for one in batch.messages)
    circle = any(left >= right for left, right in pairwise(places)) or (shown.more and not shown.batches)
    if circle or sizes != len(attachment):
        raise PeerError("return.malformed")
    return shown


def verify_own_batch(
    shown: OwnBatch,
    attachment: bytes,
    keys: Mapping[str, bytes],
    *,
    sender: ServiceId,
    recipient: ServiceId,
    regime: Regime,
) -> tuple[Receipt, list[OwnPart]]:
    """Return the receipt of a shown batch and its messages, of which each content has still to be opened.

    Args:
        shown: hostile.
        attachment: of the same length as the sizes together.
        keys: the recipient's signing keys.
        sender: of the batch, who asks.
        recipient: of the batch, who shows it.
        regime: of the batch.

    Raises:
        PeerError: ``encoding.malformed``, ``json.*``, ``signature.*``, ``receipt.*``, ``envelope.manifest``.
    """
    # 1. The receipt is the recipient's, for a batch between these two, of this regime.
    verified = verify_jws(shown.receipt, typ=TokenType.RECEIPT, keys=keys)
    receipt = read_document(
        Receipt, verified.payload, code="receipt.malformed", limit=RECEIPT_BYTES, depth=RECEIPT_DEPTH
    )
    if (receipt.sender, receipt.recipient, receipt.regime) != (recipient, sender, regime):
        raise PeerError("receipt.other-batch")
    # 2. Each message is one that it accepts, once, in its order, between these two.
    accepted = [one.id for one in receipt.outcomes if one.outcome is Verdict.ACCEPTED]
    parts, at = [], 0
    for one in shown.messages:
        header = read_document(
            Header,
            from_text(one.header),
            code="envelope.manifest",
            limit=MANIFEST_BYTES,
            depth=MANIFEST_DEPTH,
        )
        if (header.sender, header.recipient, header.regime) != (sender, recipient, regime):
            raise PeerError("receipt.other-batch")
        parts.append(OwnPart(header, attachment[at : at + one.size]))
        at += one.size
    named = [one.header.id for one in parts]
    if named != [one for one in accepted if one in set(named)]:
        raise PeerError("receipt.outcomes")
    return receipt, parts
