"""Queries on what is still missing after a restore, as the partners' receipts told it last."""

from __future__ import annotations

from collections.abc import Iterable

from comity.core.instant import Instant
from comity.storage.models.exchange import Recovery


def expect(alias: str, lanes: Iterable[tuple[str, str]], since: Instant) -> None:
    """Write down that these partners and regimes have to be asked; what was asked since an earlier restore is forgotten."""
    for partner, regime in lanes:
        fresh = {"since": since, "asked_at": None, "missing": 0, "unproven": 0}
        Recovery.objects.using(alias).update_or_create(partner=partner, regime=regime, defaults=fresh)


def note(
    alias: str, partner: str, regime: str, since: Instant, now: Instant, *, missing: int, unproven: int
) -> None:
    """Write down what a partner's receipts told."""
    told = {"since": since, "asked_at": now, "missing": missing, "unproven": unproven}
    Recovery.objects.using(alias).update_or_create(partner=partner, regime=regime, defaults=told)


def all_rows(alias: str) -> list[Recovery]:
    """Return every row, by partner and regime."""
    return list(Recovery.objects.using(alias).order_by("partner", "regime"))
