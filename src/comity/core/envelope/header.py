"""The header of one message: who, to whom, under what, why, when. Implements docs/protocol/envelope.md §3.

Its digest is bound into the seal (`info`) and signed inside by the author's service; the batch's manifest, signed
outside, repeats it with the digest of the sealed bytes. It holds no personal data.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Urgency
from comity.core.envelope.fields import (
    ClauseId,
    Document,
    Hex16,
    Hex32,
    Hex64,
    Kind,
    One,
    Party,
    ThreadId,
    WireInstant,
)
from comity.core.instant import Instant, read_duration
from comity.errors import PeerError

VERSION = 1
INFO_PREFIX = b"comity/1 content "


def _sorted_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if any(left >= right for left, right in pairwise(values)):
        raise ValueError("not sorted or not unique")
    return values


def _span(text: str | None) -> str | None:
    if text is not None:
        try:
            read_duration(text)
        except PeerError:
            raise ValueError("not a duration") from None
    return text


class Header(Document):
    """What the partner may know of a message before it opens it, and by which both sides decide.

    `sent_at` is the signed time by which both nodes decide; `expires_at` is at most the maximum transit later.
    `decision` is the digest of the named person's decision record, for acts that release an identity.
    """

    act: Act
    agreement: Hex64 | None = None
    clause: ClauseId | None = None
    data: Annotated[tuple[DataCategory, ...], AfterValidator(_sorted_once), Field(max_length=32)] = ()
    deadline: Annotated[str | None, AfterValidator(_span)] = None
    decision: Hex64 | None = None
    expires_at: WireInstant
    sender: Party = Field(alias="from")
    handling: Handling | None = None
    id: Hex32
    kid: Hex16
    kind: Kind
    purpose: Purpose | None = None
    regime: Regime
    sent_at: WireInstant
    subjects: Annotated[tuple[SubjectCategory, ...], AfterValidator(_sorted_once), Field(max_length=32)] = ()
    thread: ThreadId | None = None
    recipient: Party = Field(alias="to")
    urgency: Urgency | None = None
    v: One = 1

    @cached_property
    def written(self) -> bytes:
        """The canonical bytes."""
        return self.octets()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hex."""
        return hashlib.sha256(self.written).hexdigest()

    @property
    def info(self) -> bytes:
        """What binds the seal to this header."""
        return INFO_PREFIX + bytes.fromhex(self.digest)

    @property
    def span(self) -> timedelta | None:
        """The deadline, counted from the receipt."""
        return None if self.deadline is None else read_duration(self.deadline)


def check_times(header: Header, now: Instant, *, skew: timedelta, transit: timedelta) -> None:
    """Check that the signed time can be decided by. Implements docs/protocol/envelope.md §6 step 3.

    Args:
        header: verified.
        now: the receiver's time.
        skew: how far clocks may differ.
        transit: how long a message may travel.

    Raises:
        PeerError: ``envelope.future``, ``envelope.expired``, ``envelope.transit``.
    """
    if header.sent_at > now + skew:
        raise PeerError("envelope.future")
    if not header.sent_at < header.expires_at <= header.sent_at + transit:
        raise PeerError("envelope.transit")
    if now > header.expires_at + skew:
        raise PeerError("envelope.expired")


def message_id(at: datetime, random: bytes) -> str:
    """Return a UUID version 7 (RFC 9562 §5.7) as 32 hex digits.

    Args:
        at: time of creation.
        random: 10 random bytes.
    """
    if len(random) != 10:
        raise ValueError("a message identifier takes 10 random bytes")
    stamp = int(at.timestamp() * 1000).to_bytes(6, "big")
    octets = bytearray(stamp + random)
    octets[6] = 0x70 | octets[6] & 0x0F
    octets[8] = 0x80 | octets[8] & 0x3F
    return octets.hex()
