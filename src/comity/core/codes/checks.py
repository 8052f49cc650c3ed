"""Checks that the owner of an entry asks of whoever finds the person: discreet, inquiry, specific.

Source: Regulation (EU) 2018/1862 Art. 36 (what is asked), 37(3)-(5) (what each is), 37(6) (a check that the law of the place
does not know is replaced by the next lower one). Rules:
    - what a place allows stands in the agreement that both signed, so that both nodes lower alike;
    - a discreet check is what remains: who signed nothing may only note what is seen.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

CHECK = "check"
"""Member of a released subject that says which check its owner asks for; absent where it asks for none."""


class Check(StrEnum):
    """What is asked of who finds the person, from the least to the most."""

    DISCREET = "discreet"
    INQUIRY = "inquiry"
    SPECIFIC = "specific"


_RANK = {check: rank for rank, check in enumerate(Check)}


def rank(check: Check) -> int:
    """Return how far a check goes: 0 for the discreet one, 2 for the specific one."""
    return _RANK[check]


def lowered(asked: Check, allowed: Collection[Check]) -> Check:
    """Return the check that is to be made: the one asked for, or the next lower one that the place allows.

    Args:
        allowed: checks that the law of the place knows, as the agreement says.
    """
    return max((each for each in allowed if rank(each) <= rank(asked)), key=rank, default=Check.DISCREET)


def read_check(value: object) -> Check | None:
    """Return the check that hostile content names, if it names one."""
    return Check(value) if isinstance(value, str) and value in list(Check) else None
