"""The export of a node's evidence and its verification, which needs no database, no node and no network.

Implements docs/protocol/evidence.md §9 and §10. An export is lines of canonical JSON in a fixed order: header, cards, the
internal logs, the bilateral logs (entries in order, each checkpoint right after the last entry it covers), what was
witnessed of partners' logs, seal. Rules:

- every line is canonical and of a known form, every number follows the one before: nothing can be added or reordered;
- every checkpoint's root is computed anew from the entries, and its signatures are verified under believed keys;
- a countersignature must have been made while its key and the log's key held;
- every internal leaf opens to a checkpoint of the internal log that the entries confirm;
- the seal covers every byte before it.

What comes after the last countersigned checkpoint of a log is its uncovered tail: only this node's word stands for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId, service_id
from comity.core.crypto.encoding import from_text
from comity.core.evidence import note
from comity.core.evidence.countersigned import verify_countersigned
from comity.core.evidence.event import (
    Bilateral,
    Internal,
    Leaf,
    Scope,
    read_leaf,
    read_scope,
    verify_commitment,
)
from comity.core.evidence.frontier import Frontier
from comity.core.evidence.trust import SKEW, Anchors, Keyring, Party
from comity.core.instant import Instant, read_instant
from comity.errors import InputError, PeerError

FORMAT = "comity-evidence"
VERSION = 1
MAX_LINE = 262_144
INTERNAL_LEAF = "internal.leaf"
ORDER = ("export", "card", "log", "entry", "checkpoint", "witness", "end")


@dataclass(slots=True)
class LogReport:
    """What was proven of one log.

    Args:
        origin: of the log.
        scope: of the log.
        epoch: of the log.
        size: entries.
        covered: entries before this number are covered by a countersignature.
        covered_at: when it was made.
        tail_since: time of the oldest entry that is not covered; None when all are.
        roots: of each checkpoint, by its size.
        after: time of the entry that follows each checkpoint, by its size.
    """

    origin: str
    scope: Scope
    epoch: int
    size: int = 0
    covered: int = 0
    covered_at: Instant | None = None
    tail_since: Instant | None = None
    roots: dict[int, bytes] = field(default_factory=dict)
    after: dict[int, Instant] = field(default_factory=dict)

    @property
    def tail(self) -> int:
        """How many entries no countersigned checkpoint covers."""
        return self.size - self.covered


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was proven of an export."""

    service: ServiceId
    made_at: Instant
    parties: tuple[Party, ...]
    logs: tuple[LogReport, ...]
    witnessed: tuple[note.Checkpoint, ...]
    entries: int
    digest: str


def open_export(lines: Iterable[bytes], anchors: Anchors | None = None) -> ExportReport:
    """Verify an export line by line.

    Args:
        lines: the lines of the file, each ending in a line feed; hostile.
        anchors: cards and fingerprints known from elsewhere.

    Raises:
        InputError: ``evidence.malformed``, ``evidence.order``, ``evidence.card``, ``evidence.anchor``,
            ``evidence.root``, ``evidence.signature``, ``evidence.cosignature``, ``evidence.key-validity``,
            ``evidence.unopened``, ``evidence.seal``; each names the line, and the log and entry where there is one.
    """
    reader = _Reader(anchors or Anchors())
    number = 0
    for number, line in enumerate(lines, start=1):
        try:
            reader.take(line, number)
        except InputError as error:
            error.facts.setdefault("line", number)
            raise InputError(error.code, **error.facts) from None
        except (PeerError, ValueError, TypeError, KeyError, AttributeError):
            raise InputError("evidence.malformed", line=number) from None
    return reader.finish(number)


