"""Numbers entries and issues the internal leaf (docs/protocol/evidence.md §4 and §7).

One sequencer at a time works on a log: it locks the log's row, and moves its size by a conditional update that a second
sequencer would miss. Entries of one scope are numbered in the order of their insertion, as far as it is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from comity.core.codes.exchange import Regime
from comity.core.evidence import note, tiles, tree
from comity.core.evidence.event import (
    Bilateral,
    Event,
    Internal,
    Scope,
    commit,
    read_leaf,
    read_scope,
    scope_key,
)
from comity.errors import NodeError, PeerError
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceLog, LogState
from comity.storage.transaction import atomic

CHUNK = 2000
"""Entries numbered in one transaction: keeps the write lock short."""

INTERNAL_LEAF = "internal.leaf"

TRAFFIC_SECONDS = 20
"""Time slots of the internal leaf while there is traffic with the partner."""

QUIET = 2
"""So many leaves in a row end the short slots: what was done right after the last act with the partner is covered too."""


def sequence(node: Node) -> int:
    """Number every entry that has no number, in every log that may grow; return how many."""
    return sum(_sequence_scope(node, read_scope(key)) for key in entries.pending_scopes(node.alias))


def open_log(node: Node, scope: Scope) -> EvidenceLog:
    """Return the latest epoch of a log, made if there is none."""
    found = entries.current_log(node.alias, scope_key(scope))
    if found is None:
        origin = note.origin(node.service, scope, 1)
        entries.create_log(node.alias, scope_key(scope), 1, origin, tree.EMPTY_ROOT, node.clock())
        found = entries.current_log(node.alias, scope_key(scope))
    if found is None:
        raise RuntimeError("a log could not be created")
    return found


def reader(node: Node, log: EvidenceLog) -> tree.Reader:
    """Return a reader of the complete-subtree hashes of a log."""
    return tiles.subtree_reader(_stored_tiles(node, log))


def leaf(node: Node) -> int:
    """Issue the internal leaf of the present time slot into every bilateral log that has none yet.

    Slots are short while the log itself grows, which the partner sees anyway, and `internal_leaf_seconds` long otherwise.
    It is issued then whether or not anything happened, has a constant size and bears the time of the slot, so that the
    partner reads nothing of our activity from it.

    Returns:
        How many leaves were issued.
    """
    logs = [log for log in entries.current_logs(node.alias) if log.scope != "internal"]
    due = [(log, slot) for log in logs if (slot := _owed(node, log)) is not None]
    if not due:
        return 0
    _sequence_scope(node, Internal())
    issued = 0
    for log, slot in due:
        scope = read_scope(log.scope)
        if isinstance(scope, Bilateral):
            issued += _issue_leaf(node, scope, log, slot)
    return issued


def _owed(node: Node, log: EvidenceLog) -> int | None:
    """Return the beginning of the slot for which a log has no leaf yet, in seconds since 1970; None when it has one."""
    now, last = int(node.clock().timestamp()), log.leaf_slot or 0
    regular = now - now % node.config.internal_leaf_seconds
    short = max(regular, now - now % TRAFFIC_SECONDS)
    if last < short and _has_traffic(node, log):
        return short
    return regular if last < regular else None


def _has_traffic(node: Node, log: EvidenceLog) -> bool:
    """Tell whether the last entries of a log are of acts with the partner; follows from what it sees of the log alone."""
    return any(
        read_leaf(octets).kind != INTERNAL_LEAF for octets in entries.newest_leaves(node.alias, log, QUIET)
    )


@dataclass(frozen=True, slots=True)
class InternalState:
    """A state of the internal log that a bilateral one binds."""

    log: EvidenceLog
    size: int
    signed: str


def bound_state(node: Node, log: EvidenceLog, size: int) -> InternalState | None:
    """Return the state of the internal log that the newest leaf of a bilateral log commits to.

    What is damaged is named by the verification; it keeps no log from being covered.

    Args:
        node: this node.
        log: the bilateral log.
        size: only entries before this number count, and only those that were not covered yet.
    """
    internal = entries.current_log(node.alias, scope_key(Internal()))
    if internal is None:
        return None
    try:
        for entry in entries.backwards(node.alias, log, size, log.covered):
            leaf = read_leaf(entry.leaf)
            if leaf.kind == INTERNAL_LEAF and entry.salt is not None:
                return _committed(node, internal, entry.salt, leaf.commitment)
    except (NodeError, PeerError):
        return None
    return None


def _committed(
    node: Node, internal: EvidenceLog, salt: bytes, commitment: str | None
) -> InternalState | None:
    for row in checkpoints.newest_checkpoints(node.alias, internal):
        if commit(salt, note.open_note(row.note).text) == commitment:
            return InternalState(internal, row.size, row.note)
    return None


def sign_checkpoint(node: Node, log: EvidenceLog, regime: Regime) -> str:
    """Return the signed note of the present state of a log.

    Raises:
        NodeError: the keys are out of reach.
    """
    text = note.checkpoint_text(note.Checkpoint(log.origin, log.size, bytes.fromhex(log.root)))
    (signature,) = node.keys.sign_note(regime, [text])
    return note.assemble(
        text, note.signature_line(log.origin, signer(node, regime, text, signature), signature)
    )


def signer(node: Node, regime: Regime, text: bytes, signature: bytes) -> bytes:
    """Return the public key of ours that made a signature; keys may have been rotated a moment ago.

    Raises:
        RuntimeError: none did.
    """
    for held in reversed(node.keys.held_keys(regime)):
        if note.fits(text, signature, held.sign_public):
            return held.sign_public
    raise RuntimeError("no key of ours made this signature")


def _issue_leaf(node: Node, scope: Bilateral, log: EvidenceLog, slot: int) -> int:
    internal, at = open_log(node, Internal()), datetime.fromtimestamp(slot, tz=UTC)
    signed = sign_checkpoint(node, internal, scope.regime)
    with atomic(node.alias):
        if not entries.set_leaf_slot(node.alias, log, slot):
            return 0
        checkpoints.add_checkpoint(node.alias, internal, internal.size, signed, node.clock())
        record(node, scope, Event(INTERNAL_LEAF, at, {}, note.open_note(signed).text))
    return 1


def _sequence_scope(node: Node, scope: Scope) -> int:
    open_log(node, scope)
    total = 0
    while True:
        with atomic(node.alias):
            count = _sequence_chunk(node, scope_key(scope))
        total += count
        if count < CHUNK:
            return total


def _sequence_chunk(node: Node, key: str) -> int:
    # 1. Only one sequencer holds the log; a log in doubt does not grow.
    log = entries.claim_log(node.alias, key)
    if log is None or log.state != LogState.OPEN:
        return 0
    # 2. The next entries, in their order.
    waiting = entries.pending(node.alias, key, CHUNK)
    if not waiting:
        return 0
    # 3. The tree grows by their hashes; tiles, root, size and numbers move in one transaction.
    hashes = [tree.leaf_hash(octets) for _, octets in waiting]
    changed, root = tiles.grow(log.size, hashes, _stored_tiles(node, log))
    entries.write_tiles(node.alias, log, changed)
    entries.advance(node.alias, log, [pk for pk, _ in waiting], root)
    return len(waiting)


def _stored_tiles(node: Node, log: EvidenceLog) -> tiles.TileReader:
    return lambda level, index: entries.read_tile(node.alias, log, level, index)
