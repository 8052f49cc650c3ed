"""A service that rewrites its own log as well as anybody could: entries, tiles, root, and its own signatures anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from comity.core.codes.exchange import Regime
from comity.core.evidence import tiles, tree
from comity.services.context import Node
from comity.services.evidence.sequence import sign_checkpoint
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceCheckpoint, EvidenceEntry, EvidenceLog, EvidenceTile

Change = Callable[[Sequence[bytes]], Sequence[bytes]]


def rewrite(node: Node, log: EvidenceLog, change: Change, *, forget: bool = False) -> None:
    """Replace the leaves of a log by others and let everything that follows from them follow.

    Args:
        change: from the leaves that stand there to those that shall have stood there.
        forget: drop every checkpoint, too, so that nothing in the log contradicts it any more.
    """
    alias = node.alias
    rows = list(EvidenceEntry.objects.using(alias).filter(log=log).order_by("number"))
    leaves = change([bytes(row.leaf) for row in rows])
    for row in rows[len(leaves) :]:
        row.delete(using=alias)
    for row, leaf in zip(rows, leaves, strict=False):
        row.leaf = leaf
        row.save(using=alias)
    grown, root = tiles.grow(0, [tree.leaf_hash(leaf) for leaf in leaves], lambda _level, _index: b"")
    EvidenceTile.objects.using(alias).filter(log=log).delete()
    entries.write_tiles(alias, log, grown)
    held = EvidenceCheckpoint.objects.using(alias).filter(log=log)
    if forget:
        held.delete()
    EvidenceLog.objects.using(alias).filter(pk=log.pk).update(size=len(leaves), root=root.hex())
    entries.renew(alias, log)
    if forget:
        EvidenceLog.objects.using(alias).filter(pk=log.pk).update(covered=0, checkpoints=0)
        checkpoints.add_checkpoint(
            alias, log, log.size, sign_checkpoint(node, log, Regime.POLICE), node.clock()
        )
    entries.renew(alias, log)


def altered(leaves: Sequence[bytes]) -> Sequence[bytes]:
    """Let the first accepted request have been something else."""
    place = next(number for number, leaf in enumerate(leaves) if b'"kind":"message.accepted"' in leaf)
    return [
        *leaves[:place],
        leaves[place].replace(b'"act":"request"', b'"act":"inform"'),
        *leaves[place + 1 :],
    ]


def hidden(leaves: Sequence[bytes]) -> Sequence[bytes]:
    """Let the first accepted request never have come."""
    place = next(number for number, leaf in enumerate(leaves) if b'"kind":"message.accepted"' in leaf)
    return [*leaves[:place], *leaves[place + 1 :]]


def cut_off(leaves: Sequence[bytes]) -> Sequence[bytes]:
    """Let nothing have happened after the first entry."""
    return leaves[:1]
