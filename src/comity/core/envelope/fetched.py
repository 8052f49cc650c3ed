"""Sealed parts that a service gives again to the partner that acknowledged them. Implements docs/protocol/envelope.md §9.

Rules: parts come in the order in which they were asked for, from the first on, each with its length or with why it is
gone; what they are is told by the manifest, which the asking service's own receipt names, and by nothing in the answer.
Attacks stopped: other bytes than were acknowledged, parts of another message, more than was asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator

from comity.core import canonical
from comity.core.envelope.fields import Document, Hex32, One, read_document
from comity.core.envelope.limits import BATCH_MESSAGES, CALL_BYTES, CALL_DEPTH, SEALED_BYTES
from comity.errors import PeerError


class Gone(StrEnum):
    """Why a part does not come again."""

    RECALLED = "recalled"
    ERASED = "erased"
    CORRECTED = "corrected"
    WITHHELD = "withheld"
    DROPPED = "dropped"


FINAL = frozenset({Gone.RECALLED, Gone.ERASED})
"""With these nothing is missing any more: the words are meant to be gone."""


class PartsAsked(Document):
    """Give the sealed parts of these messages of one batch, in this order."""

    batch: Hex32
    messages: Annotated[tuple[Hex32, ...], Field(min_length=1, max_length=BATCH_MESSAGES)]
    v: One = 1


class ShownPart(Document):
    """One part: its length in the attachment, in bytes, or why it is gone."""

    gone: Gone | None = None
    id: Hex32
    size: Annotated[int, Field(ge=0, le=SEALED_BYTES)]

    @model_validator(mode="after")
    def _one_of_both(self) -> ShownPart:
        if (self.gone is None) is (self.size == 0):
            raise ValueError("either bytes or why there are none")
        return self


class PartsShown(Document):
    """The parts from the first on that fit one answer; their bytes stand in the attachment, joined."""

    parts: Annotated[tuple[ShownPart, ...], Field(min_length=1, max_length=BATCH_MESSAGES)]
    v: One = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it came, believed by nobody yet: bytes, or why there are none."""

    id: str
    sealed: bytes
    gone: Gone | None


def read_parts_asked(body: Any) -> PartsAsked:
    """Return what a call asks.

    Raises:
        PeerError: ``json.*``, ``call.malformed``.
    """
    return read_document(
        PartsAsked, canonical.encode(body), code="call.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )


def read_parts_shown(body: Any, attachment: bytes, asked: Sequence[str]) -> list[Part]:
    """Take an answer apart.

    Args:
        body: hostile JSON.
        attachment: hostile bytes.
        asked: the messages asked for, in order.

    Returns:
        The parts of the first of them, in order; at least one.

    Raises:
        PeerError: ``json.*``, ``return.malformed``: other messages than were asked for, another order, or lengths that
            are not those of the attachment.
    """
    shown = read_document(
        PartsShown, canonical.encode(body), code="return.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )
    named = [one.id for one in shown.parts]
    if named != list(asked[: len(named)]) or sum(one.size for one in shown.parts) != len(attachment):
        raise PeerError("return.malformed")
    parts, at = [], 0
    for one in shown.parts:
        parts.append(Part(one.id, attachment[at : at + one.size], one.gone))
        at += one.size
    return parts


def verify_part(sealed: bytes, digest: str) -> None:
    """Verify that a part is the one that was acknowledged.

    Args:
        sealed: hostile bytes.
        digest: SHA-256 in the manifest that the receipt names, in hex.

    Raises:
        PeerError: ``envelope.part``.
    """
    if hashlib.sha256(sealed).hexdigest() != digest:
        raise PeerError("envelope.part")
