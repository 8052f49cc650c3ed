"""The asker's local work after an answer: which outputs open which records, and how strong that is.

Implements docs/protocol/probe.md §8. Nothing here reaches the issuer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from comity.core.crypto.blob import open_blob
from comity.core.probe.index import LABEL_BYTES, REFERENCE_BYTES, label_of, shard_word, slot_of, xor
from comity.core.probe.manifest import ROW_BYTES, Manifest
from comity.core.probe.profile import Field, Profile
from comity.core.probe.retrieval import Words, lookup
from comity.core.probe.tokens import Token

DAY_KNOWN = 3
"""First byte of the sketch of a record whose day of birth is known."""

MAX_CANDIDATES = 2
"""References that one search may yield; more means: give more data."""


class Strength(StrEnum):
    """What a search found."""

    HIT = "hit"
    POSSIBLE = "possible"
    MISS = "miss"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True)
class Replica:
    """An index that was fetched and verified: words of each shard, shape (cells, 2), and the sorted rows."""

    manifest: Manifest
    shards: tuple[Words, ...]
    rows: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Found:
    """One record that opened.

    Args:
        reference: opaque, 32 hex digits.
        rules: which opened it.
        dated: whether the record knows the day of birth, as its sketch says.
    """

    reference: str
    rules: frozenset[str]
    dated: bool = True


def open_records(replica: Replica, tokens: Sequence[Token], outputs: Sequence[bytes]) -> tuple[Found, ...]:
    """Return the records that the outputs open, those with most rules first."""
    profile = replica.manifest.rules
    rules: dict[tuple[str, bool], set[str]] = {}
    for token, output in zip(tokens, outputs, strict=True):
        for key in _keys(replica, profile.rule(token.rule).slots, output):
            opened = _open(replica, key)
            if opened is not None:
                rules.setdefault(opened, set()).add(token.rule)
    found = [Found(reference, frozenset(by), dated) for (reference, dated), by in rules.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.rules), one.reference)))


def judge(profile: Profile, found: Sequence[Found], *, day_known: bool) -> tuple[Strength, tuple[Found, ...]]:
    """Return the strength of what was found, and the references that count for it.

    A hit is at most two records confirmed by a document number, or by both names and two more fields; when both sides
    know the day of birth, it must be one of them. Anything else that opened is only possible.

    Args:
        profile: the rules.
        found: from `open_records`.
        day_known: whether the query had a day and month of birth.
    """
    if not found:
        return Strength.MISS, ()
    sure = tuple(one for one in found if _confirmed(profile, one, day_known))
    if sure and len(sure) <= MAX_CANDIDATES:
        return Strength.HIT, sure
    if len(found) <= MAX_CANDIDATES:
        return Strength.POSSIBLE, tuple(found)
    return Strength.POSSIBLE, ()


def _confirmed(profile: Profile, one: Found, day_known: bool) -> bool:
    fields = frozenset[Field]().union(*(profile.rule(rule).fields for rule in one.rules))
    if Field.NUMBER in fields:
        return True
    names = frozenset({Field.NAME, Field.OTHER_NAME})
    if not names <= fields or (day_known and one.dated and Field.DAY_MONTH not in fields):
        return False
    return len(fields - names) >= 2


def _keys(replica: Replica, slots: int, output: bytes) -> list[bytes]:
    number = (shard_word(output) * len(replica.shards)) >> 32
    places = [slot_of(output, slot) for slot in range(slots)]
    keys = np.frombuffer(b"".join(location for location, _ in places), dtype="<u8")
    cells = lookup(replica.shards[number], keys, replica.manifest.shards[number].layout)
    return [xor(pad, cell.tobytes()) for (_, pad), cell in zip(places, cells, strict=True)]


def _open(replica: Replica, key: bytes) -> tuple[str, bool] | None:
    label = label_of(key)
    row = _row(replica.rows, replica.manifest.rows, label)
    if row is None:
        return None
    opened = open_blob(key, replica.manifest.blob_context, row[LABEL_BYTES:])
    if opened is None:
        return None
    return opened[:REFERENCE_BYTES].hex(), opened[REFERENCE_BYTES] == DAY_KNOWN


def _row(rows: bytes | memoryview, count: int, label: bytes) -> bytes | None:
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if bytes(rows[middle * ROW_BYTES : middle * ROW_BYTES + LABEL_BYTES]) < label:
            low = middle + 1
        else:
            high = middle
    row = bytes(rows[low * ROW_BYTES : (low + 1) * ROW_BYTES])
    return row if row[:LABEL_BYTES] == label and len(row) == ROW_BYTES else None
