"""Queries on requests for identification, asked and received."""

from __future__ import annotations

from django.db.models import Q

from comity.core.instant import Instant
from comity.storage.models.cases import Case

_SIDES = ("asked", "received")


def partners(alias: str, regime: str) -> list[str]:
    """Return the partners with which there are requests of a regime, in order."""
    rows = Case.objects.using(alias).filter(regime=regime, side__in=_SIDES)
    return sorted(set(rows.values_list("partner", flat=True)))


def of_partner(alias: str, partner: str, regime: str, *, open_at: Instant | None = None) -> list[Case]:
    """Return the requests with a partner that its node has taken, oldest first, without what they say.

    Args:
        open_at: only those that no answer had closed by then.
    """
    rows = Case.objects.using(alias).defer("request", "reply")
    rows = rows.filter(partner=partner, regime=regime, side__in=_SIDES, rejected=None)
    if open_at is not None:
        rows = rows.filter(Q(closing_received_at=None) | Q(closing_received_at__gt=open_at))
    return list(rows.exclude(received_at=None).order_by("received_at", "thread"))
