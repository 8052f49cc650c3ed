"""Queries on the clocks of cases: turns, missed deadlines, what is to be compared, reminders, substitutes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from comity.core.instant import Instant
from comity.storage.models.cases import Case
from comity.storage.models.clocks import CaseReminder, ClockTurn, Substitute
from comity.storage.models.exchange import Direction, ExchangedMessage, MessageState
from comity.storage.models.people import ReadMark

_ARRIVED = (MessageState.DELIVERED, MessageState.ACCEPTED)
_REQUESTS = ("asked", "received")
"""Sides of cases that are requests; only those have a clock."""


def add_turn(alias: str, row: ClockTurn) -> None:
    """Insert a turn."""
    row.save(using=alias, force_insert=True)


def settle_turn(
    alias: str, partner: str, message: str, received_at: Instant | None, code: str | None
) -> None:
    """Write down what became of a notice of ours."""
    rows = ClockTurn.objects.using(alias).filter(partner=partner, message=message)
    rows.update(received_at=None if code else received_at, rejected=code)


def turns_of(alias: str, threads: Collection[str]) -> dict[str, list[ClockTurn]]:
    """Return the turns of threads, in the order in which they were stored."""
    found: dict[str, list[ClockTurn]] = {}
    for row in ClockTurn.objects.using(alias).filter(thread__in=list(threads)).order_by("id"):
        found.setdefault(row.thread, []).append(row)
    return found


def said(alias: str, threads: Collection[str], kinds: Collection[str]) -> dict[str, list[ExchangedMessage]]:
    """Return the messages of these kinds that arrived, by thread; without what they say."""
    rows = ExchangedMessage.objects.using(alias).filter(
        thread__in=list(threads), kind__in=list(kinds), state__in=_ARRIVED, received_at__isnull=False
    )
    found: dict[str, list[ExchangedMessage]] = {}
    for row in rows.defer("content", "header").order_by("id"):
        found.setdefault(str(row.thread), []).append(row)
    return found


def under_way(alias: str, threads: Collection[str]) -> set[str]:
    """Return the threads in which a message of ours has no receipt yet."""
    rows = _queued(alias).filter(thread__in=list(threads))
    return {str(thread) for thread in rows.values_list("thread", flat=True)}


def _queued(alias: str) -> QuerySet[ExchangedMessage]:
    return ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, state=MessageState.QUEUED)


def due_by(alias: str, now: Instant, limit: int) -> list[Case]:
    """Return cases whose deadline, as last stored, has passed and which are not on record as missed.

    Those in which a message of ours has no receipt yet are left out here, not by the caller: a partner that is away must
    not fill the round and keep the others from being looked at.
    """
    rows = (
        Case.objects.using(alias)
        .defer("request", "reply")
        .filter(side__in=_REQUESTS, missed_at=None, rejected=None)
        .filter(~Exists(_queued(alias).filter(thread=OuterRef("thread"))))
    )
    ended = Q(closing_received_at=None, due_at__lt=now) | Q(closing_received_at__gt=F("due_at"))
    return list(rows.filter(ended).order_by("due_at", "id")[:limit])


def mark_missed(alias: str, row: Case, deadline: Instant) -> bool:
    """Put a missed deadline on record, once."""
    rows = Case.objects.using(alias).filter(pk=row.pk, missed_at=None)
    return rows.update(missed_at=deadline) == 1


def set_due(alias: str, row: Case, deadline: Instant) -> None:
    """Store the deadline by which lists are ordered, without marking the case as changed."""
    Case.objects.using(alias).filter(pk=row.pk).update(due_at=deadline)


def core_due(alias: str, regime: str, received_by: Instant, after: int, limit: int) -> list[Case]:
    """Return requests that rest on a hit and of whose core data nothing is on record, by identifier, after one of them.

    Args:
        received_by: received no later.
    """
    rows = Case.objects.using(alias).defer("request", "reply")
    rows = rows.filter(side__in=_REQUESTS, regime=regime, by_hit=True, core_told=None, rejected=None)
    rows = rows.filter(received_at__lte=received_by, pk__gt=after)
    return list(rows.order_by("pk")[:limit])


def mark_core_told(alias: str, row: Case, told: str) -> bool:
    """Put on record whether core data came in time or late, once."""
    return Case.objects.using(alias).filter(pk=row.pk, core_told=None).update(core_told=told) == 1


def running(alias: str, side: str, after: int, limit: int, regimes: Collection[str]) -> list[Case]:
    """Return open cases of one side and these regimes whose clock has started, by identifier, after one of them."""
    rows = Case.objects.using(alias).defer("request", "reply").filter(side=side, closing=None, rejected=None)
    rows = rows.filter(regime__in=sorted(regimes))
    return list(rows.filter(received_at__isnull=False, pk__gt=after).order_by("pk")[:limit])


def to_compare(alias: str, partner: str, regime: str, until: Instant, limit: int) -> list[Case]:
    """Return cases whose clock both nodes should read alike and have not since it last changed, longest ago first.

    Args:
        until: instant at which they are to be read.
    """
    rows = Case.objects.using(alias).defer("request", "reply")
    rows = rows.filter(side__in=_REQUESTS, partner=partner, regime=regime)
    rows = rows.filter(rejected=None, received_at__lte=until)
    undone = Q(closing_received_at=None) | Q(compared_at=None) | Q(compared_at__lt=F("closing_received_at"))
    return list(rows.filter(undone).order_by(F("compared_at").asc(nulls_first=True), "id")[:limit])


def partners_with_cases(alias: str) -> list[tuple[str, str]]:
    """Return partner and regime wherever there are cases."""
    rows = Case.objects.using(alias).filter(side__in=_REQUESTS).order_by()
    pairs = rows.values_list("partner", "regime").distinct()
    return sorted((str(partner), str(regime)) for partner, regime in pairs)


def cases_of(alias: str, partner: str, regime: str, threads: Collection[str]) -> dict[str, Case]:
    """Return cases with a partner by thread."""
    rows = Case.objects.using(alias).defer("request", "reply").filter(side__in=_REQUESTS)
    return {row.thread: row for row in rows.filter(partner=partner, regime=regime, thread__in=list(threads))}


def mark_compared(alias: str, partner: str, threads: Iterable[str], at: Instant) -> None:
    """Remember that both nodes read the same clocks at an instant."""
    Case.objects.using(alias).filter(partner=partner, thread__in=list(threads)).update(compared_at=at)


def add_reminder(alias: str, row: CaseReminder) -> bool:
    """Insert a reminder; False when this person was reminded at this step before."""
    known = CaseReminder.objects.using(alias).filter(thread=row.thread, step=row.step, officer=row.officer)
    if known.exists():
        return False
    row.save(using=alias, force_insert=True)
    return True


def drop_reminders(alias: str, thread: str) -> None:
    """Forget who was reminded of a case: there is more time, and they are reminded again."""
    CaseReminder.objects.using(alias).filter(thread=thread).delete()


def reminded(alias: str, threads: Collection[str]) -> set[tuple[str, str]]:
    """Return thread and step wherever somebody was reminded."""
    rows = CaseReminder.objects.using(alias).filter(thread__in=list(threads))
    return set(rows.values_list("thread", "step"))


def reminders_for(alias: str, officer: str) -> list[CaseReminder]:
    """Return the reminders of an officer about cases still open that it has not opened since, newest first."""
    open_threads = Case.objects.using(alias).filter(closing=None, rejected=None).values("thread")
    rows = CaseReminder.objects.using(alias).filter(officer=officer, thread__in=open_threads)
    marks = ReadMark.objects.using(alias).filter(officer__username=officer)
    seen = {mark.thread: mark.seen_at for mark in marks.filter(thread__in=rows.values("thread"))}
    return [row for row in rows.order_by("-raised_at", "-id") if not _seen(row, seen.get(row.thread))]


def reminders_under(alias: str, regime: str, limit: int) -> list[tuple[CaseReminder, Case]]:
    """Return the reminders about open cases of a regime with their cases, newest first; two queries."""
    still_open = Case.objects.using(alias).filter(closing=None, rejected=None, regime=regime)
    rows = CaseReminder.objects.using(alias).filter(thread__in=still_open.values("thread"))
    found = list(rows.order_by("-raised_at", "-id")[:limit])
    cases = still_open.defer("request", "reply").filter(thread__in={row.thread for row in found})
    by_thread = {(case.partner, case.thread): case for case in cases}
    named = [(row, by_thread.get((row.partner, row.thread))) for row in found]
    return [(row, case) for row, case in named if case is not None]


def substitute_of(alias: str, officer: str, regime: str) -> str | None:
    """Return who stands in for an officer."""
    row = Substitute.objects.using(alias).filter(officer=officer, regime=regime).first()
    return None if row is None else row.substitute


def substitutes(alias: str) -> list[Substitute]:
    """Return every substitute, by officer."""
    return list(Substitute.objects.using(alias).order_by("officer", "regime"))


def put_substitute(alias: str, officer: str, regime: str, substitute: str | None) -> None:
    """Name who stands in for an officer, or nobody."""
    rows = Substitute.objects.using(alias)
    if substitute is None:
        rows.filter(officer=officer, regime=regime).delete()
        return
    rows.update_or_create(officer=officer, regime=regime, defaults={"substitute": substitute})


def _seen(row: CaseReminder, at: Instant | None) -> bool:
    return at is not None and at >= row.raised_at
