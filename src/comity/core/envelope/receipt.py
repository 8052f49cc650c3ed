"""The receipt of a batch: what "delivered" means. Implements docs/protocol/envelope.md §7.

The payload is fixed in the transaction that stores the messages. Ed25519 is deterministic (RFC 8032 §5.1.6), so that a
repeated batch is answered with the same bytes as long as the same key signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.signature import verify_jws
from comity.core.envelope import frame
from comity.core.envelope.batch import Manifest
from comity.core.envelope.fields import Code, Document, Hex32, Hex64, One, Party, WireInstant, read_document
from comity.core.envelope.limits import BATCH_MESSAGES, RECEIPT_BYTES, RECEIPT_DEPTH, RECEIPT_DISPUTE
from comity.core.instant import Instant
from comity.errors import PeerError


class Verdict(StrEnum):
    """What became of a message at the partner's."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Outcome(Document):
    """The verdict on one message; a code exactly when it was refused."""

    code: Code | None = None
    id: Hex32
    outcome: Verdict

    @model_validator(mode="after")
    def _code_of_a_refusal(self) -> Outcome:
        if (self.code is None) is not (self.outcome is Verdict.ACCEPTED):
            raise ValueError("a code goes with a refusal")
        return self


class Receipt(Document):
    """What the recipient signs: which batch, when, and what became of each message, in order."""

    batch: Hex32
    sender: Party = Field(alias="from")
    manifest: Hex64
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1, max_length=BATCH_MESSAGES)]
    received_at: WireInstant
    regime: Regime
    recipient: Party = Field(alias="to")
    v: One = 1


@dataclass(frozen=True, slots=True)
class SentBatch:
    """A batch that this service sent: what its receipt must name. `digest` is that of the manifest's bytes."""

    batch: str
    digest: str
    sender: ServiceId
    recipient: ServiceId
    regime: Regime
    messages: tuple[str, ...]


def write_receipt(
    manifest: Manifest, digest: str, received_at: Instant, outcomes: Sequence[Outcome]
) -> Receipt:
    """Return the receipt of a batch; its sender is the batch's recipient."""
    return Receipt(
        batch=manifest.id,
        manifest=digest,
        sender=manifest.recipient,
        recipient=manifest.sender,
        regime=manifest.regime,
        received_at=received_at,
        outcomes=tuple(outcomes),
    )


def pack_receipt(token: str) -> bytes:
    """Return the frame of a signed receipt."""
    return frame.pack([token.encode("ascii")])


def receipt_token(octets: bytes) -> str:
    """Return the one token of a receipt's frame, unverified.

    Raises:
        PeerError: ``frame.*``, ``receipt.malformed``.
    """
    parts = frame.unpack(octets)
    if len(parts) != 1 or not parts[0].isascii():
        raise PeerError("receipt.malformed")
    return parts[0].decode("ascii")


def verify_receipt(token: str, sent: SentBatch, keys: Mapping[str, bytes]) -> Receipt:
    """Verify the receipt of a batch that this service sent.

    Args:
        token: hostile text.
        sent: the batch.
        keys: the partner's signing keys, valid now.

    Raises:
        PeerError: ``signature.*``, ``json.*``, ``receipt.malformed``, ``receipt.other-batch``,
            ``receipt.outcomes``.
    """
    # 1. Signed by the partner.
    verified = verify_jws(token, typ=TokenType.RECEIPT, keys=keys)
    receipt = read_document(
        Receipt, verified.payload, code="receipt.malformed", limit=RECEIPT_BYTES, depth=RECEIPT_DEPTH
    )
    # 2. For this batch, these services, this regime.
    found = (receipt.batch, receipt.manifest, receipt.sender, receipt.recipient, receipt.regime)
    if found != (sent.batch, sent.digest, sent.recipient, sent.sender, sent.regime):
        raise PeerError("receipt.other-batch")
    # 3. One outcome a message, in order.
    if tuple(outcome.id for outcome in receipt.outcomes) != sent.messages:
        raise PeerError("receipt.outcomes")
    return receipt


def is_disputed(sent_at: Instant, received_at: Instant, returned_at: Instant) -> bool:
    """Tell whether a receipt's time lies outside [sent, returned +- 5 minutes].

    Args:
        sent_at: signed time of the message.
        received_at: what the receipt says.
        returned_at: when the receipt reached the sender.
    """
    return not sent_at - RECEIPT_DISPUTE <= received_at <= returned_at + RECEIPT_DISPUTE
