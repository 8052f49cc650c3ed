"""Queries on the layers of indexes: which record stands in which layer, and which rows are gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from django.db.models import Q, QuerySet

from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows
from comity.storage.backends.statements import fetch
from comity.storage.models.probe import ProbeIndex, ProbePlaced, ProbeTombstone
from comity.storage.models.register import RegisterSubject
from comity.storage.probe import BATCH, Scope

FORGOTTEN_AT_ONCE = 1000

_COUNTS = """
SELECT
    (SELECT COUNT(*) FROM storage_probeplaced
     WHERE partner = %s AND regime = %s AND "group" = %s AND epoch = %s AND layer = %s),
    (SELECT COUNT(*) FROM storage_probeplaced
     WHERE partner = %s AND regime = %s AND "group" = %s AND epoch = %s AND layer = %s AND label = ''),
    (SELECT COUNT(DISTINCT later.subject) FROM storage_probeplaced AS later
     WHERE later.partner = %s AND later.regime = %s AND later."group" = %s AND later.epoch = %s AND later.layer > %s
        AND later.label <> '' AND NOT EXISTS (
            SELECT 1 FROM storage_probeplaced AS base
            WHERE base.partner = later.partner AND base.regime = later.regime AND base."group" = later."group"
                AND base.epoch = later.epoch AND base.layer = %s AND base.subject = later.subject
                AND base.label <> ''))
