"""Recomputes the evidence of this node from what is stored and names what is damaged (docs/protocol/evidence.md §11)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from comity.core.codes.exchange import Regime
from comity.core.evidence import note, tiles, tree
from comity.core.evidence.event import Bilateral, read_leaf, read_scope
from comity.core.evidence.export import INTERNAL_LEAF, ExportReport, open_export
from comity.core.evidence.trust import Anchors
from comity.core.instant import Instant
from comity.errors import InputError, NodeError, PeerError
from comity.services.context import Node
from comity.services.evidence import keyring
from comity.services.evidence.export import export_lines
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceLog


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was recorded.

    Args:
        code: what is wrong.
        log: origin of the log, or the scope of an entry without one.
        entry: number in the log, or None.
        note: further facts, e.g. the database row.
    """

    code: str
    log: str
    entry: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found, and what was proven if nothing was."""

    findings: tuple[Finding, ...]
    report: ExportReport | None


@dataclass(frozen=True, slots=True)
class LogStatus:
    """How far a log is covered."""

    origin: str
    state: str
    size: int
    covered: int
    covered_at: Instant | None
    pending: int
    tail_since: Instant | None


def verify(node: Node) -> Verification:
    """Verify everything: entries, tiles, roots, checkpoints, countersignatures, salts of internal leaves.

    Returns:
        Findings, most telling first; the proof when there are none.
    """
    # 1. Entry by entry against the stored hashes: names the damaged one.
    findings = [one for log in entries.all_logs(node.alias) for one in _check_log(node, log)]
    findings += [
        Finding("evidence.stray", "", entry.number, f"row {entry.id}") for entry in entries.strays(node.alias)
    ]
    findings += list(_check_pending(node))
    if findings:
        return Verification(tuple(findings), None)
    # 2. The whole once more by the offline verifier, which shares no code with the way it was made.
    try:
        anchors = Anchors(cards=tuple(keyring.trusted_cards(node)))
        report = open_export(export_lines(node), anchors)
    except InputError as error:
        facts = " ".join(f"{name}={value}" for name, value in error.facts.items() if name != "log")
        found = error.facts.get("entry")
        number = found if isinstance(found, int) else None
        log = str(error.facts.get("log", ""))
        return Verification((Finding(error.code, log, number, facts),), None)
    return Verification((), report)


def log_status(node: Node, regimes: Collection[Regime] | None = None) -> list[LogStatus]:
    """Return how far every current log is covered by a countersignature; also where nothing has a number yet.

    Args:
        regimes: whose logs with partners are shown, beside the internal one; None for all.
    """
    logs = {log.scope: log for log in entries.current_logs(node.alias)}
    scopes = sorted({*logs, *entries.pending_scopes(node.alias)})
    return [_status(node, scope, logs.get(scope)) for scope in scopes if _within(scope, regimes)]


def _within(scope: str, regimes: Collection[Regime] | None) -> bool:
    found = read_scope(scope)
    return regimes is None or not isinstance(found, Bilateral) or found.regime in regimes


def _status(node: Node, scope: str, log: EvidenceLog | None) -> LogStatus:
    pending = entries.pending_count(node.alias, scope)
    waiting = entries.first_pending(node.alias, scope)
    if log is None:
        since = None if waiting is None else read_leaf(waiting).at
        return LogStatus(note.origin(node.service, read_scope(scope), 1), "open", 0, 0, None, pending, since)
    last = checkpoints.last_checkpoint(node.alias, log, cosigned=True)
    covered = 0 if last is None else last.size
    octets = entries.first_uncovered(node.alias, log, covered) or waiting
    return LogStatus(
        origin=log.origin,
        state=log.state,
        size=log.size,
        covered=covered,
        covered_at=None if last is None else last.cosigned_at or last.made_at,
        pending=pending,
        tail_since=None if octets is None else read_leaf(octets).at,
    )


def _check_log(node: Node, log: EvidenceLog) -> Iterator[Finding]:
    stored = {(level, index): hashes for level, index, hashes in entries.tiles_of(node.alias, log)}
    # 1. Every number once, every leaf whole, every salt where it belongs.
    number = 0
    for number, entry in enumerate(_readable(node, log), start=1):
        if isinstance(entry, Finding):
            yield entry
            return
        if entry.number != number - 1:
            yield Finding("evidence.missing-entry", log.origin, number - 1)
            return
        tile = stored.get((0, entry.number >> tiles.HEIGHT), b"")
        start = (entry.number & (tiles.WIDTH - 1)) * tree.HASH_BYTES
        if tile[start : start + tree.HASH_BYTES] != tree.leaf_hash(entry.leaf):
            yield Finding("evidence.damaged-entry", log.origin, entry.number, f"row {entry.id}")
        yield from _check_leaf(log.origin, entry)
    if number != log.size:
        yield Finding("evidence.missing-entry", log.origin, min(number, log.size))
        return
    yield from _check_tiles(log, stored)
    # 3. No checkpoint went missing.
    if checkpoints.checkpoint_counts(node.alias, log) != (log.checkpoints, log.covered):
        yield Finding("evidence.missing-checkpoint", log.origin)


def _readable(node: Node, log: EvidenceLog) -> Iterator[entries.StoredEntry | Finding]:
    """Yield the entries; where a sealed salt was altered, the finding, and stop."""
    count = 0
    try:
        for entry in entries.entries_of(node.alias, log):
            yield entry
            count += 1
    except NodeError:
        yield Finding("evidence.damaged-salt", log.origin, count)


def _check_tiles(log: EvidenceLog, stored: dict[tuple[int, int], bytes]) -> Iterator[Finding]:
    # 2. The tiles are those that the leaves grow, and no others; the root is theirs.
    flat = [stored.get((0, at >> tiles.HEIGHT), b"") for at in range(0, log.size, tiles.WIDTH)]
    if any(len(tile) % tree.HASH_BYTES for tile in flat):
        yield Finding("evidence.damaged-tile", log.origin)
        return
    leaves = [tile[at : at + tree.HASH_BYTES] for tile in flat for at in range(0, len(tile), tree.HASH_BYTES)]
    grown, root = tiles.grow(0, leaves, lambda _level, _index: b"")
    for key in sorted(set(grown) | set(stored)):
        if grown.get(key) != stored.get(key):
            yield Finding("evidence.damaged-tile", log.origin, None, f"tile {key[0]}/{key[1]}")
    if root.hex() != log.root or len(leaves) != log.size:
        yield Finding("evidence.damaged-root", log.origin)


def _check_leaf(origin: str, entry: entries.StoredEntry) -> Iterator[Finding]:
    try:
        leaf = read_leaf(entry.leaf)
    except PeerError:
        yield Finding("evidence.damaged-entry", origin, entry.number, f"row {entry.id}")
        return
    held = entry.salt is not None
    if (leaf.commitment is None and (held or entry.erased)) or (held and entry.erased):
        yield Finding("evidence.superfluous-salt", origin, entry.number, f"row {entry.id}")
    if leaf.commitment is not None and not held and (not entry.erased or leaf.kind == INTERNAL_LEAF):
        yield Finding("evidence.missing-salt", origin, entry.number, f"row {entry.id}")


def _check_pending(node: Node) -> Iterator[Finding]:
    for key, entry in entries.unnumbered(node.alias):
        try:
            read_scope(key)
        except ValueError:
            yield Finding("evidence.damaged-entry", key, None, f"row {entry.id}")
            continue
        yield from _check_leaf(key, entry)
