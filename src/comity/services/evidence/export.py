"""Writes the evidence of a node as an export that anybody can verify offline (docs/protocol/evidence.md §9).

Sizes are read once, bilateral logs before internal ones, so that an export taken while the node works is consistent:
entries never change once they are numbered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.encoding import to_text
from comity.core.evidence import note
from comity.core.evidence.event import commit, read_leaf
from comity.core.evidence.export import FORMAT, INTERNAL_LEAF, VERSION, seal_origin
from comity.core.instant import write_instant
from comity.errors import PeerError
from comity.services.context import Node
from comity.services.evidence import keyring
from comity.services.evidence.sequence import sequence, signer
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceLog

Internals = list[tuple[str, int, bytes]]
"""Origin, size and text of each checkpoint of the internal logs, in the order in which leaves commit to them."""


def export_lines(node: Node) -> Iterator[bytes]:
    """Number what waits for a number, then yield the lines of an export, each canonical JSON and a line feed.

    Raises:
        NodeError: the keys are out of reach.
    """
    sequence(node)
    digest, count = hashlib.sha256(), 0
    for value in _documents(node):
        line = canonical.encode(value) + b"\n"
        digest.update(line)
        count += 1
        yield line
    yield canonical.encode({"type": "end", "note": _seal(node, count, digest.digest())}) + b"\n"


def seal_regime(node: Node) -> Regime:
    """Return the regime whose key seals our exports: the first configured."""
    return node.config.regimes[0]


def _documents(node: Node) -> Iterator[dict[str, Any]]:
    # 1. Header and cards.
    yield {
        "type": "export",
        "format": FORMAT,
        "v": VERSION,
        "service": node.service,
        "regime": seal_regime(node).value,
        "at": write_instant(node.clock()),
    }
    for octets in keyring.all_cards(node):
        yield {"type": "card", "card": to_text(octets)}
    # 2. The logs: sizes of the bilateral ones are read first, the internal ones are written first.
    bilateral = [log for log in entries.all_logs(node.alias) if log.scope != "internal"]
    internal = [log for log in entries.all_logs(node.alias) if log.scope == "internal"]
    opened: Internals = []
    for log in internal:
        for row in checkpoints.checkpoints_of(node.alias, log):
            if row.size <= log.size:
                opened.append((log.origin, row.size, _text(row.note)))
        yield from _log(node, log, [])
    for log in bilateral:
        yield from _log(node, log, opened)
    # 3. What we countersigned of others.
    for seen in checkpoints.all_witnesses(node.alias):
        yield {"type": "witness", "partner": seen.partner, "regime": seen.regime, "note": seen.note}


def _text(signed: str) -> bytes:
    try:
        return note.open_note(signed).text
    except PeerError:
        return b""


def _log(node: Node, log: EvidenceLog, opened: Internals) -> Iterator[dict[str, Any]]:
    yield {"type": "log", "origin": log.origin, "scope": log.scope, "size": log.size}
    states = (row for row in checkpoints.checkpoints_of(node.alias, log) if row.size <= log.size)
    state = next(states, None)
    if state is not None and state.size == 0:
        yield {"type": "checkpoint", "note": state.note}
        state = next(states, None)
    start = 0
    for entry in entries.entries_of(node.alias, log):
        if entry.number is None or entry.number >= log.size:
            break
        line: dict[str, Any] = {"type": "entry", "n": entry.number, "leaf": canonical.decode(entry.leaf)}
        leaf = read_leaf(entry.leaf)
        if leaf.kind == INTERNAL_LEAF:
            start, shown = _opening(leaf.commitment, entry.salt, opened, start)
            line |= shown
        yield line
        if state is not None and state.size == entry.number + 1:
            yield {"type": "checkpoint", "note": state.note}
            state = next(states, None)


def _opening(
    commitment: str | None, salt: bytes | None, opened: Internals, start: int
) -> tuple[int, dict[str, Any]]:
    """Return which internal checkpoint a leaf commits to; leaves and checkpoints follow the same order."""
    for index in range(start, len(opened)):
        origin, size, text = opened[index]
        if salt is not None and commit(salt, text) == commitment:
            return index, {"salt": to_text(salt), "log": origin, "size": size}
    return start, {"salt": "", "log": "", "size": 0}


def _seal(node: Node, count: int, digest: bytes) -> str:
    origin = seal_origin(node.service)
    text = note.checkpoint_text(note.Checkpoint(origin, count, digest))
    (signature,) = node.keys.sign_note(seal_regime(node), [text])
    public = signer(node, seal_regime(node), text, signature)
    return note.assemble(text, note.signature_line(origin, public, signature))
