"""Queries on follow-ups: requests that cite what a search found."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Count

from comity.core.instant import Instant
from comity.storage.models.cases import Case
from comity.storage.models.watch import FollowUp, FollowUpState


def was_followed(alias: str, partner: str, regime: str, case: str) -> bool:
    """Tell whether a request that cites a reference was sent to a partner in a case before."""
    rows = FollowUp.objects.using(alias).filter(partner=partner, regime=regime, case=case)
    return bool(rows.filter(state=FollowUpState.SENT).exists())


def add(alias: str, row: FollowUp) -> None:
    """Store a follow-up."""
    row.save(using=alias, force_insert=True)


def change(alias: str, row: FollowUp, **values: Any) -> None:
    """Write what became of a follow-up."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def named(alias: str, uid: str, regimes: Collection[str], *, lock: bool = False) -> FollowUp | None:
    """Return a follow-up of some regimes; locked to the end of the transaction if wanted."""
    rows = FollowUp.objects.using(alias).filter(uid=uid, regime__in=regimes)
    return (rows.select_for_update() if lock else rows).first()


def waiting(alias: str, regimes: Collection[str]) -> list[FollowUp]:
    """Return the follow-ups of some regimes that wait for a second person, the longest waiting first."""
    rows = FollowUp.objects.using(alias).filter(regime__in=regimes, state=FollowUpState.WAITING)
    return list(rows.order_by("asked_at", "pk"))


def waiting_before(alias: str, before: Instant, limit: int) -> list[FollowUp]:
    """Return follow-ups that have waited since before an instant."""
    rows = FollowUp.objects.using(alias).filter(state=FollowUpState.WAITING, asked_at__lt=before)
    return list(rows.order_by("pk")[:limit])


def decided_before(alias: str, before: Instant, limit: int) -> list[FollowUp]:
    """Return follow-ups that were decided on and asked for before an instant, oldest first."""
    rows = FollowUp.objects.using(alias).filter(asked_at__lt=before).exclude(state=FollowUpState.WAITING)
    return list(rows.order_by("pk")[:limit])


def drop(alias: str, uid: str) -> None:
    """Delete a follow-up."""
    FollowUp.objects.using(alias).filter(uid=uid).delete()


def searches_followed(alias: str, regime: str, first: Instant) -> set[str]:
    """Return the searches whose references were cited in a request since an instant."""
    rows = FollowUp.objects.using(alias).filter(regime=regime, state=FollowUpState.SENT, asked_at__gte=first)
    return set(rows.exclude(search="").values_list("search", flat=True))


def received(alias: str, regime: str, first: Instant, before: Instant) -> dict[str, int]:
    """Return how many requests of each partner cite a reference of ours, that came in a period."""
    rows = Case.objects.using(alias).filter(side="received", regime=regime, by_hit=True)
    rows = rows.filter(received_at__gte=first, received_at__lt=before)
    counted = rows.values("partner").annotate(count=Count("pk")).order_by("partner")
    return {str(row["partner"]): int(row["count"]) for row in counted}
