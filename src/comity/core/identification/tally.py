"""What two services owe each other in identifications: the overdue ones, and how those that ended did end. Pure.

Implements docs/protocol/identification.md §7. Computed from receipts alone, so that both nodes compute the same. A
negative answer counts like a positive one: in time is in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from comity.core import canonical
from comity.core.cases.clock import Clock, ClockState
from comity.core.identification.messages import Result
from comity.core.instant import Instant, write_instant

_RUNNING = frozenset({ClockState.OPEN, ClockState.DUE_SOON, ClockState.OVERDUE, ClockState.CLARIFYING})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for identification, as both nodes know it.

    Args:
        result: of the answer; None without one, or when it was refused.
    """

    thread: str
    requester: str
    received_at: Instant | None
    clock: Clock
    result: Result | None

    @property
    def overdue(self) -> bool:
        """Whether it waits for an answer after its deadline."""
        return self.clock.state is ClockState.OVERDUE

    def line(self) -> dict[str, str | None]:
        """Return the line of the bilateral list: the same on both nodes."""
        due = self.clock.deadline
        return {
            "thread": self.thread,
            "requester": self.requester,
            "received_at": None if self.received_at is None else write_instant(self.received_at),
            "deadline": None if due is None else write_instant(due),
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the requests of one requester.

    Args:
        answered: identified and not identified. in_time: of these, those in time. late: the others.
    """

    requests: int
    open: int
    overdue: int
    identified: int
    not_identified: int
    answered: int
    in_time: int
    late: int
    refused: int


def tally(asked: Iterable[Asked]) -> Tally:
    """Count requests."""
    found = list(asked)
    ended = [each for each in found if each.result is not None]
    late = sum(each.clock.late for each in ended)
    positive = sum(each.result is Result.IDENTIFIED for each in ended)
    return Tally(
        requests=len(found),
        open=sum(each.clock.state in _RUNNING for each in found),
        overdue=sum(each.overdue for each in found),
        identified=positive,
        not_identified=len(ended) - positive,
        answered=len(ended),
        in_time=len(ended) - late,
        late=late,
        refused=sum(each.clock.state is ClockState.REFUSED for each in found),
    )


def overdue_lines(asked: Iterable[Asked]) -> list[dict[str, str | None]]:
    """Return the lines of the overdue list, the oldest deadline first."""
    lines = [each.line() for each in asked if each.overdue]
    return sorted(lines, key=lambda line: (line["deadline"] or "", line["thread"] or ""))


def list_digest(lines: Iterable[dict[str, str | None]]) -> str:
    """Return the SHA-256 of an overdue list, by which two services compare theirs, in hex."""
    return canonical.digest(canonical.encode(list(lines)))
