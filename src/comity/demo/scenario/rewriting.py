"""A service that rewrites its own log as well as anybody could who has its database and its keys.

Entries, tiles, root, and its own signatures are made anew; what nobody can make anew is the partner's countersignature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from comity.core.codes.exchange import Regime
from comity.core.evidence import tiles, tree
from comity.services.context import Node
from comity.services.evidence.sequence import sign_checkpoint
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceEntry, EvidenceLog

Change = Callable[[Sequence[bytes]], Sequence[bytes]]
_ACCEPTED = b'"kind":"message.accepted"'
_SENT = b'"kind":"message.sent"'


def rewrite(node: Node, log: EvidenceLog, change: Change, *, forget: bool = False) -> None:
    """Replace the leaves of a log by others and let everything that follows from them follow.

    Args:
        change: from the leaves that stand there to those that shall have stood there; not more of them.
        forget: drop every checkpoint, too, so that nothing in the log contradicts it any more.
    """
    alias = node.alias
    entries.renew(alias, log)
    rows = list(entries.entries_of(alias, log))
    leaves = change([row.leaf for row in rows])
    for row in rows[len(leaves) :]:
        EvidenceEntry(id=row.id).delete(using=alias)
    salts = {row.leaf: row.salt for row in rows}
    for row, leaf in zip(rows, leaves, strict=False):
        moved = EvidenceEntry(id=row.id, leaf=leaf, salt=salts.get(leaf, row.salt))
        moved.save(using=alias, update_fields=["leaf", "salt"])
    grown, root = tiles.grow(0, [tree.leaf_hash(leaf) for leaf in leaves], lambda _level, _index: b"")
    entries.write_tiles(alias, log, grown)
    log.size, log.root = len(leaves), root.hex()
    if forget:
        for state in list(checkpoints.checkpoints_of(alias, log)):
            state.delete(using=alias)
        log.covered, log.checkpoints = 0, 0
    log.save(using=alias)
    if forget:
        signed = sign_checkpoint(node, log, Regime.POLICE)
        checkpoints.add_checkpoint(alias, log, log.size, signed, node.clock())
    entries.renew(alias, log)


def altered(leaves: Sequence[bytes]) -> Sequence[bytes]:
    """Let the first request have been something else."""
    place = _first(leaves)
    return [
        *leaves[:place],
        leaves[place].replace(b'"act":"request"', b'"act":"inform"'),
        *leaves[place + 1 :],
    ]


def hidden(leaves: Sequence[bytes]) -> Sequence[bytes]:
    """Let the first request never have been."""
    place = _first(leaves)
    return [*leaves[:place], *leaves[place + 1 :]]


def cut_off(leaves: Sequence[bytes]) -> Sequence[bytes]:
    """Let nothing have happened after the first entry."""
    return leaves[:1]


def _first(leaves: Sequence[bytes]) -> int:
    return next(
        number
        for number, leaf in enumerate(leaves)
        if b'"act":"request"' in leaf and (_ACCEPTED in leaf or _SENT in leaf)
    )
