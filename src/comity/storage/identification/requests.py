"""Queries on requests for identification, asked and received."""

from __future__ import annotations

from comity.storage.models.cases import Case

_SIDES = ("asked", "received")


def partners(alias: str, regime: str) -> list[str]:
    """Return the partners with which there are requests of a regime, in order."""
    rows = Case.objects.using(alias).filter(regime=regime, side__in=_SIDES)
    return sorted(set(rows.values_list("partner", flat=True)))


def of_partner(alias: str, partner: str, regime: str) -> list[Case]:
    """Return the requests with a partner that its node has taken, oldest first, without what they say."""
    rows = Case.objects.using(alias).defer("request", "reply")
    rows = rows.filter(partner=partner, regime=regime, side__in=_SIDES, rejected=None)
    return list(rows.exclude(received_at=None).order_by("received_at", "thread"))
