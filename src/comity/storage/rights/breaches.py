"""Queries on breaches and on what partners are owed of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from comity.core.instant import Instant
from comity.storage.models.cases import Case
from comity.storage.models.probe import ProbeAsked
from comity.storage.models.protection import Passage
from comity.storage.models.register import RegisterSubject
from comity.storage.models.rights import Breach, BreachNotice


def add_breach(alias: str, row: Breach) -> None:
    """Insert a breach."""
    row.save(using=alias, force_insert=True)


def change_breach(alias: str, row: Breach, **values: Any) -> None:
    """Change columns of a breach."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def breach(alias: str, number: str, partner: str | None = None) -> Breach | None:
    """Return the breach of a number; of one partner, when it is named."""
    rows = Breach.objects.using(alias).filter(number=number)
    return (rows if partner is None else rows.filter(partner=partner)).order_by("id").first()


def all_breaches(alias: str, regimes: Collection[str], limit: int = 200) -> list[Breach]:
    """Return the breaches of some regimes, those that are not closed first, by due time."""
    rows = Breach.objects.using(alias).filter(regime__in=list(regimes)).order_by("-id")[:limit]
    return sorted(rows, key=lambda row: (row.closed_at is not None, row.due_at))


def open_breaches(alias: str, due_before: Instant) -> list[Breach]:
    """Return the breaches that are not closed and whose time is over."""
    rows = Breach.objects.using(alias).filter(closed_at=None, due_at__lt=due_before)
    return list(rows.defer("content").order_by("due_at", "id"))


def add_notice(alias: str, row: BreachNotice) -> None:
    """Insert a notice."""
    row.save(using=alias, force_insert=True)


def change_notice(alias: str, row: BreachNotice, **values: Any) -> None:
    """Change columns of a notice."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def notices(alias: str, number: str) -> list[BreachNotice]:
    """Return what partners are owed of a breach, oldest first."""
    return list(BreachNotice.objects.using(alias).filter(number=number).order_by("id"))


def notice_to(alias: str, number: str, partner: str) -> BreachNotice | None:
    """Return what one partner is owed of a breach."""
    return BreachNotice.objects.using(alias).filter(number=number, partner=partner).first()


def carried_by(alias: str, message: str) -> BreachNotice | None:
    """Return the notice that a message of ours carries."""
    return BreachNotice.objects.using(alias).filter(message=message).first()


def notices_due(alias: str, now: Instant, limit: int) -> list[BreachNotice]:
    """Return notices that no partner has taken and whose next attempt is due."""
    rows = BreachNotice.objects.using(alias).filter(received_at=None, next_at__lte=now)
    return list(rows.order_by("next_at", "id")[:limit])


def threads_between(alias: str, regime: str, first: Instant, before: Instant) -> list[tuple[str, str]]:
    """Return partner and thread of the cases of a regime that were opened in a period, oldest first."""
    rows = Case.objects.using(alias).filter(regime=regime, opened_at__gte=first, opened_at__lt=before)
    return list(rows.order_by("id").values_list("partner", "thread"))


def partners_of(alias: str, regime: str, threads: Collection[str]) -> list[tuple[str, str]]:
    """Return partner and thread of some cases of a regime, oldest first."""
    rows = Case.objects.using(alias).filter(regime=regime, thread__in=list(threads))
    return list(rows.order_by("id").values_list("partner", "thread"))


def count_searches(
    alias: str, regime: str, first: Instant, before: Instant, partner: str | None = None
) -> int:
    """Return how many searches of a regime were made at partners, or at one, in a period."""
    rows = ProbeAsked.objects.using(alias).filter(regime=regime)
    rows = rows if partner is None else rows.filter(partner=partner)
    return rows.filter(asked_at__gte=first, asked_at__lt=before).count()


def count_persons(alias: str, regime: str, threads: Collection[str]) -> int:
    """Return of how many persons cases speak: entries of our register, and threads that name none."""
    rows = Passage.objects.using(alias).filter(regime=regime, thread__in=list(threads))
    found = list(rows.values_list("thread", "subject"))
    named = {subject for _, subject in found if subject}
    told = {thread for thread, subject in found if subject}
    return len(named) + len(set(threads) - told)


def count_register(alias: str, regime: str) -> int:
    """Return how many entries of a regime the register holds."""
    return RegisterSubject.objects.using(alias).filter(regime=regime).exclude(state="erased").count()
