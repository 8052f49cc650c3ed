"""The scenarios that can be played, in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from comity.demo.command import BrokenPromise
from comity.demo.scenario.played import (
    s01_urgent,
    s02_miss,
    s03_namesake,
    s04_identified,
    s05_return_suspended,
    s06_pasted,
    s07_check,
    s08_numbers,
    s09_conditions,
    s10_expiry,
    s11_rewritten,
    s12_held,
)
from comity.demo.scenario.scene import Scene
from comity.errors import ComityError


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario.

    Args:
        number: as in the issue, for example ``S5``. title: in a few words. acts: plays it on fresh nodes.
        third: whether a third service takes part.
    """

    number: str
    title: str
    acts: Callable[[Scene], None]
    third: bool = False

    def play(self, scene: Scene) -> None:
        """Play it to its end.

        Raises:
            BrokenPromise: something is not as it says, or an act that is part of it was refused.
        """
        try:
            self.acts(scene)
        except ComityError as error:
            raise BrokenPromise(f"{self.number} goes on after {scene.shown} facts", str(error)) from error


SCENARIOS = (
    Scenario("S1", "an urgent request is answered at 7 h 59 and at 8 h 01", s01_urgent.play),
    Scenario("S2", "a question that finds nothing leaves nothing with the partner", s02_miss.play),
    Scenario("S3", "a namesake of whom only the year of birth agrees", s03_namesake.play),
    Scenario("S4", "identification under the memorandum, in 45 days", s04_identified.play),
    Scenario(
        "S5", "return is suspended for non-refoulement after something was sent", s05_return_suspended.play
    ),
    Scenario("S6", "a date of Eurodac origin is pasted into a free text", s06_pasted.play),
    Scenario("S7", "a specific check is asked for where the law knows an inquiry only", s07_check.play),
    Scenario("S8", "how many telephone numbers two registers have in common", s08_numbers.play),
    Scenario(
        "S9", "a court, a third country, and an imminent threat to life", s09_conditions.play, third=True
    ),
    Scenario("S10", "the action plan ends at midnight", s10_expiry.play),
    Scenario("S11", "a service rewrites its log, or hides an entry", s11_rewritten.play),
    Scenario("S12", "a person asks what is held", s12_held.play),
)
