"""Queries on what is remembered of searches: one statement a search, the rest by the worker."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Count, Max
from django.db.models.functions import TruncDate

from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows
from comity.storage.models.probe import AskedState, ProbeAnswered, ProbeAsked
from comity.storage.models.watch import SearchLook

_COLUMNS = (
    "rid", "regime", "partner", "asker", "at", "person", "name", "family", "birth", "after", "document", "cased",
    "justified", "profession", "at_odds", "second_name", "second_family",
)  # fmt: skip

MOST = 20_000
"""Searches of one asker, or of what several share, that are looked at, the newest."""

MOST_WORDS = 200
"""Words that are looked at together."""


def add(alias: str, rows: Iterable[SearchLook]) -> None:
    """Remember searches."""
    insert_rows(alias, SearchLook, _COLUMNS, [[getattr(row, name) for name in _COLUMNS] for row in rows])


def askers(alias: str, after: int, since: Instant) -> tuple[int, list[tuple[str, str]]]:
    """Return the last number, and regime and asker of each that searched with a greater one than `after`."""
    rows = SearchLook.objects.using(alias).filter(pk__gt=after, at__gte=since)
    last = rows.aggregate(last=Max("pk"))["last"] or after
    found = rows.filter(pk__lte=last).values_list("regime", "asker").distinct().order_by("regime", "asker")
    return last, [(str(regime), str(asker)) for regime, asker in found]


def of_asker(alias: str, regime: str, asker: str, since: Instant) -> list[SearchLook]:
    """Return the searches of an asker since an instant, newest first."""
    rows = SearchLook.objects.using(alias).filter(regime=regime, asker=asker, at__gte=since)
    return list(rows.order_by("-at")[:MOST])


def shared(alias: str, regime: str, since: Instant, column: str, least: int) -> list[str]:
    """Return the words of a column that the searches of several askers for several persons share since an instant."""
    rows = SearchLook.objects.using(alias).filter(regime=regime, at__gte=since).exclude(**{column: ""})
    found = rows.values(column).annotate(
        askers=Count("asker", distinct=True), persons=Count("person", distinct=True)
    )
    words = found.filter(askers__gt=1, persons__gte=least).order_by(column)
    return [str(row[column]) for row in words[:MOST_WORDS]]


def bearing(alias: str, regime: str, since: Instant, column: str, words: Collection[str]) -> list[SearchLook]:
    """Return the searches that bear one of these words in a column since an instant, newest first."""
    rows = SearchLook.objects.using(alias).filter(regime=regime, at__gte=since)
    return list(rows.filter(**{f"{column}__in": sorted(words)}).order_by("-at")[:MOST])


def persons(alias: str, regime: str, since: Instant) -> int:
    """Return for how many persons somebody searched since an instant."""
    rows = SearchLook.objects.using(alias).filter(regime=regime, at__gte=since)
    return int(rows.aggregate(count=Count("person", distinct=True))["count"])


def days(alias: str, regime: str, first: Instant, before: Instant) -> list[tuple[str, int]]:
    """Return, of each asker and day of a period on which it searched, how many searches it made."""
    rows = SearchLook.objects.using(alias).filter(regime=regime, at__gte=first, at__lt=before)
    counted = rows.annotate(day=TruncDate("at")).values("asker", "day").annotate(count=Count("pk"))
    return [(str(row["asker"]), int(row["count"])) for row in counted.order_by("asker", "day")]


def asker_of(alias: str, rid: str) -> str:
    """Return who made a search; empty when that is not remembered any more."""
    return str(SearchLook.objects.using(alias).filter(rid=rid).values_list("asker", flat=True).first() or "")


def forget(alias: str, before: Instant) -> int:
    """Delete what is remembered of searches before an instant; how many."""
    return int(SearchLook.objects.using(alias).filter(at__lt=before).delete()[0])


def of_case(alias: str, partner: str, pseudonym: str) -> list[ProbeAsked]:
    """Return the answered searches of a case at a partner."""
    rows = ProbeAsked.objects.using(alias).filter(partner=partner, case=pseudonym, state=AskedState.ANSWERED)
    return list(rows.only("rid", "outcome").order_by("-id"))


def outcomes(alias: str, regime: str, first: Instant, before: Instant) -> Iterable[ProbeAsked]:
    """Yield the searches of a period that were answered, with their outcomes."""
    rows = ProbeAsked.objects.using(alias).filter(regime=regime, state=AskedState.ANSWERED)
    rows = rows.filter(asked_at__gte=first, asked_at__lt=before)
    return rows.only("rid", "partner", "outcome").order_by("id").iterator(500)


def answered(alias: str, regime: str, first: Instant, before: Instant) -> dict[str, int]:
    """Return how many searches of each partner were answered in a period."""
    rows = ProbeAnswered.objects.using(alias).filter(regime=regime, at__gte=first, at__lt=before)
    counted = rows.values("partner").annotate(count=Count("pk")).order_by("partner")
    return {str(row["partner"]): int(row["count"]) for row in counted}
