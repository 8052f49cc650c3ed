"""Everything that a node holds in words, place by place, for the search on behalf of the person concerned."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from comity.storage.models.cases import Case, CaseDecision, CaseNote
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.probe import ProbeAsked, ProbeReference, ProbeStanding
from comity.storage.models.protection import Notice, Passage
from comity.storage.models.register import RegisterAct

CHUNK = 200


def cases(alias: str, regime: str) -> Iterator[Case]:
    """Yield the cases of a regime, oldest first."""
    yield from Case.objects.using(alias).filter(regime=regime).order_by("id").iterator(CHUNK)


def passages(alias: str, regime: str) -> Iterator[Passage]:
    """Yield the passages of a regime, oldest first."""
    yield from Passage.objects.using(alias).filter(regime=regime).order_by("id").iterator(CHUNK)


def contents(alias: str, regime: str, but: Collection[str]) -> Iterator[ExchangedMessage]:
    """Yield the messages of a regime whose content is kept, oldest first, but those of some acts."""
    rows = ExchangedMessage.objects.using(alias).filter(regime=regime, content__isnull=False)
    rows = rows.exclude(act__in=list(but))
    yield from rows.order_by("id").iterator(CHUNK)


def notices(alias: str, regime: str) -> Iterator[Notice]:
    """Yield the notices of a regime that say something, oldest first."""
    rows = Notice.objects.using(alias).filter(regime=regime, content__isnull=False)
    yield from rows.order_by("id").iterator(CHUNK)


def notes(alias: str) -> Iterator[CaseNote]:
    """Yield the notes on cases, oldest first."""
    yield from CaseNote.objects.using(alias).filter(content__isnull=False).order_by("id").iterator(CHUNK)


def decisions(alias: str) -> Iterator[CaseDecision]:
    """Yield the decisions on cases, oldest first."""
    yield from CaseDecision.objects.using(alias).filter(content__isnull=False).order_by("id").iterator(CHUNK)


def statements(alias: str) -> Iterator[RegisterAct]:
    """Yield who searched and consulted the register, for what and why, oldest first."""
    yield from RegisterAct.objects.using(alias).order_by("id").iterator(CHUNK)


def standing(alias: str, regime: str) -> Iterator[ProbeStanding]:
    """Yield the searches of a regime that are made again and again, oldest first."""
    rows = ProbeStanding.objects.using(alias).filter(regime=regime, content__isnull=False)
    yield from rows.order_by("id").iterator(CHUNK)


def asked(alias: str, regime: str) -> Iterator[ProbeAsked]:
    """Yield the searches of a regime at partners, oldest first."""
    yield from ProbeAsked.objects.using(alias).filter(regime=regime).order_by("id").iterator(CHUNK)


def references(alias: str, subject: str) -> list[ProbeReference]:
    """Return under which references partners may find a subject, oldest first."""
    return list(ProbeReference.objects.using(alias).filter(subject=subject).order_by("id"))
