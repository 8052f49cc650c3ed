"""How a plan stands at an instant. Implements docs/protocol/plan.md §2; pure, and the same on both nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comity.core.agreement.standing import State, Successor
from comity.core.cases.statistics import Period
from comity.core.instant import Instant
from comity.core.plan.model import ActionPlan


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """A plan with its verified signatures, and those that succeed it."""

    plan: ActionPlan
    hash: str
    signed_at: Mapping[str, Instant]
    intact: bool = True
    successors: tuple[Successor, ...] = ()

    def in_force_from(self) -> Instant | None:
        """Return the first instant at which both signatures and the validity hold; None if never yet."""
        if not self.intact or not all(party in self.signed_at for party in self.plan.parties):
            return None
        return max(*self.signed_at.values(), self.plan.valid_from)

    def state(self, at: Instant) -> State:
        """Return the state at an instant: one of those of an agreement."""
        if not self.intact:
            return State.ALTERED
        signed = [party for party, moment in self.signed_at.items() if moment <= at]
        if len(signed) < len(self.plan.parties):
            return State.HALF_SIGNED if signed else State.DRAFT
        if any(successor.in_force_from <= at for successor in self.successors):
            return State.SUPERSEDED
        if at < self.plan.valid_from:
            return State.NOT_YET_VALID
        return State.IN_FORCE if at < self.plan.valid_before else State.EXPIRED

    def counted(self, at: Instant) -> Period:
        """Return the period that is counted, seen from an instant: to the plan's end or its successor's beginning.

        Signing late does not shorten it: the exchanges of the plan's first days count.
        """
        ends = [self.plan.valid_before, at, *(each.in_force_from for each in self.successors)]
        first = self.plan.valid_from
        return Period(first=first, before=max(first, min(ends)))