class _Reader:
    """The state of a verification: what was read so far, and what is proven of it."""

    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors
        self._cards: list[bytes] = []
        self._stage = ""
        self._digest = hashlib.sha256()
        self._lines = 0
        self._entries = 0
        self._log: LogReport | None = None
        self._tree = Frontier()
        self._declared = 0
        self._last: Leaf | None = None
        self._logs: dict[str, LogReport] = {}
        self._witnessed: list[note.Checkpoint] = []
        self._opened: list[tuple[LogReport, int, int]] = []
        self._keys: Keyring | None = None
        self._sealed = False

    def take(self, line: bytes, number: int) -> None:
        """Read one line."""
        # 1. One canonical object a line; nothing after the seal.
        if self._sealed or not line.endswith(b"\n"):
            raise InputError("evidence.order")
        value = canonical.decode(line[:-1], limit=MAX_LINE, depth=8)
        kind = value["type"] if isinstance(value, dict) and "type" in value else None
        if kind not in ORDER:
            raise InputError("evidence.malformed")
        # 2. The fixed order of the lines.
        if (number == 1) != (kind == "export") or (
            self._stage != "card" and kind == "card" and self._stage != "export"
        ):
            raise InputError("evidence.order")
        if self._keys is None and kind not in ("export", "card"):
            self._keys = Keyring(self._cards, self._anchors)
        # 3. What the line says.
        getattr(self, f"_take_{kind}")(value)
        self._stage = kind
        self._digest.update(line)
        self._lines += 1

    def finish(self, number: int) -> ExportReport:
        """Return what was proven, once the seal was read."""
        if not self._sealed:
            raise InputError("evidence.order", line=number)
        return ExportReport(
            self._service,
            self._at,
            tuple(self._keyring.parties.values()),
            tuple(self._logs.values()),
            tuple(self._witnessed),
            self._entries,
            self._digest.hexdigest(),
        )

    @property
    def _keyring(self) -> Keyring:
        if self._keys is None:
            raise InputError("evidence.order")
        return self._keys

    def _take_export(self, value: dict[str, Any]) -> None:
        _exactly(value, "type", "format", "v", "service", "at", "regime")
        if value["format"] != FORMAT or value["v"] != VERSION:
            raise InputError("evidence.malformed")
        self._service = service_id(value["service"])
        self._regime = Regime(value["regime"])
        self._at = read_instant(value["at"])

    def _take_card(self, value: dict[str, Any]) -> None:
        _exactly(value, "type", "card")
        self._cards.append(from_text(value["card"]))

    def _take_log(self, value: dict[str, Any]) -> None:
        _exactly(value, "type", "origin", "scope", "size")
        self._close_log()
        if self._stage == "witness" or value["origin"] in self._logs:
            raise InputError("evidence.order", log=str(value["origin"])[:200])
        scope = read_scope(value["scope"])
        if isinstance(scope, Internal) and any(
            isinstance(one.scope, Bilateral) for one in self._logs.values()
        ):
            raise InputError("evidence.order")
        epoch = note.read_origin(value["origin"], self._service, scope)
        self._declared = _count(value["size"])
        self._log = self._logs[value["origin"]] = LogReport(value["origin"], scope, epoch)
        self._tree = Frontier()
        self._last = None

    def _take_entry(self, value: dict[str, Any]) -> None:
        log = self._current()
        # 1. The next number, a well-formed leaf.
        if _count(value.get("n")) != log.size:
            raise InputError("evidence.order", log=log.origin, entry=log.size)
        octets = canonical.encode(value.get("leaf"))
        try:
            leaf = read_leaf(octets)
        except PeerError:
            raise InputError("evidence.leaf", log=log.origin, entry=log.size) from None
        # 2. An internal leaf opens to a state of the internal log.
        if leaf.kind == INTERNAL_LEAF:
            self._open_leaf(log, leaf, value)
        else:
            _exactly(value, "type", "n", "leaf")
        # 3. The tree grows.
        self._tree.append(octets)
        self._last = leaf
        if log.tail_since is None:
            log.tail_since = leaf.at
        if log.size in log.roots:
            log.after[log.size] = leaf.at
        log.size += 1
        self._entries += 1

    def _open_leaf(self, log: LogReport, leaf: Leaf, value: dict[str, Any]) -> None:
        _exactly(value, "type", "n", "leaf", "salt", "log", "size")
        internal, size = self._logs.get(value["log"]), _count(value["size"])
        root = None if internal is None else internal.roots.get(size)
        if (
            internal is None
            or root is None
            or not isinstance(internal.scope, Internal)
            or leaf.commitment is None
        ):
            raise InputError("evidence.unopened", log=log.origin, entry=log.size)
        text = note.checkpoint_text(note.Checkpoint(internal.origin, size, root))
        try:
            verify_commitment(leaf.commitment, from_text(value["salt"]), text)
        except PeerError:
            raise InputError("evidence.unopened", log=log.origin, entry=log.size) from None
        self._opened.append((internal, size, log.size))

    def _take_checkpoint(self, value: dict[str, Any]) -> None:
        _exactly(value, "type", "note")
        log = self._current()
        opened = note.open_note(value["note"])
        found = opened.checkpoint
        # 1. It is of this log and of this very size.
        if found.origin != log.origin or found.size != log.size or log.size in log.roots:
            raise InputError("evidence.order", log=log.origin, entry=log.size)
        # 2. Its root is that of the entries read.
        if found.root != self._tree.root():
            first = max(log.roots, default=0)
            raise InputError("evidence.root", log=log.origin, first=first, last=log.size - 1)
        # 3. Signed by the log, countersigned by the partner, under keys that held then.
        if isinstance(log.scope, Bilateral):
            self._check_signatures(log, log.scope, opened)
        else:
            _of_any(opened, [self._keyring.keys(self._service, regime) for regime in Regime], log)
        log.roots[log.size] = found.root

    def _check_signatures(self, log: LogReport, scope: Bilateral, opened: note.UnverifiedNote) -> None:
        try:
            made_at = verify_countersigned(self._keyring, self._service, scope, opened)
        except PeerError as error:
            raise InputError(error.code, log=log.origin, size=log.size) from None
        if made_at is None:
            return
        if log.covered_at is not None and made_at < log.covered_at - 2 * SKEW:
            raise InputError("evidence.cosignature", log=log.origin, size=log.size)
        log.covered, log.covered_at, log.tail_since = log.size, made_at, None
        for internal, size, entry in self._opened:
            if entry < log.size and size > internal.covered:
                internal.covered, internal.covered_at = size, made_at
                internal.tail_since = internal.after.get(size)
        self._opened = [one for one in self._opened if one[2] >= log.size]

    def _take_witness(self, value: dict[str, Any]) -> None:
        _exactly(value, "type", "partner", "regime", "note")
        self._close_log()
        partner, regime = service_id(value["partner"]), Regime(value["regime"])
        opened = note.open_note(value["note"])
        note.read_origin(opened.checkpoint.origin, partner, Bilateral(self._service, regime))
        try:
            note.verify_checkpoint(opened, self._keyring.keys(partner, regime))
        except PeerError:
            raise InputError("evidence.signature", log=opened.checkpoint.origin) from None
        self._witnessed.append(opened.checkpoint)

    def _take_end(self, value: dict[str, Any]) -> None:
        _exactly(value, "type", "note")
        self._close_log()
        opened = note.open_note(value["note"])
        wanted = note.Checkpoint(seal_origin(self._service), self._lines, self._digest.digest())
        if opened.checkpoint != wanted:
            raise InputError("evidence.seal")
        try:
            note.verify_checkpoint(opened, self._keyring.keys(self._service, self._regime))
        except PeerError:
            raise InputError("evidence.seal") from None
        self._sealed = True

    def _current(self) -> LogReport:
        if self._log is None:
            raise InputError("evidence.order")
        return self._log

    def _close_log(self) -> None:
        if self._log is not None and self._log.size != self._declared:
            raise InputError("evidence.order", log=self._log.origin, entry=self._log.size)
        self._log = None
        self._opened = []


def seal_origin(service: ServiceId) -> str:
    """Return the origin of the seal of a service's exports."""
    return f"comity/{service}/export"


def check_against(report: ExportReport, other: ExportReport) -> int:
    """Check one party's logs against what the other party countersigned of them; both exports are verified.

    Returns:
        How many states were compared.

    Raises:
        InputError: ``evidence.contradicted``: the other countersigned a state that the log does not hold.
    """
    logs = {log.origin: log for log in report.logs}
    compared = 0
    for seen in other.witnessed:
        if not seen.origin.startswith(f"comity/{report.service}/"):
            continue
        log = logs.get(seen.origin)
        if log is None or log.roots.get(seen.size) != seen.root:
            raise InputError("evidence.contradicted", log=seen.origin, size=seen.size)
        compared += 1
    return compared


def _of_any(opened: note.UnverifiedNote, rings: list[Any], log: LogReport) -> str:
    for keys in rings:
        try:
            return note.verify_checkpoint(opened, keys)
        except PeerError:
            continue
    raise InputError("evidence.signature", log=log.origin, size=log.size)


def _exactly(value: dict[str, Any], *names: str) -> None:
    if set(value) != set(names):
        raise InputError("evidence.malformed")


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError("evidence.malformed")
    return value
