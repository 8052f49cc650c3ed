"""Queries on cases and decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import Q

from comity.core.instant import Instant
from comity.storage.models.cases import Case, CaseDecision, CaseNote
from comity.storage.models.exchange import Direction, ExchangedMessage

ASKED = "asked"
RECEIVED = "received"
GAVE = "gave"
TOLD = "told"
"""Sides of a thread: we asked, they asked; we informed them, they informed us."""
RECALLED = "case.recalled"
"""In `Case.rejected`: no node refused it, whoever asked took it back."""

UNANSWERED = "case.erased-unanswered"
"""In `Case.rejected`: nobody answered until its words had to go."""


def add_case(alias: str, row: Case) -> None:
    """Insert a case."""
    row.save(using=alias, force_insert=True)


def find_case(alias: str, thread: str, partner: str | None = None) -> Case | None:
    """Return the case of a thread."""
    rows = Case.objects.using(alias).filter(thread=thread)
    if partner is not None:
        rows = rows.filter(partner=partner)
    return rows.first()


def locked_case(alias: str, thread: str, partner: str) -> Case | None:
    """Return the case of a thread as it is now; nobody else changes it until the running transaction ends."""
    return Case.objects.using(alias).select_for_update().filter(thread=thread, partner=partner).first()


def case_within(alias: str, thread: str, regimes: Collection[str]) -> Case | None:
    """Return the case of a thread if it is of one of the regimes; another is neither read nor opened."""
    return Case.objects.using(alias).filter(thread=thread, regime__in=sorted(regimes)).first()


def threads_named(alias: str, digits: str, regimes: Collection[str] | None = None) -> list[str]:
    """Return the threads whose identifier begins or ends so, at most three; one that is exactly so comes first.

    Args:
        regimes: of which they are; None for all.
    """
    rows = Case.objects.using(alias).values_list("thread", flat=True)
    if regimes is not None:
        rows = rows.filter(regime__in=sorted(regimes))
    exact = list(rows.filter(thread=digits)[:1])
    named = rows.filter(Q(thread__startswith=digits) | Q(thread__endswith=digits))
    return exact or list(named.order_by("thread")[:3])


def cases(
    alias: str,
    regimes: Collection[str],
    *,
    side: str | None = None,
    limit: int = 200,
) -> list[Case]:
    """Return cases of these regimes without opening what is sealed, the newest first."""
    rows = Case.objects.using(alias).defer("request", "reply").filter(regime__in=list(regimes))
    if side is not None:
        rows = rows.filter(side=side)
    return list(rows.order_by("-opened_at", "-id")[:limit])


def update_case(alias: str, row: Case, at: Instant, **values: Any) -> None:
    """Change columns of a case."""
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = at
    row.save(using=alias, update_fields=[*values, "changed_at"])


def close_case(alias: str, row: Case, at: Instant, values: Mapping[str, Any]) -> bool:
    """Close a case that nobody has closed yet; False when somebody was quicker."""
    rows = Case.objects.using(alias).filter(pk=row.pk, closing=None)
    if not rows.update(closing=values["closing"], changed_at=at):
        return False
    update_case(alias, row, at, **values)
    return True


def closed_by(alias: str, message: str) -> Case | None:
    """Return the case that one of our messages closed."""
    return Case.objects.using(alias).filter(closing=message).first()


def case_of_message(alias: str, message: str) -> Case | None:
    """Return the case in whose thread this service sent a message."""
    sent = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, message=message).first()
    return None if sent is None else find_case(alias, str(sent.thread), sent.partner)


def with_request(alias: str, regimes: Collection[str], side: str) -> Iterator[Case]:
    """Yield the cases of regimes and a side whose request is still held, oldest first, with their words."""
    after = 0
    while True:
        rows = Case.objects.using(alias).filter(regime__in=list(regimes), side=side, pk__gt=after)
        page = list(rows.filter(request__isnull=False).order_by("pk")[:500])
        if not page:
            return
        yield from page
        after = page[-1].pk


def citing(alias: str, partner: str, thread: str) -> list[Case]:
    """Return the cases with a partner that follow from a thread, oldest first; what is sealed is not opened."""
    rows = Case.objects.using(alias).defer("request", "reply").filter(partner=partner, cites=thread)
    return list(rows.order_by("opened_at", "id"))


def add_decision(alias: str, row: CaseDecision) -> None:
    """Insert a decision."""
    row.save(using=alias, force_insert=True)


def decisions(alias: str, thread: str) -> list[CaseDecision]:
    """Return the decisions on a thread, oldest first."""
    return list(CaseDecision.objects.using(alias).filter(thread=thread).order_by("id"))


def with_true_ground(alias: str) -> Iterator[CaseDecision]:
    """Yield the decisions that have a true ground, the latest first; in portions, without a limit."""
    rows = CaseDecision.objects.using(alias).filter(true_ground__isnull=False)
    yield from rows.order_by("-id").iterator(chunk_size=200)


def due_for_erasure(alias: str, now: Instant, limit: int) -> list[tuple[str, str]]:
    """Return partner and thread of cases whose retention has passed."""
    rows = Case.objects.using(alias).filter(erase_at__lte=now).order_by("erase_at", "id")
    return list(rows.values_list("partner", "thread")[:limit])


def erase_words(alias: str, partner: str, thread: str, at: Instant) -> bool:
    """Empty what a case says; False when it is not there or already empty."""
    words = Q(request__isnull=False) | Q(reply__isnull=False) | Q(erase_at__isnull=False)
    rows = Case.objects.using(alias).filter(words, partner=partner, thread=thread)
    rows.filter(side__in=(ASKED, RECEIVED), closing=None, rejected=None).update(rejected=UNANSWERED)
    return bool(rows.update(request=None, reply=None, erase_at=None, changed_at=at))


def erase_decisions(alias: str, before: Instant) -> int:
    """Empty decisions made before an instant; their digests stay. Return how many."""
    rows = CaseDecision.objects.using(alias).filter(decided_at__lt=before, content__isnull=False)
    return int(rows.update(content=None, true_ground=None))


def add_note(alias: str, row: CaseNote) -> None:
    """Insert a note."""
    row.save(using=alias, force_insert=True)


def notes(alias: str, partner: str, thread: str) -> list[CaseNote]:
    """Return the notes on a case, oldest first."""
    return list(CaseNote.objects.using(alias).filter(partner=partner, thread=thread).order_by("id"))


def noted(alias: str, kind: str) -> list[tuple[str, str]]:
    """Return partner and thread of the cases that have a note of a kind."""
    found = CaseNote.objects.using(alias).filter(kind=kind, content__isnull=False)
    return list(found.values_list("partner", "thread").distinct())


def forget_note(alias: str, row: CaseNote) -> None:
    """Empty one note."""
    CaseNote.objects.using(alias).filter(pk=row.pk).update(content=None, inheritance=None)


def forget_notes(alias: str, partner: str, thread: str) -> int:
    """Empty the notes on a case; return how many."""
    return (
        CaseNote.objects.using(alias)
        .filter(partner=partner, thread=thread)
        .update(content=None, inheritance=None)
    )


def cases_since(alias: str, regime: str, side: str, since: Instant, limit: int) -> list[Case]:
    """Return cases of a regime and side opened since an instant, oldest first, with their words."""
    rows = Case.objects.using(alias).defer("reply").filter(regime=regime, side=side, opened_at__gte=since)
    return list(rows.order_by("-opened_at", "-id")[:limit])[::-1]
