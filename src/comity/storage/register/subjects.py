"""Queries on the register's subjects and on what persons did with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connections
from django.db.models import Count, Max, Subquery
from django.db.models.functions import Coalesce

from comity.core.instant import Instant
from comity.storage.models.register import RegisterAct, RegisterSubject, RegisterToken
from comity.storage.transaction import alone, among_others, atomic

BATCH = 200
_CHANGING = "register.change"
"""Lock that whoever changes the register shares, and whoever asks for the last change has alone."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an import must know of a subject that is already there; its content is not read."""

    pk: int
    uid: str
    version: int
    digest: str
    state: str
    seen_in: str
    erase_at: date | None


def known_by_source_key(alias: str, keys: Sequence[str]) -> dict[str, Known]:
    """Return what is known of the subjects with these source keys."""
    found: dict[str, Known] = {}
    fields = ("source_key", "pk", "uid", "version", "digest", "state", "seen_in", "erase_at")
    for start in range(0, len(keys), BATCH):
        rows = RegisterSubject.objects.using(alias).filter(source_key__in=keys[start : start + BATCH])
        for key, *rest in rows.values_list(*fields):
            found[key] = Known(*rest)
    return found


def add_subjects(alias: str, rows: Sequence[RegisterSubject]) -> None:
    """Insert new subjects, in the running transaction; their primary keys are set."""
    if not rows:
        return
    among_others(alias, _CHANGING)
    number = _last_change(alias) + 1
    for row in rows:
        row.change = number
    RegisterSubject.objects.using(alias).bulk_create(rows)


def change_subject(alias: str, pk: int, values: Mapping[str, Any]) -> None:
    """Write columns of one subject, in the running transaction."""
    among_others(alias, _CHANGING)
    numbered = RegisterSubject.objects.using(alias).filter(change__isnull=False).order_by("-change")
    number = Coalesce(Subquery(numbered.values("change")[:1]), 0) + 1
    RegisterSubject.objects.using(alias).filter(pk=pk).update(**values, change=number)


def last_change(alias: str) -> int:
    """Return a number that every change committed later exceeds; waits for the changes that are under way.

    Must not be called inside a transaction that changes the register.
    """
    # SQLite has one writer: what is under way got its number from what was committed before.
    if connections[alias].vendor != "postgresql":
        return _last_change(alias)
    with atomic(alias):
        alone(alias, _CHANGING)
        return _last_change(alias)


def changed_after(alias: str, number: int) -> list[int]:
    """Return the primary keys of the subjects with a change beyond a number, in ascending order."""
    rows = RegisterSubject.objects.using(alias).filter(change__gt=number)
    return sorted(rows.values_list("pk", flat=True))


def past_retention(alias: str, regime: str, today: date) -> list[int]:
    """Return the primary keys of the active subjects of a regime whose retention has passed and that are not erased."""
    rows = RegisterSubject.objects.using(alias).filter(erase_at__lte=today, regime=regime, state="active")
    return list(rows.values_list("pk", flat=True))


def keys_of(alias: str, uids: Sequence[str]) -> list[int]:
    """Return the primary keys of subjects."""
    found: list[int] = []
    for start in range(0, len(uids), BATCH):
        rows = RegisterSubject.objects.using(alias).filter(uid__in=uids[start : start + BATCH])
        found += rows.values_list("pk", flat=True)
    return found


def subjects_of(alias: str, pks: Sequence[int]) -> list[RegisterSubject]:
    """Return the subjects of some primary keys, in their order."""
    return list(RegisterSubject.objects.using(alias).filter(pk__in=pks).order_by("pk"))


def mark_seen(alias: str, pks: Sequence[int], import_uid: str) -> None:
    """Note that an import has met these subjects unchanged."""
    for start in range(0, len(pks), BATCH):
        part = RegisterSubject.objects.using(alias).filter(pk__in=pks[start : start + BATCH])
        part.update(seen_in=import_uid)


def subject_row(alias: str, uid: str) -> RegisterSubject | None:
    """Return the subject of an identifier."""
    return RegisterSubject.objects.using(alias).filter(uid=uid).first()


def locked_subject_row(alias: str, uid: str) -> RegisterSubject | None:
    """Return the subject of an identifier, locked until the transaction ends."""
    return RegisterSubject.objects.using(alias).select_for_update().filter(uid=uid).first()


def locked_by_source_key(alias: str, source_key: str) -> RegisterSubject | None:
    """Return the subject of a keyed source key, locked until the transaction ends."""
    return RegisterSubject.objects.using(alias).select_for_update().filter(source_key=source_key).first()


def add_tombstone(alias: str, uid: str, source_key: str, *, regime: str, kind: str, now: Instant) -> None:
    """Insert an erased subject of which nothing but identifier and keyed source key is known."""
    row = RegisterSubject(uid=uid, source_key=source_key, regime=regime, kind=kind, state="erased")
    row.created_at = row.changed_at = now
    add_subjects(alias, [row])


