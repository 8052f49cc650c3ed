"""A scene: sentences for a visitor, each about something that is looked at before it is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from comity.demo.command import BrokenPromise
from comity.demo.scenario.world import World
from comity.errors import ComityError

Say = Callable[[str], None]
T = TypeVar("T")


def silent(line: str) -> None:
    """Say nothing."""


@dataclass
class Scene:
    """What a scenario plays on.

    Args:
        world: fresh nodes. say: takes a line. shown: how many facts were looked at.
        own: the databases belong to this play alone, so that a node can be put into a process of its own.
    """

    world: World
    say: Say = silent
    own: bool = False
    shown: int = field(default=0)

    def day(self, text: str) -> None:
        """Say when and where we are."""
        self.say(f"{self.world.clock():%a %d %b %Y %H:%M} UTC. {text}")

    def tell(self, text: str) -> None:
        """Say what somebody does; what it led to is shown next."""
        self.say(f"  - {text}")

    def shows(self, kept: bool, text: str) -> None:
        """Say what is so, after it was looked at.

        Raises:
            BrokenPromise: it is not so.
        """
        if not kept:
            raise BrokenPromise(text)
        self.shown += 1
        self.say(f"    ✓ {text}")

    def one(self, found: Sequence[T], text: str) -> T:
        """Return the only one of what was found.

        Raises:
            BrokenPromise: there is none, or another one.
        """
        if len(found) != 1:
            raise BrokenPromise(text, f"{len(found)} instead of one")
        return found[0]

    def refused(self, code: str, act: Callable[[], object], text: str) -> ComityError:
        """Say that an act is refused with this code, after it was tried, and return the refusal.

        Raises:
            BrokenPromise: it was done, or refused for another reason.
        """
        try:
            act()
        except ComityError as error:
            self.shows(error.code == code, f"{text} ({code})")
            return error
        raise BrokenPromise(text, "it was done")
