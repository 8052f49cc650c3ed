"""What an entry of the log says: an event, its scope, its canonical leaf and its erasable commitment.

Implements docs/protocol/evidence.md §1 and §2. A leaf is canonical JSON of five members, ``v``, ``kind``, ``at``,
``facts`` and ``commitment``; it holds identifiers, digests and codes, never personal data. What describes a person is
committed to with a salt that is kept outside the log: once the salt is destroyed, the commitment says nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.instant import Instant, read_instant, write_instant
from comity.errors import PeerError

LEAF_VERSION = 1
SALT_BYTES = 32
MAX_FACTS = 24
MAX_FACT_LENGTH = 200
MAX_LEAF_BYTES = 8192
ERASE_FACTS = ("subject", "message", "thread")

_KIND = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+$")
_FACT = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_COMMITMENT = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class Bilateral:
    """The log of the acts in which one partner took part under one regime; that partner countersigns it."""

    partner: ServiceId
    regime: Regime


@dataclass(frozen=True, slots=True)
class Internal:
    """The log of what concerns no partner; a partner sees of it one constant-size leaf at fixed times."""


Scope = Bilateral | Internal


def scope_key(scope: Scope) -> str:
    """Return the name of a scope inside one node: ``internal`` or ``bilateral/MA.police/police``."""
    if isinstance(scope, Bilateral):
        return f"bilateral/{scope.partner}/{scope.regime.value}"
    return "internal"


def read_scope(key: str) -> Scope:
    """Return the scope that `scope_key` named.

    Raises:
        ValueError: no scope has this name.
    """
    if key == "internal":
        return Internal()
    kind, partner, regime = key.split("/")
    if kind != "bilateral":
        raise ValueError("unknown scope")
    return Bilateral(ServiceId(partner), Regime(regime))


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Args:
        kind: dotted lower-case words, e.g. ``message.sent``.
        at: when, in UTC to the millisecond.
        facts: identifiers, digests, codes and counts; no personal data.
        committed: bytes that are only committed to; may describe persons and name who acted.
        erase_key: identifier under which the salt can later be destroyed; when empty, the first of the facts
            ``subject``, ``message`` and ``thread`` that is there.
    """

    kind: str
    at: Instant
    facts: Mapping[str, str | int]
    committed: bytes | None = None
    erase_key: str = ""

    @property
    def key(self) -> str:
        """Identifier under which the salt is found when it must be destroyed; not part of the leaf."""
        named = (str(self.facts[name]) for name in ERASE_FACTS if name in self.facts)
        return self.erase_key or next(named, "")


def commit(salt: bytes, committed: bytes) -> str:
    """Return the commitment to bytes: HMAC-SHA256 under a 32-byte salt, in hex.

    Raises:
        ValueError: the salt has another length.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return hmac.new(salt, committed, hashlib.sha256).hexdigest()


def verify_commitment(commitment: str, salt: bytes, committed: bytes) -> None:
    """Verify that a commitment was made to these bytes.

    Raises:
        PeerError: ``evidence.commitment``.
    """
    if len(salt) != SALT_BYTES or not hmac.compare_digest(commit(salt, committed), commitment):
        raise PeerError("evidence.commitment")


def write_leaf(event: Event, salt: bytes | None) -> bytes:
    """Return the canonical bytes of an event's leaf.

    Args:
        event: what happened.
        salt: 32 random bytes if the event commits to something, else None.

    Raises:
        ValueError: the event is malformed, or a salt is missing or superfluous (a bug of the caller).
    """
    if not _KIND.fullmatch(event.kind) or not _facts_fit(event.facts):
        raise ValueError(f"malformed event {event.kind!r}")
    if (event.committed is None) != (salt is None):
        raise ValueError("a salt belongs to a commitment")
    commitment = None if event.committed is None or salt is None else commit(salt, event.committed)
    leaf = canonical.encode(
        {
            "v": LEAF_VERSION,
            "kind": event.kind,
            "at": write_instant(event.at),
            "facts": dict(event.facts),
            "commitment": commitment,
        }
    )
    if len(leaf) > MAX_LEAF_BYTES:
        raise ValueError("the leaf is too large")
    return leaf


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf that was read back: well formed, canonical, not yet proven to stand in a log."""

    kind: str
    at: Instant
    facts: Mapping[str, str | int]
    commitment: str | None


def read_leaf(octets: bytes) -> Leaf:
    """Read the canonical bytes of a leaf.

    Raises:
        PeerError: ``evidence.leaf``.
    """
    try:
        value: Any = canonical.decode(octets, limit=MAX_LEAF_BYTES, depth=3)
        return _leaf(value)
    except PeerError:
        raise PeerError("evidence.leaf") from None


def _leaf(value: Any) -> Leaf:
    if not isinstance(value, dict) or set(value) != {"v", "kind", "at", "facts", "commitment"}:
        raise PeerError("evidence.leaf")
    kind, at, facts, commitment = value["kind"], value["at"], value["facts"], value["commitment"]
    if value["v"] != LEAF_VERSION or not isinstance(kind, str) or not isinstance(at, str):
        raise PeerError("evidence.leaf")
    if not _KIND.fullmatch(kind) or not isinstance(facts, dict) or not _facts_fit(facts):
        raise PeerError("evidence.leaf")
    if commitment is not None and not (isinstance(commitment, str) and _COMMITMENT.fullmatch(commitment)):
        raise PeerError("evidence.leaf")
    return Leaf(kind, read_instant(at), facts, commitment)


def _facts_fit(facts: Mapping[str, str | int]) -> bool:
    if len(facts) > MAX_FACTS or not all(map(_FACT.fullmatch, facts)):
        return False
    return all(map(_fact_fits, facts.values()))


def _fact_fits(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_FACT_LENGTH
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
