"""The asker's side of layers: which announced manifests make up one index, and the tombstones of an answer.

Implements docs/protocol/probe.md §7.3.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from comity.core.probe import recalled
from comity.core.probe.manifest import DELTA, MAX_DELTAS, Manifest, verify_chain
from comity.core.probe.recalled import PAGE, Tombstones
from comity.errors import PeerError
from comity.services.context import Node
from comity.services.probe.index import stored_manifest
from comity.storage import probe as rows
from comity.storage.models.probe import ProbeReplica
from comity.storage.probe import Scope

TRIES = 3
"""How often a list that grew while its pages were asked for is begun again."""

More = Callable[[int], object]
"""Asks the issuer for one page of what is gone."""


def chain_of(node: Node, head: ProbeReplica) -> tuple[ProbeReplica, ...]:
    """Return the announced layers that make up an index, the base first.

    Raises:
        PeerError: ``probe.manifest-chain``: a layer was never announced, or they are not one chain.
    """
    return _verified(node.alias, head)


@lru_cache(maxsize=64)
def tokens_of(alias: str, scope: Scope, digest: str) -> tuple[str, ...]:
    """Return the signed manifests of the layers that make up an index, the base first; remembered, since they never change.

    Args:
        alias: the node's database.
        scope: of the index.
        digest: of the manifest of its newest layer, which was announced.

    Raises:
        PeerError: as `chain_of`.
    """
    head = rows.replica_of(alias, scope, digest)
    if head is None:
        raise PeerError("probe.manifest-chain")
    return tuple(row.manifest for row in _verified(alias, head))


def verify_lies_on(node: Node, manifest: Manifest, newest: ProbeReplica | None) -> None:
    """Refuse a delta that does not lie on the newest layer that was announced.

    Raises:
        PeerError: ``probe.manifest-chain``.
    """
    if manifest.layer != DELTA:
        return
    below = [] if newest is None else [stored_manifest(row.manifest) for row in _below(node.alias, newest)]
    verify_chain([*below, manifest])


def recalled_labels(first: Tombstones, layer: int, more: More) -> frozenset[bytes]:
    """Return the labels that an answer states as gone, asking for further pages as its head demands.

    Args:
        first: from the answer.
        layer: version of the newest layer, as it was asked with.
        more: returns the page of a number.

    Raises:
        PeerError: ``probe.tombstones``: a list for another layer, of another digest, or one that never holds still.
    """
    found = first
    for _ in range(TRIES):
        if found.head.layer != layer:
            break
        labels, head = list(found.labels), found.head
        for number in range(1, head.count // PAGE):
            page = recalled.read_page(more(number))
            if page.head != head:
                break
            labels += page.labels
        else:
            return recalled.open_labels(labels, head, layer)
        found = recalled.read_page(more(0))
    raise PeerError("probe.tombstones")


def _verified(alias: str, head: ProbeReplica) -> tuple[ProbeReplica, ...]:
    found = _below(alias, head)
    verify_chain([stored_manifest(row.manifest) for row in found])
    return tuple(found)


def _below(alias: str, head: ProbeReplica) -> list[ProbeReplica]:
    found, row = [head], head
    while (manifest := stored_manifest(row.manifest)).layer == DELTA and len(found) <= MAX_DELTAS:
        before = rows.replica_of(alias, (row.partner, row.regime, row.group), manifest.previous)
        if before is None:
            raise PeerError("probe.manifest-chain")
        found.append(before)
        row = before
    return found[::-1]
