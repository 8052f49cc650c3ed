"""A batch that its sender calls back: either it was accepted, or it never will be. Implements docs/protocol/envelope.md §9.

Rules: the answer is the receipt that was given, or that the batch is never accepted from now on; it names no message and
no case, so that whoever has not seen the batch learns nothing of what stood in it.
Attacks stopped: another batch under the same identifier; a claim to have taken a batch without its receipt.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from comity.core import canonical
from comity.core.envelope.fields import Document, Hex32, Hex64, One, read_document
from comity.core.envelope.limits import CALL_BYTES, CALL_DEPTH, RECEIPT_BYTES


class CalledBack(Document):
    """Accept this batch of mine no more, or tell me that you have; `manifest` is the digest of its manifest."""

    batch: Hex32
    manifest: Hex64
    v: One = 1


class Settled(Document):
    """The receipt of the batch, signed; None: it was not accepted and will not be."""

    receipt: Annotated[str, Field(max_length=2 * RECEIPT_BYTES)] | None
    v: One = 1


def read_called_back(body: Any) -> CalledBack:
    """Return what a call asks.

    Raises:
        PeerError: ``json.*``, ``call.malformed``.
    """
    return read_document(
        CalledBack, canonical.encode(body), code="call.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )


def read_settled(body: Any) -> Settled:
    """Return what a partner answers.

    Raises:
        PeerError: ``json.*``, ``return.malformed``.
    """
    return read_document(
        Settled, canonical.encode(body), code="return.malformed", limit=CALL_BYTES, depth=CALL_DEPTH
    )
