"""Which mirror this node reads a partner's index from: set by an administrator, in the evidence.

Implements docs/protocol/probe.md §7.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.probe.manifest import Manifest
from comity.core.probe.retrieval import Words
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.partners.directory import trusted_partner
from comity.services.probe import parts
from comity.services.probe.index import stored_manifest
from comity.services.probe.layers.chain import chain_of
from comity.services.probe.mirror.place import check_place, fetch_part, verify_serves
from comity.storage import probe as probe_rows
from comity.storage.indexes import mirrors as rows
from comity.storage.models.probe import ProbeMirror
from comity.storage.transaction import atomic


def use(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    group: PurposeGroup,
    actor: Actor,
    place: str,
    *,
    certificate: str = "",
    lazy: bool = False,
) -> None:
    """Read a partner's index from a mirror from now on, having seen that it holds that index.

    Args:
        node: this node.
        partner: whose index.
        regime: of the index.
        group: purpose group.
        actor: an administrator or the operator.
        place: folder or address; `place.check_place` says which.
        certificate: of the server, PEM.
        lazy: fetch a shard when a search needs it, not before: the mirror then sees which.

    Raises:
        Refused: ``actor.role``, ``partner.*``.
        InputError: ``probe.mirror-place``; ``probe.no-index``: the partner has announced none that it could hold.
        DeliveryError: ``probe.mirror-missing``, ``delivery.*``; nothing is changed.
        PeerError: ``probe.part-wrong``: it holds other bytes than the partner's manifest states; nothing is changed.
    """
    actor.require(regime, Role.ADMINISTRATOR)
    trusted_partner(node, partner)
    check_place(place, certificate)
    newest = probe_rows.newest_replica(node.alias, (partner, regime.value, group.value))
    if newest is None:
        raise InputError("probe.no-index")
    row = ProbeMirror(
        partner=partner,
        regime=regime.value,
        group=group.value,
        place=place,
        certificate=certificate,
        lazy=lazy,
        set_at=node.clock(),
    )
    verify_serves(node, row, stored_manifest(chain_of(node, newest)[0].manifest))
    facts: dict[str, str | int] = {"partner": partner, "group": group.value, "lazy": int(lazy)}
    with atomic(node.alias):
        rows.put(node.alias, row)
        # What is not here yet is fetched from there, or, when all was to come on demand, now.
        probe_rows.fetch_again(node.alias)
        record(node, Internal(), Event("probe.mirror-set", node.clock(), facts))


def drop(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup, actor: Actor) -> None:
    """Read a partner's index from the partner again.

    Raises:
        Refused: ``actor.role``.
        InputError: ``probe.mirror-none``.
    """
    actor.require(regime, Role.ADMINISTRATOR)
    facts: dict[str, str | int] = {"partner": partner, "group": group.value}
    with atomic(node.alias):
        if not rows.drop(node.alias, (partner, regime.value, group.value)):
            raise InputError("probe.mirror-none")
        probe_rows.fetch_again(node.alias)
        record(node, Internal(), Event("probe.mirror-dropped", node.clock(), facts))


def listed(node: Node) -> list[dict[str, Any]]:
    """Return the mirrors that are read."""
    return [
        {
            "partner": row.partner,
            "regime": row.regime,
            "group": row.group,
            "place": row.place,
            "lazy": row.lazy,
        }
        for row in rows.all_mirrors(node.alias)
    ]


class MirroredShards(Sequence[Words]):
    """The shards of a base, each fetched and verified when it is first read.

    Reading raises as `place.fetch_part`.
    """

    def __init__(self, node: Node, mirror: ProbeMirror, manifest: Manifest) -> None:
        self._node, self._mirror, self._manifest = node, mirror, manifest

    def __len__(self) -> int:
        return len(self._manifest.shards)

    @overload
    def __getitem__(self, number: int) -> Words: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Words]: ...
    def __getitem__(self, number: int | slice) -> Words | Sequence[Words]:
        if isinstance(number, slice):
            raise TypeError("one shard at a time")
        shard = self._manifest.shards[number]
        path: Path = parts.replica_folder(self._node) / shard.digest
        if not path.exists():
            scope = (self._mirror.partner, self._mirror.regime, self._mirror.group)
            with parts.fetching(self._node, scope):
                if not path.exists():
                    fetch_part(self._node, self._mirror, shard.digest, shard.size)
        words: Words = np.memmap(path, dtype="<u8", mode="r").reshape(-1, 2)
        return words
