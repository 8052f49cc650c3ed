"""Queries on the links between subjects of the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from comity.core.instant import Instant
from comity.storage.models.register import RegisterAct, RegisterLink, RegisterSubject


def add_link(
    alias: str,
    uid: str,
    ends: tuple[RegisterSubject, RegisterSubject],
    regime: str,
    content: Mapping[str, Any],
    now: Instant,
) -> None:
    """Insert a link between two subjects."""
    one, other = ends
    row = RegisterLink(uid=uid, one_id=one.pk, other_id=other.pk, regime=regime, content=dict(content))
    row.created_at = now
    row.save(using=alias, force_insert=True)


def find_link(alias: str, uid: str) -> RegisterLink | None:
    """Return a link with its ends."""
    return RegisterLink.objects.using(alias).select_related("one", "other").filter(uid=uid).first()


def links_at(alias: str, subject_uid: str) -> list[RegisterLink]:
    """Return the links of a subject with their ends, oldest first."""
    rows = RegisterLink.objects.using(alias).select_related("one", "other")
    return list(rows.filter(Q(one__uid=subject_uid) | Q(other__uid=subject_uid)).order_by("pk"))


def change_link(alias: str, pk: int, content: Mapping[str, Any]) -> None:
    """Write what is kept of a link."""
    RegisterLink.objects.using(alias).filter(pk=pk).update(content=dict(content))


def drop_link(alias: str, pk: int) -> None:
    """Delete a link."""
    RegisterLink.objects.using(alias).filter(pk=pk).delete()


def drop_statements(alias: str, uid: str) -> None:
    """Delete the statements of who entered a link: they name its ends."""
    RegisterAct.objects.using(alias).filter(kind="linked", subject_uid=uid).delete()
