"""Partners in the same process, for the federation simulator: a line that drops, cuts, repeats, delays and reorders.

Every fault is drawn from what the test passes in, so that a failing schedule can be played again.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from comity.core.codes.exchange import ServiceId
from comity.errors import ComityError, DeliveryError

Endpoint = Callable[[str, bytes], bytes]
"""Takes a path and a body and returns the answer, as a partner's node does."""


class Fault(StrEnum):
    """What the line does to one exchange."""

    NONE = "none"
    DROP = "drop"
    LOSE_ANSWER = "lose-answer"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    CUT_REQUEST = "cut-request"
    CUT_ANSWER = "cut-answer"
    REPLAY_OLD = "replay-old"


@dataclass
class MemoryNetwork:
    """The line between the nodes of one process.

    Args:
        draw: returns the fault of the next exchange.
        endpoints: service to what answers for it.
    """

    draw: Callable[[], Fault] = lambda: Fault.NONE
    endpoints: dict[ServiceId, Endpoint] = field(default_factory=dict)
    cut_off: set[ServiceId] = field(default_factory=set)
    faults: Counter[Fault] = field(default_factory=Counter)
    seen: deque[tuple[ServiceId, str, bytes]] = field(default_factory=lambda: deque(maxlen=64))
    delayed: list[tuple[ServiceId, str, bytes]] = field(default_factory=list)

    def channels(self, partner: ServiceId) -> MemoryChannel:
        """Return the way to a partner (`Channels`)."""
        return MemoryChannel(self, partner)

    def release(self) -> None:
        """Let everything that was delayed arrive now, last first; its senders no longer listen."""
        waiting, self.delayed = self.delayed[::-1], []
        for partner, path, body in waiting:
            self._unheard(partner, path, body)

    def exchange(self, partner: ServiceId, path: str, body: bytes) -> bytes:
        """Carry one exchange, with the fault that is drawn for it.

        Raises:
            DeliveryError: ``way.memory``.
        """
        fault = self.draw()
        self.faults[fault] += 1
        if partner in self.cut_off or fault is Fault.DROP:
            raise DeliveryError("way.memory", retryable=True)
        if fault is Fault.DELAY:
            self.delayed.append((partner, path, body))
            raise DeliveryError("way.memory", retryable=True)
        if fault is Fault.CUT_REQUEST:
            body = body[: len(body) // 2]
        if fault is Fault.REPLAY_OLD and self.seen:
            self._unheard(*self.seen[0])
        if fault is Fault.DUPLICATE:
            self._unheard(partner, path, body)
        self.seen.append((partner, path, body))
        answer = self._ask(partner, path, body)
        if fault is Fault.LOSE_ANSWER:
            raise DeliveryError("way.memory", retryable=True)
        return answer[: len(answer) // 2] if fault is Fault.CUT_ANSWER else answer

    def _ask(self, partner: ServiceId, path: str, body: bytes) -> bytes:
        try:
            return self.endpoints[partner](path, body)
        except ComityError as error:
            raise DeliveryError("way.memory", retryable=True, partner_code=error.code) from None

    def _unheard(self, partner: ServiceId, path: str, body: bytes) -> None:
        try:
            self._ask(partner, path, body)
        except DeliveryError:
            self.faults[Fault.NONE] += 0


@dataclass(frozen=True)
class MemoryChannel:
    """The way to one partner (`Channel`)."""

    network: MemoryNetwork
    partner: ServiceId

    def post(self, path: str, body: bytes) -> bytes:
        """Carry one exchange.

        Raises:
            DeliveryError: ``way.memory``.
        """
        return self.network.exchange(self.partner, path, body)

    def get(self, path: str) -> bytes:
        """Read a path; carried as an exchange with an empty body."""
        return self.network.exchange(self.partner, path, b"")


def faults_of(weights: Mapping[Fault, float], random: Callable[[], float]) -> Callable[[], Fault]:
    """Return a drawer of faults.

    Args:
        weights: chance of each fault, 0 to 1; what is left is no fault.
        random: returns a number from 0 up to 1.
    """

    def draw() -> Fault:
        left = random()
        for fault, weight in weights.items():
            left -= weight
            if left < 0:
                return fault
        return Fault.NONE

    return draw
