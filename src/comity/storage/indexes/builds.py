"""Queries on builds of indexes that are under way."""

from __future__ import annotations

from comity.storage.models.probe import ProbeBuild
from comity.storage.probe import Scope


def under_way(alias: str, scope: Scope) -> ProbeBuild | None:
    """Return the build of a scope."""
    partner, regime, group = scope
    return ProbeBuild.objects.using(alias).filter(partner=partner, regime=regime, group=group).first()


def add(alias: str, row: ProbeBuild) -> None:
    """Store a new build."""
    row.save(using=alias, force_insert=True)


def drop(alias: str, scope: Scope) -> None:
    """Delete the build of a scope, with the secret of its files."""
    partner, regime, group = scope
    ProbeBuild.objects.using(alias).filter(partner=partner, regime=regime, group=group).delete()


def names(alias: str) -> frozenset[str]:
    """Return the names of the folders of all builds."""
    return frozenset(ProbeBuild.objects.using(alias).values_list("name", flat=True))
