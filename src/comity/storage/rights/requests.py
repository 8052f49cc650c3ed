"""Queries on requests of persons concerned and on what partners were asked for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from comity.core.instant import Instant
from comity.storage.models.rights import RightsAsked, RightsRequest


def add_request(alias: str, row: RightsRequest) -> None:
    """Insert a request."""
    row.save(using=alias, force_insert=True)


def change_request(alias: str, row: RightsRequest, **values: Any) -> None:
    """Change columns of a request."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def request(alias: str, number: str) -> RightsRequest | None:
    """Return the request of a number."""
    return RightsRequest.objects.using(alias).filter(number=number).first()


def locked_request(alias: str, number: str) -> RightsRequest | None:
    """Return the request of a number, locked until the transaction ends."""
    return RightsRequest.objects.using(alias).select_for_update().filter(number=number).first()


def numbers_named(alias: str, beginning: str) -> list[str]:
    """Return the numbers that begin so, at most two."""
    rows = RightsRequest.objects.using(alias).filter(number__startswith=beginning)
    return list(rows.order_by("number").values_list("number", flat=True)[:2])


def all_requests(alias: str, regimes: Collection[str], limit: int = 500) -> list[RightsRequest]:
    """Return the requests of some regimes: those not answered first, by due time; without what is sealed."""
    rows = RightsRequest.objects.using(alias).filter(regime__in=list(regimes))
    rows = rows.defer("content", "search", "decision", "letter")
    return sorted(rows.order_by("-id")[:limit], key=lambda row: (row.answered_at is not None, row.due_at))


def to_confirm(alias: str, now: Instant, limit: int) -> list[RightsRequest]:
    """Return requests of partners whose full search may be confirmed by now."""
    rows = RightsRequest.objects.using(alias).filter(confirm_at__lte=now, full=True)
    return list(rows.order_by("confirm_at", "id")[:limit])


def overdue(alias: str, now: Instant, limit: int) -> list[RightsRequest]:
    """Return requests that are due and not answered."""
    rows = RightsRequest.objects.using(alias).filter(answered_at=None, erased_at=None, due_at__lt=now)
    return list(rows.defer("content", "search", "decision", "letter").order_by("due_at", "id")[:limit])


def to_erase(alias: str, before: Instant, limit: int) -> list[RightsRequest]:
    """Return requests answered before an instant whose words are still there."""
    rows = RightsRequest.objects.using(alias).filter(answered_at__lt=before, erased_at=None)
    return list(rows.defer("content", "search", "decision", "letter").order_by("id")[:limit])


def add_asked(alias: str, row: RightsAsked) -> None:
    """Insert that a partner was asked."""
    row.save(using=alias, force_insert=True)


def asked(alias: str, number: str) -> list[RightsAsked]:
    """Return which partners were asked for a request, oldest first."""
    return list(RightsAsked.objects.using(alias).filter(number=number).order_by("id"))


def asked_with(alias: str, partner: str, message: str) -> RightsAsked | None:
    """Return what a message of ours asked a partner."""
    return RightsAsked.objects.using(alias).filter(partner=partner, message=message).first()


def change_asked(alias: str, row: RightsAsked, **values: Any) -> None:
    """Change columns of what a partner was asked."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def drop_asked(alias: str, message: str) -> None:
    """Delete that a partner was asked by a message that it never took."""
    RightsAsked.objects.using(alias).filter(message=message, searched_at=None).delete()


def confirmed_with(alias: str, message: str) -> RightsRequest | None:
    """Return the request of a partner that a message of ours confirms."""
    return RightsRequest.objects.using(alias).filter(confirmation=message).first()
