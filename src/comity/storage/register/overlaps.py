"""Queries on lists offered for comparison, on comparisons, and on edges between registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from comity.core.instant import Instant
from comity.storage.models.overlaps import Overlap, OverlapOffer, RegisterEdge
from comity.storage.models.register import RegisterSubject

ASKED, ANSWERED = "asked", "answered"
"""Sides of a comparison."""

WAITING, COUNTED, FAILED = "asked", "counted", "failed"
"""States of a comparison."""

BATCH = 500

Scope = tuple[str, str, str]
"""Partner, regime, purpose."""

_SPENT: Mapping[str, None] = {"content": None, "points": None, "tags": None}


def add_offer(alias: str, row: OverlapOffer) -> None:
    """Insert a list."""
    row.save(using=alias, force_insert=True)


def offers(alias: str, scope: Scope) -> list[OverlapOffer]:
    """Return the lists of a scope that still hold something, newest first."""
    partner, regime, purpose = scope
    rows = OverlapOffer.objects.using(alias).filter(partner=partner, regime=regime, purpose=purpose)
    return list(rows.filter(points__isnull=False).order_by("-offered_at", "-pk"))


def unused_offers(alias: str) -> list[OverlapOffer]:
    """Return every list that nobody has compared with yet."""
    rows = OverlapOffer.objects.using(alias).filter(points__isnull=False, used_at__isnull=True)
    return list(rows.order_by("pk"))


def changed_since(alias: str, versions: Mapping[str, int]) -> list[RegisterSubject]:
    """Return those of some entries that are not in the version that is given of them."""
    uids, found = sorted(versions), []
    for start in range(0, len(uids), BATCH):
        rows = RegisterSubject.objects.using(alias).filter(uid__in=uids[start : start + BATCH])
        known = rows.values_list("uid", "version")
        other = [uid for uid, version in known if version != versions[uid]]
        found += list(RegisterSubject.objects.using(alias).filter(uid__in=other)) if other else []
    return found


def use_offer(alias: str, row: OverlapOffer, now: Instant) -> bool:
    """Note that a list was compared with; False when it was already."""
    found = OverlapOffer.objects.using(alias).filter(pk=row.pk, used_at__isnull=True)
    return found.update(used_at=now) == 1


def empty_offer(alias: str, pk: int) -> None:
    """Empty a list."""
    OverlapOffer.objects.using(alias).filter(pk=pk).update(points=None, secret=None)


def empty_offers(alias: str, unused_before: Instant, before: Instant) -> int:
    """Empty the lists of before two instants: one for those that were not compared with, one for all."""
    rows = OverlapOffer.objects.using(alias).filter(points__isnull=False)
    due = Q(used_at__isnull=True, offered_at__lt=unused_before) | Q(offered_at__lt=before)
    return rows.filter(due).update(points=None, secret=None)


def add_overlap(alias: str, row: Overlap) -> None:
    """Insert a comparison."""
    row.save(using=alias, force_insert=True)


def overlap(alias: str, partner: str, side: str, uid: str) -> Overlap | None:
    """Return one comparison with the list that it used."""
    rows = Overlap.objects.using(alias).select_related("offer")
    return rows.filter(partner=partner, side=side, uid=uid).first()


def overlap_named(alias: str, uid: str) -> Overlap | None:
    """Return a comparison that this node asked for."""
    return Overlap.objects.using(alias).filter(side=ASKED, uid=uid).first()


def overlaps(alias: str, regimes: list[str]) -> list[Overlap]:
    """Return the comparisons of some regimes, newest first."""
    return list(Overlap.objects.using(alias).filter(regime__in=regimes).order_by("-asked_at", "-pk"))


def since(alias: str, side: str, scope: Scope, at: Instant) -> int:
    """Return how many comparisons of a scope were asked since an instant, those left out that failed."""
    partner, regime, purpose = scope
    rows = Overlap.objects.using(alias).filter(side=side, partner=partner, regime=regime, purpose=purpose)
    return rows.filter(asked_at__gt=at).exclude(state=FAILED).count()


def waiting(alias: str, scope: Scope) -> Overlap | None:
    """Return the comparison of a scope that was asked for and has no answer yet."""
    partner, regime, purpose = scope
    rows = Overlap.objects.using(alias).filter(partner=partner, regime=regime, purpose=purpose)
    return rows.filter(side=ASKED, state=WAITING, points__isnull=False).order_by("-asked_at").first()


def change_overlap(alias: str, row: Overlap, **values: Any) -> None:
    """Write what has changed of a comparison."""
    Overlap.objects.using(alias).filter(pk=row.pk).update(**values)


def give_edge(alias: str, row: Overlap, edge: str, now: Instant) -> bool:
    """Note that a comparison has given its edge; False when it had already."""
    rows = Overlap.objects.using(alias).filter(pk=row.pk, edge="")
    return rows.update(edge=edge, edge_at=now) == 1


def old_overlaps(alias: str, before: Instant, limit: int) -> list[Overlap]:
    """Return comparisons of before an instant that still hold something."""
    held = Q(content__isnull=False) | Q(points__isnull=False) | Q(tags__isnull=False)
    held |= Q(justified__isnull=False)
    rows = Overlap.objects.using(alias).filter(held, asked_at__lt=before)
    return list(rows.order_by("pk")[:limit])


def empty_overlap(alias: str, row: Overlap) -> None:
    """Empty a comparison."""
    change_overlap(alias, row, **_SPENT, justified=None)


def spend_overlap(alias: str, row: Overlap) -> None:
    """Empty what an edge would need; what the audit needs stays."""
    change_overlap(alias, row, **_SPENT)


def add_edge(
    alias: str, uid: str, one: RegisterSubject, of: Overlap, content: Mapping[str, Any], now: Instant
) -> None:
    """Insert an edge from one of our entries."""
    row = RegisterEdge(uid=uid, one_id=one.pk, partner=of.partner, regime=of.regime, overlap=of.uid)
    row.content, row.created_at = dict(content), now
    row.save(using=alias, force_insert=True)


def edges_of(alias: str, subject_uid: str) -> list[RegisterEdge]:
    """Return the edges of an entry, oldest first."""
    rows = RegisterEdge.objects.using(alias).select_related("one")
    return list(rows.filter(one__uid=subject_uid).order_by("pk"))


def edge_named(alias: str, uid: str) -> RegisterEdge | None:
    """Return an edge with our entry."""
    return RegisterEdge.objects.using(alias).select_related("one").filter(uid=uid).first()


def edge_found_by(alias: str, overlap_uid: str) -> RegisterEdge | None:
    """Return the edge that a comparison gave."""
    return RegisterEdge.objects.using(alias).select_related("one").filter(overlap=overlap_uid).first()


def change_edge(alias: str, pk: int, content: Mapping[str, Any]) -> None:
    """Write what is kept of an edge."""
    RegisterEdge.objects.using(alias).filter(pk=pk).update(content=dict(content))


def drop_edge(alias: str, pk: int) -> None:
    """Delete an edge."""
    RegisterEdge.objects.using(alias).filter(pk=pk).delete()
