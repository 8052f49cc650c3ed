"""Queries on what waits for this service, case by case: no word is opened but that of clarifications."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from comity.core.cases.delay import LATENESS
from comity.core.cases.thread import CLARIFICATION, CLARIFICATION_REQUEST
from comity.core.instant import Instant
from comity.storage.cases import ASKED, RECEIVED, TOLD
from comity.storage.models.cases import Case
from comity.storage.models.clocks import ClockTurn
from comity.storage.models.exchange import Direction
from comity.storage.models.people import Officer, ReadMark
from comity.storage.models.protection import Consent, Notice, Passage, PassageState
from comity.storage.protection.consents import ASKED_OF_US, OPEN


def pressing_cases(
    alias: str,
    regimes: Collection[str],
    *,
    side: str | None = None,
    open_too: bool = False,
    limit: int = 200,
) -> list[Case]:
    """Return the cases of these regimes in which something waits for this service, without what is sealed.

    A request to answer, information to read, a question to answer, reasons of a delay to give, conditions to
    acknowledge, consent to decide on, a notice to take note of: the last three and the reasons in closed cases too.

    Args:
        open_too: with every case that is not closed, whoever it waits for.

    Returns:
        Open ones first, with the nearest deadline first and those without a receipt last; then closed ones.
    """
    rows = Case.objects.using(alias).defer("request", "reply").filter(regime__in=list(regimes))
    if side is not None:
        rows = rows.filter(side=side)
    still_open = Q(closing=None, rejected=None)
    rows = rows.alias(
        questions=_count(_said(alias, CLARIFICATION_REQUEST)),
        clarified=_count(_said(alias, CLARIFICATION)),
    ).filter(
        (still_open if open_too else Q(still_open, side__in=(RECEIVED, TOLD)))
        | Q(still_open, side=ASKED, questions__gt=F("clarified"))
        | Q(~Exists(_explained(alias)), side=RECEIVED, missed_at__isnull=False)
        | Q(thread__in=_sealed(alias).values("thread"))
        | Q(thread__in=_undecided(alias).values("thread"))
        | Q(thread__in=_unread(alias).values("thread"))
    )
    # A closing message is named by its time: what is open has none and comes first.
    ended, nearest = F("closing").asc(nulls_first=True), F("due_at").asc(nulls_last=True)
    return list(rows.order_by(ended, nearest, "id")[:limit])


def unread_outcomes(
    alias: str,
    regimes: Collection[str],
    unowned: Collection[str],
    officer: Officer,
    now: Instant,
    *,
    limit: int,
) -> list[Case]:
    """Return our requests that have ended and that the officer who holds them has not opened since, the latest first.

    Args:
        unowned: regimes in which the officer is shown those that nobody holds too.
    """
    opened = ReadMark.objects.using(alias).filter(
        officer=officer, thread=OuterRef("thread"), seen_at__gte=OuterRef("changed_at")
    )
    rows = Case.objects.using(alias).defer("request", "reply").filter(side=ASKED)
    rows = rows.filter(Q(closing__isnull=False) | Q(rejected__isnull=False))
    rows = rows.filter(
        Q(regime__in=list(regimes), owner=officer.username) | Q(regime__in=list(unowned), owner=None)
    )
    rows = rows.filter(Q(erase_at=None) | Q(erase_at__gt=now)).exclude(Exists(opened))
    return list(rows.order_by("-changed_at", "-id")[:limit])


def questions_in(alias: str, threads: Collection[str]) -> dict[str, list[Passage]]:
    """Return questions and clarifications of threads with their words, oldest first, by thread."""
    kinds = (CLARIFICATION_REQUEST, CLARIFICATION)
    found: dict[str, list[Passage]] = {}
    for row in Passage.objects.using(alias).filter(thread__in=list(threads), kind__in=kinds).order_by("id"):
        found.setdefault(row.thread, []).append(row)
    return found


def sealed_in(alias: str, threads: Collection[str]) -> set[str]:
    """Return the threads in which conditions wait to be acknowledged here."""
    return _threads(_sealed(alias), threads)


def undecided_in(alias: str, threads: Collection[str]) -> set[str]:
    """Return the threads in which a partner's question for consent waits for a decision."""
    return _threads(_undecided(alias), threads)


def unread_in(alias: str, threads: Collection[str]) -> set[str]:
    """Return the threads in which a notice came that nobody has taken note of."""
    return _threads(_unread(alias), threads)


def _threads(
    rows: QuerySet[Passage] | QuerySet[Consent] | QuerySet[Notice], threads: Collection[str]
) -> set[str]:
    found = rows.filter(thread__in=list(threads)).order_by().values_list("thread", flat=True)
    return {str(thread) for thread in found.distinct()}


def _sealed(alias: str) -> QuerySet[Passage]:
    rows = Passage.objects.using(alias).filter(direction=Direction.IN, conditions_open=True)
    return rows.filter(state=PassageState.HELD)


def _undecided(alias: str) -> QuerySet[Consent]:
    return Consent.objects.using(alias).filter(side=ASKED_OF_US, state=OPEN)


def _unread(alias: str) -> QuerySet[Notice]:
    return Notice.objects.using(alias).filter(settled_at=None, direction=Direction.IN)


def _explained(alias: str) -> QuerySet[ClockTurn]:
    return ClockTurn.objects.using(alias).filter(thread=OuterRef("thread"), kind=LATENESS, rejected=None)


def _said(alias: str, kind: str) -> QuerySet[Passage]:
    rows = Passage.objects.using(alias).filter(
        partner=OuterRef("partner"), thread=OuterRef("thread"), kind=kind
    )
    return rows.exclude(state=PassageState.GONE)


def _count(rows: QuerySet[Passage]) -> Coalesce:
    counted = rows.order_by().values("thread").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
