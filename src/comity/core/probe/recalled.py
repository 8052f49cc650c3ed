"""Which rows of a replica are gone since its newest layer was made: told with every answer to a search.

Implements docs/protocol/probe.md §7.3. The list is padded to steps of a fixed number, its head states how many labels it
has and their digest; head and first page stand in the signed answer, further pages are asked for and hold only when all
together have the digest of the head. What this stops: an issuer that withdraws somebody and an asker that still opens
the row. What it does not stop: the cells of the row can be tested until the epoch ends.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comity.core import canonical
from comity.core.probe.manifest import LABEL_BYTES
from comity.errors import PeerError

PAGE = 64
"""Labels in an answer; lists are padded to multiples of it."""

MAX_LABELS = 1 << 20

Label = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Page = Annotated[tuple[Label, ...], Field(min_length=PAGE, max_length=PAGE)]


class Head(BaseModel):
    """What the issuer states of its list: for which newest layer of the asker, how many labels, and their digest."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    layer: Annotated[int, Field(ge=0, le=1_000_000_000)]
    count: Annotated[int, Field(ge=PAGE, le=MAX_LABELS, multiple_of=PAGE)]
    digest: Digest


class Tombstones(BaseModel):
    """What stands in an answer: the head and the first page."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    head: Head
    labels: Page


class MoreRequest(BaseModel):
    """A call for a further page of the list for a layer."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    group: Annotated[str, Field(max_length=40)]
    epoch: Annotated[int, Field(ge=1, le=1_000_000)]
    layer: Annotated[int, Field(ge=0, le=1_000_000_000)]
    page: Annotated[int, Field(ge=0, lt=MAX_LABELS // PAGE)]


def padded_labels(labels: Collection[bytes], key: bytes, layer: int) -> tuple[bytes, ...]:
    """Return the list for a layer, sorted and padded to a multiple of `PAGE`; equal labels give an equal list.

    Args:
        labels: of rows that are gone, 8 bytes each.
        key: of the epoch's records; the padding follows from it, so that pages asked for one after the other agree.
        layer: version of the asker's newest layer.
    """
    own = set(labels)
    missing = max(PAGE, -(-len(own) // PAGE) * PAGE) - len(own)
    number = 0
    while missing:
        drawn = hmac.digest(key, f"tombstone|{layer}|{number}".encode(), hashlib.sha256)[:LABEL_BYTES]
        number += 1
        if drawn not in own:
            own.add(drawn)
            missing -= 1
    return tuple(sorted(own))


def head_of(labels: Sequence[bytes], layer: int) -> Head:
    """Return the head of a padded list."""
    return Head(layer=layer, count=len(labels), digest=_digest(labels))


def page_of(labels: Sequence[bytes], number: int) -> tuple[str, ...]:
    """Return a page of a padded list.

    Raises:
        PeerError: ``probe.request-malformed``: there is no such page.
    """
    found = labels[number * PAGE : (number + 1) * PAGE]
    if not found:
        raise PeerError("probe.request-malformed")
    return tuple(label.hex() for label in found)


def read_more(body: object) -> MoreRequest:
    """Parse a call for a page.

    Raises:
        PeerError: ``probe.request-malformed``.
    """
    try:
        return MoreRequest.model_validate_json(canonical.encode(body))
    except (ValidationError, ValueError):
        raise PeerError("probe.request-malformed") from None


def read_page(body: object) -> Tombstones:
    """Parse a page: the head of the list at that time, and the labels of the page.

    Raises:
        PeerError: ``probe.tombstones``.
    """
    try:
        return Tombstones.model_validate_json(canonical.encode(body))
    except (ValidationError, ValueError):
        raise PeerError("probe.tombstones") from None


def open_labels(labels: Sequence[str], head: Head, layer: int) -> frozenset[bytes]:
    """Return the labels of a whole list.

    Args:
        labels: of all pages, in their order.
        head: from the answer.
        layer: version of the newest layer, as it was asked with.

    Raises:
        PeerError: ``probe.tombstones``: the list is for another layer, or not the one of the head.
    """
    octets = tuple(bytes.fromhex(label) for label in labels)
    if (head.layer, head.count, head.digest) != (layer, len(octets), _digest(octets)):
        raise PeerError("probe.tombstones")
    return frozenset(octets)


def _digest(labels: Sequence[bytes]) -> str:
    return hashlib.sha256(b"comity/1 tombstones" + b"".join(labels)).hexdigest()
