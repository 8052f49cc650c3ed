"""Queries on quotes: which entries of our register the words of our messages mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import F, OuterRef, Subquery

from comity.core.cases.consent import CONSENT_REQUEST
from comity.core.cases.delay import EXTENSION, LATENESS
from comity.core.cases.protection import RECTIFICATION
from comity.core.egress.finding import Quoted
from comity.storage.models.exchange import Direction, ExchangedMessage
from comity.storage.models.protection import Passage, Quote, Unquoted
from comity.storage.models.register import RegisterSubject

WORDED = frozenset({EXTENSION, LATENESS, CONSENT_REQUEST, RECTIFICATION})
"""Kinds whose words stand in the message alone; a recall of their thread takes them along."""


def keep(alias: str, partner: str, message: str, quoted: Sequence[Quoted]) -> None:
    """Note whom a message means, if its words can be taken back: they are a passage, or of a kind that stands in a thread."""
    if not quoted or not _can_be_taken_back(alias, partner, message):
        return
    made = [
        Quote(partner=partner, message=message, subject=one.uid, touched=one.touched, version=one.version)
        for one in quoted
    ]
    Quote.objects.using(alias).bulk_create(made)


def keep_earlier(alias: str, partner: str, message: str, quoted: Sequence[Quoted]) -> None:
    """Note whom a message of before means that nobody has looked at since; whoever is noted already stays."""
    made = [Quote(partner=partner, message=message, subject=one.uid, touched=one.touched) for one in quoted]
    Quote.objects.using(alias).bulk_create(made, ignore_conflicts=True)
    Unquoted.objects.using(alias).filter(partner=partner, message=message).delete()


def unquoted(alias: str, limit: int) -> list[Unquoted]:
    """Return messages of ours of which nobody knows yet whom they mean, oldest first."""
    return list(Unquoted.objects.using(alias).order_by("id")[:limit])


def sent(alias: str, partner: str, message: str) -> ExchangedMessage | None:
    """Return a message of ours."""
    rows = ExchangedMessage.objects.using(alias).filter(direction=Direction.OUT, partner=partner)
    return rows.filter(message=message).first()


def _can_be_taken_back(alias: str, partner: str, message: str) -> bool:
    if Passage.objects.using(alias).filter(partner=partner, message=message).exists():
        return True
    found = sent(alias, partner, message)
    return found is not None and found.thread is not None and found.kind in WORDED


def behind_register(alias: str, limit: int) -> list[tuple[Quote, int]]:
    """Return quotes of entries that have a newer version, which nobody has looked at, with that version."""
    newest = RegisterSubject.objects.using(alias).filter(uid=OuterRef("subject")).values("version")[:1]
    rows = Quote.objects.using(alias).annotate(newest=Subquery(newest))
    found = rows.filter(newest__gt=F("version")).filter(newest__gt=F("seen_version")).order_by("id")
    return [(row, row.newest) for row in found[:limit]]


def of_message(alias: str, partner: str, message: str) -> list[Quote]:
    """Return all whom a message means."""
    return list(Quote.objects.using(alias).filter(partner=partner, message=message).order_by("subject"))


def seen(alias: str, row: Quote, version: int) -> None:
    """Note up to which version of the entry the words were compared."""
    Quote.objects.using(alias).filter(pk=row.pk).update(seen_version=version)


def forget(alias: str, partners: Collection[str], messages: Collection[str]) -> None:
    """Delete the quotes of messages whose words are gone."""
    Quote.objects.using(alias).filter(partner__in=partners, message__in=messages).delete()
