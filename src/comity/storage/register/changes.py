"""What changed in the register, in the order of change, for those who keep a picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from comity.core.instant import Instant
from comity.storage.models.register import RegisterSubject

BATCH = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One subject in its present version; `held` is false when it is erased."""

    pk: int
    version: int
    regime: str
    kind: str
    held: bool
    changed_at: Instant


def page(alias: str, since: Instant | None, after: int, limit: int) -> list[Change]:
    """Return the next subjects by instant of change and primary key.

    Args:
        alias: the node's database.
        since: subjects changed at this instant with a key beyond `after`, and all that changed later; None for all.
        after: primary key of the last subject already read of that instant, 0 for none.
        limit: subjects returned at most.
    """
    rows = RegisterSubject.objects.using(alias)
    if since is not None:
        rows = rows.filter(Q(changed_at__gt=since) | Q(changed_at=since, pk__gt=after))
    fields = ("pk", "version", "regime", "kind", "state", "changed_at")
    found = rows.order_by("changed_at", "pk").values_list(*fields)[:limit]
    return [
        Change(pk, version, regime, kind, state != "erased", at)
        for pk, version, regime, kind, state, at in found
    ]


def contents(alias: str, pks: Sequence[int]) -> dict[int, bytes]:
    """Return the content of subjects by primary key; those that are erased are left out."""
    found: dict[int, bytes] = {}
    for start in range(0, len(pks), BATCH):
        rows = RegisterSubject.objects.using(alias).filter(pk__in=pks[start : start + BATCH])
        found.update((pk, bytes(content)) for pk, content in rows.values_list("pk", "content") if content)
    return found


def persons(alias: str, regime: str) -> tuple[int, int]:
    """Return how many persons of a regime are not erased, and the sum of their versions."""
    rows = RegisterSubject.objects.using(alias).filter(regime=regime, kind="person").exclude(state="erased")
    found = rows.aggregate(count=Count("pk"), versions=Sum("version"))
    return found["count"], found["versions"] or 0


def rows(alias: str, regime: str, pks: Sequence[int]) -> list[RegisterSubject]:
    """Return the persons of a regime with these primary keys that are not erased."""
    found = RegisterSubject.objects.using(alias).filter(regime=regime, kind="person", pk__in=pks)
    return list(found.exclude(state="erased"))


def uids(alias: str, pks: Sequence[int]) -> dict[int, str]:
    """Return the identifiers of subjects by primary key."""
    found: dict[int, str] = {}
    for start in range(0, len(pks), BATCH):
        rows = RegisterSubject.objects.using(alias).filter(pk__in=pks[start : start + BATCH])
        found.update(rows.values_list("pk", "uid"))
    return found


def persons_of(alias: str, regime: str, imported: str, after: int, limit: int) -> list[tuple[int, bytes]]:
    """Return primary key and content of the next persons of a regime; those that an import brought when it is named."""
    rows = RegisterSubject.objects.using(alias).filter(regime=regime, kind="person", pk__gt=after)
    if imported:
        rows = rows.filter(seen_in=imported, version=1)
    found = rows.exclude(state="erased").order_by("pk").values_list("pk", "content")[:limit]
    return [(pk, bytes(content)) for pk, content in found if content]
