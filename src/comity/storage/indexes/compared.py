"""Queries on how far the register was compared with each index."""

from __future__ import annotations

from comity.storage.models.probe import ProbeCompared
from comity.storage.probe import Scope


def compared(alias: str, scope: Scope) -> ProbeCompared | None:
    """Return how far the register was compared with the index of a scope."""
    partner, regime, group = scope
    return ProbeCompared.objects.using(alias).filter(partner=partner, regime=regime, group=group).first()


def keep(alias: str, row: ProbeCompared) -> None:
    """Store how far it was compared, in the place of what was there."""
    forget(alias, (row.partner, row.regime, row.group))
    row.save(using=alias, force_insert=True)


def forget(alias: str, scope: Scope) -> None:
    """Forget how far it was compared: all is looked at next time."""
    partner, regime, group = scope
    ProbeCompared.objects.using(alias).filter(partner=partner, regime=regime, group=group).delete()
