"""Queries on the statements of consultations and alterations, for the end of their retention."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from comity.core.instant import Instant
from comity.storage.models.register import RegisterAct, RegisterSubject
from comity.storage.register.subjects import drop_act

__all__ = ["acts_at", "acts_before", "acts_of", "drop_act"]

ERASABLE = (
    "consulted",
    "restricted",
    "quarantined",
    "active",
    "erased",
    "reviewed",
    "linked",
    "parted",
    "reference-resolved",
    "overseen",
    "ledger-read",
    "true-grounds-read",
)
"""Kinds of acts on one subject, and looks into an exchange, a ledger, the true grounds; the state that an alteration led to
is its kind."""


def acts_before(alias: str, before: Instant, limit: int) -> list[RegisterAct]:
    """Return the acts on subjects before an instant, oldest first, but those whose restriction or quarantine holds."""
    subjects = RegisterSubject.objects.using(alias).filter(
        uid=OuterRef("subject_uid"), state=OuterRef("kind")
    )
    holds = Q(kind__in=("restricted", "quarantined")) & Q(Exists(subjects))
    rows = RegisterAct.objects.using(alias).filter(kind__in=ERASABLE, at__lt=before).exclude(holds)
    return list(rows.order_by("pk")[:limit])


def acts_at(alias: str, kind: str, subject_uid: str, at: Instant) -> list[RegisterAct]:
    """Return the acts of a kind on a subject at an instant."""
    return list(RegisterAct.objects.using(alias).filter(kind=kind, subject_uid=subject_uid, at=at))


def acts_of(alias: str, kind: str, limit: int) -> list[RegisterAct]:
    """Return the acts of a kind, newest first."""
    return list(RegisterAct.objects.using(alias).filter(kind=kind).order_by("-pk")[:limit])
