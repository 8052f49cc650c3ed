"""Queries on statistics: the cases that are counted, and the statements exchanged."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from comity.core.instant import Instant
from comity.storage.models.cases import Case
from comity.storage.models.clocks import StatisticsReport, Verdict
from comity.storage.models.exchange import Direction, ExchangedMessage, MessageState


def cases_under(alias: str, agreement: str) -> list[Case]:
    """Return the requests under an agreement that the recipient's node has taken, without what they say."""
    rows = Case.objects.using(alias).filter(agreement=agreement, received_at__isnull=False)
    rows = rows.filter(side__in=("asked", "received"))
    return list(rows.defer("request", "reply").order_by("id"))


def agreements_used(alias: str, regimes: Collection[str], first: Instant, before: Instant) -> list[str]:
    """Return the agreements of these regimes under which a request was received or closed in a period; one query."""
    rows = Case.objects.using(alias).filter(regime__in=sorted(regimes), side__in=("asked", "received"))
    inside = Q(received_at__gte=first, received_at__lt=before)
    closed = Q(closing_received_at__gte=first, closing_received_at__lt=before)
    found = rows.filter(inside | closed).order_by().values_list("agreement", flat=True).distinct()
    return sorted(found)


def stated_for(alias: str, agreement: str, first: Instant, before: Instant) -> StatisticsReport | None:
    """Return the last statement of either party on an agreement and exactly this period."""
    rows = StatisticsReport.objects.using(alias).filter(agreement=agreement, first=first, before=before)
    return rows.order_by("-id").first()


def under_way(alias: str, agreement: str, before: Instant) -> bool:
    """Whether a message of ours under an agreement, sent before an instant, has no receipt yet."""
    rows = ExchangedMessage.objects.using(alias).filter(
        agreement=agreement, direction=Direction.OUT, state=MessageState.QUEUED, sent_at__lt=before
    )
    return bool(rows.exists())


def add(alias: str, row: StatisticsReport) -> None:
    """Insert a statement."""
    row.save(using=alias, force_insert=True)


def received(alias: str, partner: str, agreement: str) -> int:
    """Return how many statements of a partner are kept under an agreement."""
    rows = StatisticsReport.objects.using(alias).filter(direction=Direction.IN)
    return int(rows.filter(partner=partner, agreement=agreement).count())


def awaiting(alias: str) -> list[StatisticsReport]:
    """Return the statements of partners that we have not answered yet."""
    rows = StatisticsReport.objects.using(alias).filter(direction=Direction.IN, verdict=Verdict.AWAITED)
    return list(rows.order_by("id"))


def stated(alias: str, partner: str, message: str) -> StatisticsReport | None:
    """Return a statement of ours."""
    rows = StatisticsReport.objects.using(alias).filter(direction=Direction.OUT)
    return rows.filter(partner=partner, message=message).first()


def settle(alias: str, row: StatisticsReport, recomputed: Any, verdict: Verdict, at: Instant) -> None:
    """Write down the other party's figures and how they compare."""
    row.recomputed, row.verdict, row.answered_at = recomputed, verdict, at
    row.save(using=alias, update_fields=["recomputed", "verdict", "answered_at"])


def under(alias: str, agreement: str) -> list[StatisticsReport]:
    """Return the statements under an agreement, newest first."""
    return list(StatisticsReport.objects.using(alias).filter(agreement=agreement).order_by("-id")[:200])
