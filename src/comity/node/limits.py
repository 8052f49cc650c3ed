"""The share of each client of the partner endpoint: at once, a second, and of failures.

Implements docs/protocol/envelope.md §10. In memory and per process: it guards this process, not a quota of the law.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

AT_ONCE = 8
"""Requests of one client that may run together."""

PER_SECOND = 400.0
BURST = 800.0
"""Requests of one client: a steady rate, and how many may come at once after silence."""

FAILURES_PER_SECOND = 1.0
FAILURES_BURST = 60.0
"""Refused requests of one client; beyond, it is turned away unread."""

CLIENTS = 4096
"""Clients that are remembered; the longest silent is forgotten first."""


@dataclass(slots=True)
class _Client:
    running: int = 0
    tokens: float = BURST
    failures: float = FAILURES_BURST
    seen: float = 0.0


@dataclass
class Limits:
    """Counts what each client uses.

    Args:
        monotonic: seconds, never going back.
    """

    monotonic: Callable[[], float] = time.monotonic
    _clients: dict[str, _Client] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, client: str) -> bool:
        """Begin a request; False when the client has used its share. Each True is followed by one `leave`."""
        with self._lock:
            found = self._find(client)
            if found.running >= AT_ONCE or found.tokens < 1 or found.failures < 1:
                return False
            found.running += 1
            found.tokens -= 1
            return True

    def leave(self, client: str) -> None:
        """End a request."""
        with self._lock:
            self._find(client).running -= 1

    def failed(self, client: str) -> None:
        """Count a refused request."""
        with self._lock:
            self._find(client).failures -= 1

    def _find(self, client: str) -> _Client:
        now = self.monotonic()
        found = self._clients.pop(client, None) or _Client(seen=now)
        silent = now - found.seen
        found.tokens = min(BURST, found.tokens + silent * PER_SECOND)
        found.failures = min(FAILURES_BURST, found.failures + silent * FAILURES_PER_SECOND)
        found.seen = now
        # The last seen stands last; the first is the longest silent.
        self._clients[client] = found
        while len(self._clients) > CLIENTS:
            oldest = next(iter(self._clients))
            if self._clients[oldest].running:
                break
            del self._clients[oldest]
        return found