def page_of_findable(
    alias: str, regime: str, group: str, after: int, limit: int, upto: int | None = None
) -> list[RegisterSubject]:
    """Return the next active subjects of a regime and purpose group, by primary key, none beyond `upto`."""
    rows = RegisterSubject.objects.using(alias).filter(regime=regime, state="active", pk__gt=after)
    rows = rows if upto is None else rows.filter(pk__lte=upto)
    return list(rows.filter(groups__contains=group).order_by("pk")[:limit])


def findable_of(alias: str, regime: str, group: str, uids: Collection[str]) -> list[RegisterSubject]:
    """Return those active subjects of a regime and purpose group that have one of some identifiers, by primary key."""
    rows = RegisterSubject.objects.using(alias).filter(regime=regime, state="active", uid__in=uids)
    return list(rows.filter(groups__contains=group).order_by("pk"))


def last_key(alias: str) -> int:
    """Return the greatest primary key of the register, 0 when it is empty."""
    return RegisterSubject.objects.using(alias).aggregate(last=Max("pk"))["last"] or 0


def page_of_register(alias: str, after: int, limit: int) -> list[RegisterSubject]:
    """Return the next subjects that are not erased, by primary key."""
    rows = RegisterSubject.objects.using(alias).exclude(state="erased").filter(pk__gt=after)
    return list(rows.order_by("pk")[:limit])


def with_every_token(alias: str, regime: str, tokens: Sequence[bytes], limit: int) -> list[RegisterSubject]:
    """Return subjects of a regime that carry all the tokens, by identifier, at most `limit`."""
    rows = RegisterSubject.objects.using(alias).filter(regime=regime).exclude(state="erased")
    for token in tokens:
        carriers = RegisterToken.objects.using(alias).filter(token=token).values("subject_id")
        rows = rows.filter(pk__in=carriers)
    return list(rows.order_by("uid")[:limit])


def due_for_erasure(alias: str, today: date, limit: int) -> list[str]:
    """Return identifiers of subjects whose retention has passed."""
    rows = RegisterSubject.objects.using(alias).exclude(state="erased").filter(erase_at__lte=today)
    return list(rows.order_by("erase_at", "pk").values_list("uid", flat=True)[:limit])


def ending(
    alias: str, regimes: Sequence[str], after: date, until: date, limit: int
) -> list[tuple[str, str, str, date]]:
    """Return identifier, regime, source and end of subjects that end after one day and not after another, by end."""
    rows = RegisterSubject.objects.using(alias).exclude(state="erased").filter(regime__in=regimes)
    rows = rows.filter(erase_at__gt=after, erase_at__lte=until).order_by("erase_at", "pk")[:limit]
    found = rows.values_list("uid", "regime", "source", "erase_at")
    return [(uid, regime, source, ends) for uid, regime, source, ends in found if ends is not None]


def absent_since(alias: str, source: str, import_uid: str) -> int:
    """Return how many subjects of a source an import did not meet."""
    rows = RegisterSubject.objects.using(alias).filter(source=source).exclude(state="erased")
    return rows.exclude(seen_in=import_uid).count()


def counted(alias: str) -> Iterator[tuple[str, str, str, int]]:
    """Yield regime, kind, state and number of subjects."""
    rows = RegisterSubject.objects.using(alias).values_list("regime", "kind", "state")
    yield from rows.annotate(number=Count("pk")).order_by("regime", "kind", "state")


def add_act(alias: str, kind: str, at: Instant, subject_uid: str, statement: Mapping[str, Any]) -> None:
    """Keep the statement of an act."""
    RegisterAct(kind=kind, at=at, subject_uid=subject_uid, statement=dict(statement)).save(using=alias)


def acts_on(alias: str, subject_uid: str) -> list[RegisterAct]:
    """Return the acts on a subject, oldest first."""
    return list(RegisterAct.objects.using(alias).filter(subject_uid=subject_uid).order_by("pk"))


def searches_before(alias: str, before: Instant, limit: int) -> list[tuple[int, str]]:
    """Return primary key and identifier of the statements of searches made before an instant, oldest first."""
    rows = RegisterAct.objects.using(alias).filter(kind="searched", at__lt=before).order_by("pk")[:limit]
    return [(row.pk, str(row.statement.get("act", ""))) for row in rows]


def drop_act(alias: str, pk: int) -> bool:
    """Delete the statement of an act; False when it is not there."""
    return bool(RegisterAct.objects.using(alias).filter(pk=pk).delete()[0])


def searches_named(alias: str, acts: Collection[str]) -> list[tuple[int, str]]:
    """Return primary key and identifier of the statements of searches with these identifiers."""
    rows = RegisterAct.objects.using(alias).filter(kind="searched").order_by("pk").iterator(500)
    return [(row.pk, row.statement["act"]) for row in rows if row.statement.get("act") in acts]


def _last_change(alias: str) -> int:
    return RegisterSubject.objects.using(alias).aggregate(last=Max("change"))["last"] or 0
