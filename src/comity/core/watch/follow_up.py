"""Who may let the first request that follows a hit leave: another person than who searched and who asks.

Implements docs/protocol/probe.md §9.4. Source: Directive (EU) 2016/680 Art. 4(2), 25; Regulation (EU) 2024/982 Art. 47
(a human decision between match and follow-up). Rules:
- the first request of a case that cites a reference needs a second person, an approver; so does a later one whose
  reference no search of the case has found: one approval opens one case, and not what was found for others;
- an approver who asks about what somebody else has found is that second person, where that somebody searched in the own
  account: who stands behind the search of a case system is known by the words of that system only;
- for whom a case system searched, as far as it says so, has searched: that person is nobody's second;
- an approver alone may let it leave in an emergency, with a ground and an objective reason, having just given the second
  factor; that is told to the data-protection officer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from comity.core.codes.transfer import OverrideGround
from comity.core.instant import Instant

MIN_REASON = 20
"""Fewest letters of an objective reason."""

CONFIRMED_WITHIN = timedelta(minutes=5)
"""How long ago the person may have given the second factor."""


NEEDS_SECOND = "follow-up.second"
"""Code of a follow-up that waits for a second person."""


class Clearance(StrEnum):
    """By what a follow-up may leave."""

    LATER = "later"
    SECOND = "second"
    EMERGENCY = "emergency"


def searchers(searched: str) -> frozenset[str]:
    """Return the names, in small letters, of whoever took part in a search: the account, and for whom a case system asked.

    Args:
        searched: who made the search, as it is remembered: ``lotte``, or ``account:cms/els``.
    """
    return frozenset(each.strip().casefold() for each in searched.split("/", 1)) - {""}


def _is_known_person(searched: str) -> bool:
    """Whether an officer searched in its own account: names of case systems and of the console bear a colon."""
    return bool(searched) and "/" not in searched and ":" not in searched


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part: user name, and whether it is a named approver of the regime."""

    name: str
    approver: bool = False


@dataclass(frozen=True, slots=True)
class Emergency:
    """Why a follow-up cannot wait for a second person.

    Args:
        reason: objective, at least `MIN_REASON` letters.
        confirmed_at: when the person gave the second factor for this.
    """

    ground: OverrideGround
    reason: str
    confirmed_at: Instant


@dataclass(frozen=True, slots=True)
class Held:
    """A follow-up may not leave; a stable code says why."""

    code: str


def clearance(
    *,
    first: bool,
    asks: Person,
    searched: str,
    second: Person | None,
    emergency: Emergency | None,
    now: Instant,
) -> Clearance | Held:
    """Decide whether a request that cites a reference may leave.

    Args:
        first: nothing in the case was followed up at this partner before, or no search of the case found the reference.
        asks: who makes the request. searched: who found the reference (`searchers`), empty when that is not known.
        second: who approves it.
    """
    if second is not None:
        # Whoever is named must be fit for it, needed or not: an approval that is none is not kept as one.
        if not second.approver:
            return Held("case.approver")
        took_part = searchers(searched) | {asks.name.casefold()}
        return Held("follow-up.same") if second.name.casefold() in took_part else Clearance.SECOND
    if not first:
        return Clearance.LATER
    if asks.approver and _is_known_person(searched) and asks.name.casefold() not in searchers(searched):
        return Clearance.SECOND
    if emergency is None:
        return Held(NEEDS_SECOND)
    if not asks.approver:
        return Held("case.approver")
    if not now - CONFIRMED_WITHIN <= emergency.confirmed_at <= now:
        return Held("override.unconfirmed")
    return Clearance.EMERGENCY
