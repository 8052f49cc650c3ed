"""Stores a published layer with what the issuer must know of it.

Implements docs/protocol/probe.md §7.3. Where a million records stand is stored some at a time, before the layer is announced:
in one transaction it would keep every other writer out for minutes. Until the transaction that sends the announcement
stores the index, nobody looks at the layer; what a stopped attempt left of it is removed by the next one. A record that
changes meanwhile leaves it as it leaves the layers before (`recalled.recall_hidden`), or with the announcement.
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
from comity.storage.models.probe import ProbeEpoch, ProbeIndex
from comity.storage.transaction import atomic

AT_ONCE = 1000
"""Records that are stored in one transaction."""

REST = 0.25
"""How long it rests after each, as a part of the time that it took."""


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
        placed: yields its records, by identifier.
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


def forget_unpublished(node: Node, scope: tuple[str, str, str], epoch: int, newest: int) -> None:
    """Forget where records stand in layers that were never announced, before they are taken for published.

    Args:
        node: this node; nobody else publishes.
        scope: partner, regime, purpose group.
        epoch: of the keys.
        newest: version of the newest published index of the scope; 0 without any.
    """
    _while_any(node, lambda: layers.forget_unpublished(node.alias, scope, epoch, newest + 1))


def place(node: Node, layer: Layer) -> list[str]:
    """Store where the records of a layer stand, and their references, before it is announced.

    Returns:
        The identifiers of those that have no row in it.
    """
    row, epoch = layer.row, layer.epoch
    empty: list[str] = []
    placed, worked = iter(layer.placed()), 0.0
    while some := list(islice(placed, AT_ONCE)):
        _rest(node, worked)
        begun = node.ticks()
        with atomic(node.alias):
            layers.add_placed(node.alias, [_placed(row, one) for one in some])
            rows.add_references(node.alias, [_reference(epoch, row, one) for one in some if one.label])
        worked = node.ticks() - begun
        empty += [one.uid for one in some if not one.label]
    return empty


def store(node: Node, layer: Layer, empty: Sequence[str], message: str) -> None:
    """Store a layer whose records are placed, and what is gone with it; in the transaction that sends its announcement.

    Args:
        node: this node.
        layer: that was placed.
        empty: identifiers of records without a row in it.
        message: that announces it.
    """
    row, scope = layer.row, (layer.row.partner, layer.row.regime, layer.row.group)
    # 1. Rows of records that are gone, or have none any more.
    stale = layers.of_subjects(node.alias, scope, row.epoch, [*layer.gone, *empty])
    stale = [one for one in stale if one.layer != row.version]
    if stale:
        bury(node, stale)
    labels = [*layer.buried, *(one.label for one in stale if one.label)]
    layers.list_stones(node.alias, scope, row.epoch, labels, row.version)
    # 2. The index itself.
    since = row.chain or row.version
    row.message, row.records = message, layers.placed_count(node.alias, scope, row.epoch, since)
    rows.add_index(node.alias, row)
    # 3. What was hidden while the layer was built.
    recall_changed_since(node, layer.begun)
    facts: dict[str, str | int] = {
        "manifest": row.digest,
        "group": row.group,
        "epoch": row.epoch,
        "version": row.version,
        "message": message,
    }
    where = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, where, Event("probe.index-published", row.created_at, facts))


def forget_old(node: Node, row: ProbeIndex) -> None:
    """Forget what stands in layers that nobody may search any more, now that an index is stored."""
    scope = (row.partner, row.regime, row.group)
    if row.chain is None:
        kept = layers.bases(node.alias, scope, row.epoch)[:2]
        _while_any(node, lambda: layers.forget_before(node.alias, scope, row.epoch, kept[-1]))


def forget_epoch(node: Node, row: ProbeEpoch) -> None:
    """Forget where records stand in an epoch whose keys were destroyed."""
    scope = (row.partner, row.regime, row.group)
    _while_any(node, lambda: layers.forget_before(node.alias, scope, row.epoch, None))


def _while_any(node: Node, some: Callable[[], bool]) -> None:
    """Do something again and again, each time in a transaction of its own, until nothing was left."""
    found, worked = True, 0.0
    while found:
        _rest(node, worked)
        begun = node.ticks()
        with atomic(node.alias):
            found = some()
        worked = node.ticks() - begun


def _rest(node: Node, worked: float) -> None:
    """Let other writers in: who waits for the database looks again at intervals, and would find it taken each time."""
    if worked:
        node.sleep(REST * worked)


def _placed(row: ProbeIndex, one: Placed) -> layers.PlacedRow:
    return (
        *(row.partner, row.regime, row.group, row.epoch),
        *(one.uid, one.version, one.permitted),
        *(row.version, one.label.hex()),
    )


def _reference(epoch: ProbeEpoch, row: ProbeIndex, one: Placed) -> rows.ReferenceRow:
    where = (epoch.partner, epoch.regime, epoch.group, epoch.epoch)
    return (one.reference.hex(), *where, one.uid, row.created_at)