"""
"""Rows of a base, those of them without a label, and who stands in later layers only: the first two by indexes alone."""


def chain(alias: str, head: ProbeIndex) -> list[ProbeIndex]:
    """Return the layers of an index, the base first."""
    rows = ProbeIndex.objects.using(alias).filter(
        partner=head.partner, regime=head.regime, group=head.group, version__lte=head.version
    )
    if head.chain is None:
        return [head]
    return list(rows.filter(Q(version=head.chain) | Q(chain=head.chain)).order_by("version"))


def bases(alias: str, scope: Scope, epoch: int) -> list[int]:
    """Return the versions of the bases of an epoch, newest first."""
    partner, regime, group = scope
    rows = ProbeIndex.objects.using(alias).filter(partner=partner, regime=regime, group=group, epoch=epoch)
    return list(rows.filter(chain=None).order_by("-version").values_list("version", flat=True))


def placed(alias: str, scope: Scope, epoch: int, since: int, uids: Collection[str]) -> dict[str, ProbePlaced]:
    """Return where records stand last in the layers from a base on, by identifier."""
    rows = _placed(alias, scope, epoch).filter(layer__gte=since, subject__in=uids).order_by("layer")
    return {row.subject: row for row in rows}


def placed_subjects(alias: str, scope: Scope, epoch: int, since: int) -> Iterator[str]:
    """Yield the identifier of every record in the layers from a base on."""
    rows = _placed(alias, scope, epoch).filter(layer__gte=since).order_by()
    return rows.values_list("subject", flat=True).distinct().iterator(BATCH)


def placed_count(alias: str, scope: Scope, epoch: int, since: int) -> int:
    """Return how many records have a row in the layers from a base on."""
    within = (*scope, epoch, since)
    ((base, empty, more),) = fetch(alias, _COUNTS, (*within, *within, *within, since))
    return int(base) - int(empty) + int(more)


def any_placed(alias: str, scope: Scope, epoch: int, since: int) -> bool:
    """Tell whether any record has a row in the layers from a base on."""
    return _placed(alias, scope, epoch).filter(layer__gte=since).exclude(label="").exists()


_COLUMNS = ("partner", "regime", "group", "epoch", "subject", "version", "permitted", "layer", "label")

PlacedRow = tuple[str, str, str, int, str, int, str, int, str]
"""Partner, regime, purpose group, epoch; subject, its version, digest of what is permitted; layer, label."""


def add_placed(alias: str, rows: Iterable[PlacedRow]) -> None:
    """Store where records stand."""
    insert_rows(alias, ProbePlaced, _COLUMNS, rows)


def placed_anywhere(alias: str, subject: str) -> list[ProbePlaced]:
    """Return every row of a record, in the indexes of all partners and epochs."""
    return list(ProbePlaced.objects.using(alias).filter(subject=subject))


def bury(alias: str, rows: Iterable[ProbePlaced], at: Instant) -> int:
    """Turn rows into tombstones that no layer lists yet; how many."""
    gone = list(rows)
    stones = [
        ProbeTombstone(
            partner=row.partner,
            regime=row.regime,
            group=row.group,
            epoch=row.epoch,
            label=row.label,
            layer=row.layer,
            at=at,
        )
        for row in gone
        if row.label
    ]
    ProbeTombstone.objects.using(alias).bulk_create(stones, batch_size=BATCH, ignore_conflicts=True)
    for begin in range(0, len(gone), BATCH):
        keys = [row.pk for row in gone[begin : begin + BATCH]]
        ProbePlaced.objects.using(alias).filter(pk__in=keys).delete()
    return len(stones)


def of_subjects(alias: str, scope: Scope, epoch: int, uids: Sequence[str]) -> list[ProbePlaced]:
    """Return every row of records in one epoch, those of an older chain included."""
    found: list[ProbePlaced] = []
    for begin in range(0, len(uids), BATCH):
        found += _placed(alias, scope, epoch).filter(subject__in=uids[begin : begin + BATCH])
    return found


def unlisted(alias: str, scope: Scope, epoch: int) -> list[str]:
    """Return the labels of rows that are gone and that no layer lists yet."""
    rows = _stones(alias, scope, epoch).filter(listed=None)
    return list(rows.values_list("label", flat=True))


def list_stones(alias: str, scope: Scope, epoch: int, labels: Sequence[str], version: int) -> None:
    """Note that a layer lists labels, or that it is a new base without their rows."""
    for begin in range(0, len(labels), BATCH):
        rows = _stones(alias, scope, epoch).filter(listed=None, label__in=labels[begin : begin + BATCH])
        rows.update(listed=version)


def gone_since(alias: str, scope: Scope, epoch: int, layer: int) -> list[bytes]:
    """Return the labels of rows that are gone and that an asker whose newest layer this is does not know of."""
    rows = _stones(alias, scope, epoch).filter(Q(listed=None) | Q(listed__gt=layer))
    return [bytes.fromhex(label) for label in rows.values_list("label", flat=True)]


def forget_before(alias: str, scope: Scope, epoch: int, layer: int | None) -> bool:
    """Forget some of what stands only in layers before a base, or in any; False: nothing was left."""
    wanted = Q() if layer is None else Q(layer__lt=layer)
    return _forget(_placed(alias, scope, epoch).filter(wanted), _stones(alias, scope, epoch).filter(wanted))


def forget_unpublished(alias: str, scope: Scope, epoch: int, layer: int) -> bool:
    """Forget some of what was stored for a layer that never was published, and for later ones; False: nothing was left."""
    wanted = Q(layer__gte=layer)
    return _forget(_placed(alias, scope, epoch).filter(wanted), _stones(alias, scope, epoch).filter(wanted))


def _forget(placed: QuerySet[ProbePlaced], stones: QuerySet[ProbeTombstone]) -> bool:
    """Delete a few rows, of the first until there are none and then of the second; whether there were any."""
    keys = list(placed.order_by().values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    if keys:
        ProbePlaced.objects.using(placed.db).filter(pk__in=keys).delete()
        return True
    keys = list(stones.order_by().values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    ProbeTombstone.objects.using(stones.db).filter(pk__in=keys).delete()
    return bool(keys)


def changed_since(alias: str, at: Instant) -> Iterator[list[tuple[RegisterSubject, list[ProbePlaced]]]]:
    """Yield, in pages, the subjects that changed at an instant or after it and stand in an index, with all their rows."""
    last = 0
    while page := list(_changed(alias, at, last)):
        last = page[-1].pk
        placed: dict[str, list[ProbePlaced]] = {}
        for row in ProbePlaced.objects.using(alias).filter(subject__in=[one.uid for one in page]):
            placed.setdefault(row.subject, []).append(row)
        yield [(one, placed[one.uid]) for one in page if one.uid in placed]


def _changed(alias: str, at: Instant, after: int) -> QuerySet[RegisterSubject]:
    rows = RegisterSubject.objects.using(alias).filter(changed_at__gte=at, pk__gt=after)
    return rows.order_by("pk")[:BATCH]


def _placed(alias: str, scope: Scope, epoch: int) -> QuerySet[ProbePlaced]:
    partner, regime, group = scope
    rows = ProbePlaced.objects.using(alias).filter(partner=partner, regime=regime, group=group)
    return rows.filter(epoch=epoch)


def _stones(alias: str, scope: Scope, epoch: int) -> QuerySet[ProbeTombstone]:
    partner, regime, group = scope
    rows = ProbeTombstone.objects.using(alias).filter(partner=partner, regime=regime, group=group)
    return rows.filter(epoch=epoch)
