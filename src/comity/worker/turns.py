"""Turns with partners: many partners share few threads, and one that does not answer keeps at most one of them.

Rules:
    - at most `AT_ONCE` turns run at once, whatever the number of partners;
    - a partner has at most one turn at a time, so that one that is silent holds one thread, not one for each task;
    - who waits longest goes first;
    - who was slow shares `FOR_SLOW` of the threads, who is not known to be quick `FOR_UNTRIED` (with them): if more
      partners are silent than there are threads, they take turns among themselves, and delay nobody who answers.
Nothing here is stored: after a start nobody is known to be quick, and each is found out within one turn. When many
partners fall silent at once, each may hold a thread once more before it counts as slow.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from comity.worker.crew import Job

AT_ONCE = 32
"""How many turns run at once."""

FOR_UNTRIED = 20
"""How many of them may be with partners that were not quick the last time."""

FOR_SLOW = 10
"""How many of them may be with partners that were slow the last time, or are now."""

QUICK_SECONDS = 2.0
"""Who took longer than this is slow until a turn with it has taken less."""

Begin = Callable[[str, Callable[[], object]], Job]


@dataclass(slots=True)
class _Running:
    """A turn that has begun, and when."""

    job: Job
    began: float


@dataclass
class Turns:
    """Who waits for a turn, who has one, and who is slow; used by one thread only.

    Args:
        at_once: how many turns run at once.
        for_untried: how many of them may be with partners not known to be quick.
        for_slow: how many of them may be with partners known to be slow.
        quick_seconds: what is quick.
    """

    at_once: int = AT_ONCE
    for_untried: int = FOR_UNTRIED
    for_slow: int = FOR_SLOW
    quick_seconds: float = QUICK_SECONDS
    _waiting: dict[tuple[str, str], Callable[[], object]] = field(default_factory=dict)
    _running: dict[str, _Running] = field(default_factory=dict)
    _took: dict[str, list[float]] = field(default_factory=dict)
    _quick: dict[str, bool] = field(default_factory=dict)

    def ask(self, partner: str, name: str, work: Callable[[], object]) -> None:
        """Let a task wait for its turn with a partner, behind whoever waits; once, whatever is asked again."""
        self._waiting.setdefault((partner, name), work)

    def begin_next(self, begin: Begin) -> int:
        """Begin as many turns as there is room for; return how many run.

        Args:
            begin: starts a named piece of work in a thread.
        """
        self._end_turns()
        for partner, name in list(self._waiting):
            if partner not in self._running and self._has_room(self._quick.get(partner)):
                self._start(begin, partner, name, self._waiting.pop((partner, name)))
        return len(self._running)

    def _start(self, begin: Begin, partner: str, name: str, work: Callable[[], object]) -> None:
        took: list[float] = []
        began = time.monotonic()

        def timed() -> None:
            try:
                work()
            finally:
                took.append(time.monotonic() - began)

        self._took[partner] = took
        self._running[partner] = _Running(begin(f"{name} {partner}", timed), began)

    def _end_turns(self) -> None:
        """Forget the turns that have ended, and learn who is slow."""
        now = time.monotonic()
        for partner, turn in list(self._running.items()):
            ended = turn.job.done.is_set()
            took = self._took[partner]
            if (took[0] if took else now - turn.began) > self.quick_seconds:
                self._quick[partner] = False
            elif ended:
                self._quick[partner] = True
            if ended:
                del self._running[partner], self._took[partner]

    def _has_room(self, quick: bool | None) -> bool:
        """Tell whether one more partner may have a turn that was quick, was slow, or has had none (None)."""
        known = [self._quick.get(partner) for partner in self._running]
        room = len(known) < self.at_once
        if quick is None or quick is False:
            room = room and sum(each is not True for each in known) < self.for_untried
        if quick is False:
            room = room and known.count(False) < self.for_slow
        return room
