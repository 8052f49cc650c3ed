"""Threads that do what they are given. An idle one is used again, with the database connection that it has open.

To open a connection costs more than most of what the worker does with it: the file is encrypted, and its tables are read anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

IDLE_SECONDS = 30.0
"""How long a thread waits for more to do before it ends."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that has begun."""

    name: str
    work: Callable[[], object]
    done: threading.Event = field(default_factory=threading.Event)


@dataclass(eq=False, slots=True)
class _Hand:
    """One thread and what it is given next; None ends it."""

    inbox: SimpleQueue[Job | None] = field(default_factory=SimpleQueue)


class Crew:
    """Daemon threads, as many as there is work at once; who was idle last is used first, so that the others end.

    Args:
        between: called in a thread after each piece of work.
        leaving: called in a thread before it ends.
        idle_seconds: how long a thread waits for more.
    """

    def __init__(
        self,
        between: Callable[[], None],
        leaving: Callable[[], None],
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._between, self._leaving, self._idle_seconds = between, leaving, idle_seconds
        self._lock = threading.Lock()
        self._idle: list[_Hand] = []
        self._threads: set[threading.Thread] = set()

    def begin(self, name: str, work: Callable[[], object]) -> Job:
        """Begin a piece of work in a thread; what it raises ends that thread only."""
        job = Job(name, work)
        with self._lock:
            hand = self._idle.pop() if self._idle else None
        if hand is None:
            hand = _Hand()
            thread = threading.Thread(target=self._serve, args=(hand,), name="worker", daemon=True)
            with self._lock:
                self._threads.add(thread)
            thread.start()
        hand.inbox.put(job)
        return job

    def dismiss(self, seconds: float) -> None:
        """End the idle threads, and wait at most so long for those that work."""
        until = time.monotonic() + seconds
        with self._lock:
            idle, self._idle = self._idle, []
            threads, self._idle_seconds = list(self._threads), 0.0
        for hand in idle:
            hand.inbox.put(None)
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _serve(self, hand: _Hand) -> None:
        try:
            while (job := self._given(hand)) is not None:
                self._do(job)
                with self._lock:
                    self._idle.append(hand)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())
            self._leaving()

    def _given(self, hand: _Hand) -> Job | None:
        """Return the next piece of work; None when there was none for long, or none is to come."""
        while True:
            try:
                return hand.inbox.get(timeout=self._idle_seconds)
            except Empty:
                with self._lock:
                    if hand in self._idle:
                        self._idle.remove(hand)
                        return None
            # It was just taken out of the idle: its work is on the way.

    def _do(self, job: Job) -> None:
        threading.current_thread().name = job.name
        try:
            job.work()
            self._between()
        finally:
            job.done.set()
