"""Queries on consents: asked by us, or of us."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from comity.storage.models.protection import Consent, Passage

ASKED_BY_US, ASKED_OF_US = "asked", "received"
OPEN, GIVEN, REFUSED, WITHDRAWN = "open", "given", "refused", "withdrawn"


def add_consent(alias: str, row: Consent) -> None:
    """Insert a question."""
    row.save(using=alias, force_insert=True)


def change_consent(alias: str, row: Consent, **values: Any) -> None:
    """Change columns of a consent."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(using=alias, update_fields=list(values))


def consent(alias: str, partner: str, asked: str, side: str) -> Consent | None:
    """Return the consent that a message asked for."""
    return Consent.objects.using(alias).filter(partner=partner, asked=asked, side=side).first()


def of_thread(alias: str, partner: str, thread: str) -> list[Consent]:
    """Return the consents of a thread, oldest first."""
    return list(Consent.objects.using(alias).filter(partner=partner, thread=thread).order_by("id"))


def given_for(
    alias: str, partner: str, target: str, use: str, purpose: str, recipient: str | None
) -> Consent | None:
    """Return a consent to us that holds now for exactly this use, or None."""
    rows = Consent.objects.using(alias).filter(
        side=ASKED_BY_US, state=GIVEN, partner=partner, target=target, use=use, purpose=purpose
    )
    return rows.filter(recipient=recipient).order_by("id").last()


def given_on_anothers(alias: str, after: int, limit: int) -> list[Consent]:
    """Return the consents that we gave on what we passed on for another service, by identifier, after one of them."""
    passed_on = Passage.objects.using(alias).filter(
        partner=OuterRef("partner"), message=OuterRef("target"), origin__isnull=False
    )
    rows = Consent.objects.using(alias).filter(Exists(passed_on), side=ASKED_OF_US, state=GIVEN)
    return list(rows.filter(pk__gt=after).order_by("pk")[:limit])


def forget_reasons(alias: str, partner: str, thread: str, side: str | None = None) -> int:
    """Empty the reasons of a thread's consents, of both sides or one; what was decided stays. Return how many."""
    found = Consent.objects.using(alias).filter(partner=partner, thread=thread, reasons__isnull=False)
    return found.filter(**({} if side is None else {"side": side})).update(reasons=None)
