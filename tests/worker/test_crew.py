"""The threads of the worker: used again, ended when idle, and none waits behind another."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from comity.worker.crew import Crew, Job

MOST = 20.0


class Seen:
    """What the crew's threads did, and which of them."""

    def __init__(self, idle_seconds: float = 60.0) -> None:
        self.told: Counter[str] = Counter()
        self.crew = Crew(lambda: self.told.update(["between"]), self.left, idle_seconds)

    def left(self) -> None:
        self.told.update(["left"])

    def begin(self, work: Callable[[], object] | None = None) -> Job:
        return self.crew.begin(
            "work", work or (lambda: self.told.update([f"thread {threading.get_ident()}"]))
        )

    def threads(self) -> int:
        return sum(1 for name in self.told if name.startswith("thread "))


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + MOST
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_a_thread_that_is_idle_is_used_again() -> None:
    seen = Seen()
    for number in range(1, 6):
        assert seen.begin().done.wait(MOST)
        until(lambda number=number: seen.told["between"] == number)  # type: ignore[misc]
        time.sleep(0.02)  # it lies down
    assert seen.threads() == 1
    seen.crew.dismiss(MOST)
    assert seen.told["left"] == 1


def test_nothing_waits_behind_what_does_not_end() -> None:
    seen, stop = Seen(), threading.Event()
    stuck = [seen.begin(lambda: stop.wait(MOST)) for _ in range(3)]
    assert seen.begin().done.wait(MOST)
    assert not any(job.done.is_set() for job in stuck)
    stop.set()
    seen.crew.dismiss(MOST)
    assert all(job.done.is_set() for job in stuck)
    assert seen.told["left"] == 4


def test_an_idle_thread_ends() -> None:
    seen = Seen(idle_seconds=0.02)
    assert seen.begin().done.wait(MOST)
    until(lambda: seen.told["left"] == 1)
    assert seen.begin().done.wait(MOST)
    until(lambda: seen.told["left"] == 2)


def test_many_that_end_while_more_begins() -> None:
    seen = Seen(idle_seconds=0.0005)
    jobs = []
    for number in range(400):
        jobs.append(seen.begin())
        if number % 7 == 0:
            time.sleep(0.001)
    assert all(job.done.wait(MOST) for job in jobs)
    assert sum(count for name, count in seen.told.items() if name.startswith("thread ")) == 400
    seen.crew.dismiss(MOST)


def test_what_fails_ends_its_thread_only_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen()
    monkeypatch.setattr(
        threading, "excepthook", lambda trouble: seen.told.update([trouble.exc_type.__name__])
    )

    def fails() -> None:
        raise ValueError

    assert seen.begin(fails).done.wait(MOST)
    until(lambda: seen.told["left"] == 1 and seen.told["ValueError"] == 1)
    assert seen.begin().done.wait(MOST)


def test_the_dismissed_are_not_waited_for_longer_than_said() -> None:
    seen, stop = Seen(), threading.Event()
    stuck = seen.begin(lambda: stop.wait(MOST))
    seen.crew.dismiss(0.05)
    assert not stuck.done.is_set()
    stop.set()
    until(lambda: seen.told["left"] == 1)
