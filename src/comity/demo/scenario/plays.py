"""The scenarios that can be played, in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comity.demo.scenario import (
    s01_urgent,
    s05_return_suspended,
    s06_pasted,
    s09_conditions,
    s10_expiry,
)
from comity.demo.scenario.scene import Scene


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario.

    Args:
        number: as in the issue, for example ``S5``. title: in a few words. play: plays it on fresh nodes.
        third: whether a third service takes part.
    """

    number: str
    title: str
    play: Callable[[Scene], None]
    third: bool = False


SCENARIOS = (
    Scenario("S1", "an urgent request is answered at 7 h 59 and at 8 h 01", s01_urgent.play),
    Scenario(
        "S5", "return is suspended for non-refoulement after something was sent", s05_return_suspended.play
    ),
    Scenario("S6", "a date of Eurodac origin is pasted into a free text", s06_pasted.play),
    Scenario(
        "S9", "a court, a third country, and an imminent threat to life", s09_conditions.play, third=True
    ),
    Scenario("S10", "the action plan ends at midnight", s10_expiry.play),
)
"""Not played: S2 (tests/processes/test_miss_residue.py), S3 (tests/services/probe), S4 (tests/identification), S11
(tests/oversight) and S12 (tests/policy/test_l11_persons.py)."""
