"""Everything that a node holds in words, place by place, for the search on behalf of the person concerned."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import Exists, OuterRef

from comity.storage.models.cases import Case, CaseDecision, CaseNote
from comity.storage.models.egress import BlockedDraft
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.overlaps import RegisterEdge
from comity.storage.models.probe import ProbeAsked, ProbeReference, ProbeStanding
from comity.storage.models.protection import Consent, Notice, Passage
from comity.storage.models.register import RegisterAct, RegisterLink, RegisterSubject

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


def notes(alias: str, regime: str) -> Iterator[CaseNote]:
    """Yield the notes on cases of a regime, oldest first."""
    rows = CaseNote.objects.using(alias).filter(_of_case(alias, regime), content__isnull=False)
    yield from rows.order_by("id").iterator(CHUNK)


def links(alias: str, regime: str) -> Iterator[RegisterLink]:
    """Yield the links between entries of a regime with their ends, oldest first."""
    found = RegisterLink.objects.using(alias).select_related("one", "other").filter(regime=regime)
    yield from found.order_by("id").iterator(CHUNK)


def edges(alias: str, regime: str) -> Iterator[RegisterEdge]:
    """Yield the edges from entries of a regime to partners' persons, oldest first."""
    found = RegisterEdge.objects.using(alias).select_related("one").filter(regime=regime)
    yield from found.order_by("id").iterator(CHUNK)


def decisions(alias: str, regime: str) -> Iterator[CaseDecision]:
    """Yield the decisions on cases of a regime, oldest first; one that never became a case says its regime itself."""
    rows = CaseDecision.objects.using(alias).filter(content__isnull=False)
    rows = rows.annotate(here=_of_case(alias, regime), anywhere=_of_case(alias))
    for row in rows.order_by("id").iterator(CHUNK):
        if row.here or (not row.anywhere and (row.content or {}).get("regime") == regime):
            yield row


def statements(alias: str, regime: str) -> Iterator[RegisterAct]:
    """Yield who searched and consulted the register of a regime, for what and why, oldest first."""
    here = RegisterSubject.objects.using(alias).filter(uid=OuterRef("subject_uid"), regime=regime)
    rows = RegisterAct.objects.using(alias).annotate(here=Exists(here))
    for row in rows.order_by("id").iterator(CHUNK):
        if row.here or (not row.subject_uid and row.statement.get("regime") in (None, regime)):
            yield row


def blocked(alias: str, regime: str) -> Iterator[BlockedDraft]:
    """Yield the texts under a regime that the law did not let leave, oldest first."""
    yield from BlockedDraft.objects.using(alias).filter(regime=regime).order_by("id").iterator(CHUNK)


def consents(alias: str, regime: str) -> Iterator[Consent]:
    """Yield why consent was asked for, under a regime, oldest first."""
    rows = Consent.objects.using(alias).filter(regime=regime, reasons__isnull=False)
    yield from rows.order_by("id").iterator(CHUNK)


def _of_case(alias: str, regime: str | None = None) -> Exists:
    """Whether a note or a decision belongs to a case, of a regime."""
    cases_ = Case.objects.using(alias).filter(thread=OuterRef("thread"), partner=OuterRef("partner"))
    return Exists(cases_ if regime is None else cases_.filter(regime=regime))


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
