"""Queries on who was told what: the ledger, and the message log that it must equal."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q

from comity.core.instant import Instant
from comity.storage.models.exchange import Direction, ExchangedMessage
from comity.storage.models.rights import Disclosure


def add_disclosures(alias: str, rows: Iterable[Disclosure]) -> None:
    """Insert disclosures."""
    Disclosure.objects.using(alias).bulk_create(list(rows))


def of_subjects(alias: str, subjects: Collection[str]) -> list[Disclosure]:
    """Return the disclosures of subjects, oldest first."""
    return list(Disclosure.objects.using(alias).filter(subject__in=list(subjects)).order_by("at", "id"))


def since(alias: str, at: Instant) -> list[Disclosure]:
    """Return all disclosures since an instant, oldest first."""
    return list(Disclosure.objects.using(alias).filter(at__gte=at).order_by("at", "id"))


def telling(alias: str, acts: Collection[str], kinds: Collection[str], at: Instant) -> list[ExchangedMessage]:
    """Return the messages of ours, of some acts or kinds, since an instant, oldest first; without content."""
    wanted = Q(act__in=list(acts)) | Q(kind__in=list(kinds))
    rows = ExchangedMessage.objects.using(alias).filter(wanted, direction=Direction.OUT)
    return list(rows.filter(stored_at__gte=at).defer("content").order_by("id"))


def messages(alias: str, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], ExchangedMessage]:
    """Return messages of ours by partner and identifier."""
    rows = ExchangedMessage.objects.using(alias).filter(
        direction=Direction.OUT, message__in=[message for _, message in pairs]
    )
    return {(row.partner, row.message): row for row in rows.defer("content")}


def erase_before(alias: str, before: Instant) -> int:
    """Delete disclosures made before an instant; return how many."""
    return int(Disclosure.objects.using(alias).filter(at__lt=before).delete()[0])
