"""Queries on the mirrors from which partners' indexes are read."""

from __future__ import annotations

from comity.storage.backends.statements import fetch
from comity.storage.models.probe import ProbeMirror
from comity.storage.probe import Scope

_IS_THERE = """SELECT 1 FROM storage_probemirror WHERE partner = %s AND regime = %s AND "group" = %s"""
"""Few indexes have a mirror, and every search asks."""


def mirror(alias: str, scope: Scope) -> ProbeMirror | None:
    """Return the mirror of a scope."""
    partner, regime, group = scope
    if not fetch(alias, _IS_THERE, scope):
        return None
    return ProbeMirror.objects.using(alias).filter(partner=partner, regime=regime, group=group).first()


def put(alias: str, row: ProbeMirror) -> None:
    """Store a mirror in the place of the one before."""
    drop(alias, (row.partner, row.regime, row.group))
    row.save(using=alias, force_insert=True)


def drop(alias: str, scope: Scope) -> bool:
    """Forget a mirror; False when there is none."""
    partner, regime, group = scope
    rows = ProbeMirror.objects.using(alias).filter(partner=partner, regime=regime, group=group)
    return bool(rows.delete()[0])


def all_mirrors(alias: str) -> list[ProbeMirror]:
    """Return every mirror."""
    return list(ProbeMirror.objects.using(alias).order_by("partner", "regime", "group"))
