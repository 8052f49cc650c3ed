"""Queries on quotes: which entries of our register the words of our messages mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import F, OuterRef, Subquery

from comity.core.egress.finding import Quoted
from comity.storage.models.protection import Passage, Quote
from comity.storage.models.register import RegisterSubject


def keep(alias: str, partner: str, message: str, quoted: Sequence[Quoted]) -> None:
    """Note whom a message means, if its words are kept as a passage: of others nothing could be taken back by itself."""
    if not quoted or not Passage.objects.using(alias).filter(partner=partner, message=message).exists():
        return
    Quote.objects.using(alias).bulk_create(
        [
            Quote(
                partner=partner,
                message=message,
                subject=one.uid,
                touched=one.touched,
                version=one.version,
            )
            for one in quoted
        ]
    )


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
