"""Stores a published layer with what the issuer must know of it; in the transaction that sends its announcement.

Implements docs/protocol/probe.md §7.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.probe.layers.recalled import bury, recall_changed_since
from comity.storage import probe as rows
from comity.storage.indexes import layers
from comity.storage.models.probe import ProbeEpoch, ProbeIndex, ProbePlaced, ProbeReference

BATCH = 500


@dataclass(frozen=True, slots=True, repr=False)
class Placed:
    """A record in the new layer.

    Args:
        uid: its identifier.
        version: of the record.
        permitted: digest of the categories of data that its tokens may use.
        label: of its row, 8 bytes; empty when it has no token and therefore no row.
        reference: opaque, 16 bytes.
    """

    uid: str
    version: int
    permitted: str
    label: bytes
    reference: bytes


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that was built.

    Args:
        row: of the index; its number of records is counted here.
        epoch: whose keys it has.
        placed: yields its records.
        gone: identifiers of records that earlier layers hold and that are gone.
        buried: labels that were gone before and that this layer lists, or no longer holds.
        begun: when the register was first read for it.
    """

    row: ProbeIndex
    epoch: ProbeEpoch
    placed: Callable[[], Iterable[Placed]]
    begun: Instant
    gone: Sequence[str] = ()
    buried: Sequence[str] = field(default=())


def store(node: Node, layer: Layer, message: str) -> None:
    """Store a layer, where its records stand, their references, and what is gone with it."""
    row, epoch = layer.row, layer.epoch
    scope, since = (row.partner, row.regime, row.group), row.chain or row.version
    # 1. Where records stand now, and their references; rows of those that have none any more are gone.
    empty: list[str] = []
    placed = iter(layer.placed())
    while some := list(islice(placed, BATCH)):
        layers.add_placed(node.alias, [_placed(row, one) for one in some])
        rows.add_references(node.alias, [_reference(epoch, row, one) for one in some if one.label])
        empty += [one.uid for one in some if not one.label]
    stale = layers.of_subjects(node.alias, scope, row.epoch, [*layer.gone, *empty])
    stale = [one for one in stale if one.layer != row.version]
    if stale:
        bury(node, stale)
    labels = [*layer.buried, *(one.label for one in stale if one.label)]
    layers.list_stones(node.alias, scope, row.epoch, labels, row.version)
    # 2. The index itself.
    row.message, row.records = message, layers.placed_count(node.alias, scope, row.epoch, since)
    rows.add_index(node.alias, row)
    # 3. What was hidden while the layer was built; what stands in layers that nobody may search any more.
    recall_changed_since(node, layer.begun)
    if row.chain is None:
        kept = layers.bases(node.alias, scope, row.epoch)[:2]
        layers.forget_before(node.alias, scope, row.epoch, kept[-1])
    facts: dict[str, str | int] = {
        "manifest": row.digest,
        "group": row.group,
        "epoch": row.epoch,
        "version": row.version,
        "message": message,
    }
    where = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, where, Event("probe.index-published", row.created_at, facts))


def _placed(row: ProbeIndex, one: Placed) -> ProbePlaced:
    return ProbePlaced(
        partner=row.partner,
        regime=row.regime,
        group=row.group,
        epoch=row.epoch,
        subject=one.uid,
        version=one.version,
        permitted=one.permitted,
        layer=row.version,
        label=one.label.hex(),
    )


def _reference(epoch: ProbeEpoch, row: ProbeIndex, one: Placed) -> ProbeReference:
    return ProbeReference(
        reference=one.reference.hex(),
        partner=epoch.partner,
        regime=epoch.regime,
        group=epoch.group,
        epoch=epoch.epoch,
        subject=one.uid,
        created_at=row.created_at,
    )
