"""Queries on passages: what was said in threads, message by message."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from comity.core.instant import Instant
from comity.storage.models.exchange import Direction, ExchangedMessage, MessageState
from comity.storage.models.protection import Passage, PassageState
from comity.storage.models.register import RegisterSubject
from comity.storage.protection.quotes import forget

_UNHEARD = (MessageState.REFUSED, MessageState.EXPIRED, MessageState.WITHDRAWN)
"""States of messages of which the partner holds nothing."""


def add_passage(alias: str, row: Passage) -> None:
    """Insert a passage."""
    row.save(using=alias, force_insert=True)


def change_passage(alias: str, row: Passage, **values: Any) -> None:
    """Change columns of a passage."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def passage(alias: str, partner: str, message: str) -> Passage | None:
    """Return the passage of a message exchanged with a partner."""
    return Passage.objects.using(alias).filter(partner=partner, message=message).first()


def in_thread(alias: str, partner: str, thread: str, direction: str | None = None) -> list[Passage]:
    """Return the passages of a thread, oldest first."""
    rows = Passage.objects.using(alias).filter(partner=partner, thread=thread)
    if direction is not None:
        rows = rows.filter(direction=direction)
    return list(rows.order_by("id"))


def _told(alias: str) -> QuerySet[Passage]:
    """Return what we said and is not gone; nothing that was given up or refused, which nobody holds."""
    unheard = ExchangedMessage.objects.using(alias).filter(
        direction=Direction.OUT, partner=OuterRef("partner"), message=OuterRef("message"), state__in=_UNHEARD
    )
    rows = Passage.objects.using(alias).filter(~Exists(unheard), direction=Direction.OUT)
    return rows.exclude(state=PassageState.GONE)


def standing(alias: str, partner: str, thread: str) -> list[str]:
    """Return the messages of what we said in a thread and somebody may hold, oldest first."""
    rows = _told(alias).filter(partner=partner, thread=thread)
    return list(rows.order_by("id").values_list("message", flat=True))


def told_of_kind(alias: str, regimes: Collection[str], kind: str) -> Iterator[Passage]:
    """Yield what we said of a kind under regimes and somebody may hold, oldest first; in portions, without a limit."""
    rows = _told(alias).filter(regime__in=list(regimes), kind=kind)
    yield from rows.order_by("id").iterator(chunk_size=200)


def of_subject(alias: str, uid: str) -> list[Passage]:
    """Return what was released of a subject of our register and is not gone, oldest first."""
    return list(_told(alias).filter(subject=uid).order_by("id"))


def behind_register(alias: str, limit: int) -> list[tuple[Passage, int]]:
    """Return what was released of subjects that have a newer version, which nobody has looked at, with that version."""
    newest = RegisterSubject.objects.using(alias).filter(uid=OuterRef("subject")).values("version")[:1]
    rows = _told(alias).exclude(subject="").annotate(newest=Subquery(newest))
    found = rows.filter(newest__gt=F("version")).filter(newest__gt=F("seen_version")).order_by("id")
    return [(row, row.newest) for row in found[:limit]]


def overtaken(alias: str, regimes: Collection[str]) -> Iterator[Passage]:
    """Yield what was released of subjects that have another version by now, oldest first; in portions, without a limit."""
    present = RegisterSubject.objects.using(alias).filter(uid=OuterRef("subject")).values("version")[:1]
    rows = Passage.objects.using(alias).filter(
        direction=Direction.OUT, regime__in=list(regimes), state=PassageState.HELD
    )
    rows = rows.exclude(subject="").annotate(present=Subquery(present)).exclude(version=F("present"))
    yield from rows.order_by("id").iterator(chunk_size=200)


def origin_of(alias: str, row: Passage) -> Passage | None:
    """Return the passage of another partner that a passage of ours passes on."""
    return None if row.origin_id is None else Passage.objects.using(alias).filter(pk=row.origin_id).first()


def passed_on(alias: str, origin: Passage) -> list[Passage]:
    """Return the passages to other partners that pass this one on and are not gone."""
    rows = Passage.objects.using(alias).filter(origin=origin).exclude(state=PassageState.GONE)
    return list(rows.order_by("id"))


def empty_passages(alias: str, rows: Collection[Passage], at: Instant, ground: str | None) -> None:
    """Leave tombstones: identifiers, times, ground; no words, no link to a subject."""
    forget(alias, {row.partner for row in rows}, {row.message for row in rows})
    found = Passage.objects.using(alias).filter(pk__in=[row.pk for row in rows])
    found.exclude(state=PassageState.GONE).update(
        state=PassageState.GONE,
        ground=ground,
        state_since=at,
        body=None,
        inheritance=None,
        subject="",
        version=0,
        categories=[],
        conditions_open=False,
    )


def count_correction(alias: str, row: Passage, at: Instant, **values: Any) -> None:
    """Count one more correction of a passage."""
    rows = Passage.objects.using(alias).filter(pk=row.pk)
    rows.update(corrections=F("corrections") + 1, corrected_at=at)
    row.refresh_from_db(using=alias)
    if values:
        change_passage(alias, row, **values)


def forget_content(alias: str, partner: str, messages: Collection[str]) -> None:
    """Empty the signed contents of messages that were corrected; `forget_kept_parts` empties what is kept of them."""
    rows = ExchangedMessage.objects.using(alias).filter(partner=partner, message__in=list(messages))
    rows.update(content=None)


def sent_kinds(alias: str, partner: str, thread: str, direction: str, kind: str) -> list[str]:
    """Return the messages of one kind in a thread, in the order in which they were stored."""
    rows = ExchangedMessage.objects.using(alias).filter(
        partner=partner, thread=thread, direction=direction, kind=kind
    )
    return list(rows.order_by("id").values_list("message", flat=True))
