"""Turns with partners: few threads, fair among those who answer, and whoever is silent delays only itself."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from comity.worker.crew import Crew
from comity.worker.turns import AT_ONCE, FOR_SLOW, FOR_UNTRIED, Turns

QUICK = 0.2


class Partners:
    """Partners that answer at once or not until `answers` is set; counts who had a turn and how many ran at once."""

    def __init__(self, silent: set[str]) -> None:
        self.silent = silent
        self.answers = threading.Event()
        self.lock = threading.Lock()
        self.turns: Counter[str] = Counter()
        self.at_once = self.most = 0
        self.together: Counter[str] = Counter()
        self.twice: set[str] = set()

    def work(self, partner: str) -> Callable[[], object]:
        def turn() -> None:
            with self.lock:
                self.turns[partner] += 1
                self.at_once += 1
                self.together[partner] += 1
                if self.together[partner] > 1:
                    self.twice.add(partner)
                self.most = max(self.most, self.at_once)
            if partner in self.silent:
                self.answers.wait(30)
            with self.lock:
                self.at_once -= 1
                self.together[partner] -= 1

        return turn


@pytest.fixture
def crew() -> Iterator[Crew]:
    made = Crew(lambda: None, lambda: None, idle_seconds=0.5)
    yield made
    made.dismiss(5)


def rounds(turns: Turns, crew: Crew, partners: Partners, names: list[str], done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        for name in names:
            for task in ("cards", "checkpoints"):
                turns.ask(name, task, partners.work(name))
        turns.begin_next(crew.begin)
        time.sleep(0.01)


def test_five_hundred_partners_make_no_five_hundred_threads(crew: Crew) -> None:
    names = [f"P{number}" for number in range(500)]
    partners = Partners(set())
    before = threading.active_count()
    turns = Turns()
    most = 0

    def all_twice() -> bool:
        nonlocal most
        most = max(most, threading.active_count() - before)
        return all(partners.turns[name] >= 2 for name in names)

    rounds(turns, crew, partners, names, all_twice)
    assert partners.most <= AT_ONCE
    assert most <= AT_ONCE
    assert partners.twice == set()
    assert max(partners.turns.values()) - min(partners.turns.values()) <= 2  # two tasks each: fair turns


def test_more_silent_partners_than_threads_delay_nobody_who_answers(crew: Crew) -> None:
    quick, silent = [f"Q{number}" for number in range(5)], [f"S{number}" for number in range(100)]
    partners = Partners(set())
    turns = Turns(quick_seconds=QUICK)
    rounds(turns, crew, partners, quick, lambda: all(partners.turns[name] >= 1 for name in quick))
    time.sleep(0.05)
    turns.begin_next(crew.begin)
    partners.silent = set(silent)
    already = dict(partners.turns)
    rounds(
        turns,
        crew,
        partners,
        silent + quick,
        lambda: all(partners.turns[name] >= already[name] + 20 for name in quick),
    )
    assert partners.at_once <= AT_ONCE
    assert sum(partners.turns[name] > 0 for name in silent) <= FOR_UNTRIED
    assert all(
        partners.turns[name] <= 1 for name in silent
    )  # a silent partner holds one thread, whatever is asked of it
    partners.answers.set()


def test_who_was_slow_shares_fewer_threads_and_is_quick_again_after_an_answer(crew: Crew) -> None:
    silent = [f"S{number}" for number in range(FOR_UNTRIED)]
    partners = Partners(set(silent))
    turns = Turns(quick_seconds=QUICK)
    rounds(turns, crew, partners, silent, lambda: partners.at_once == FOR_UNTRIED)
    time.sleep(2 * QUICK)
    turns.begin_next(crew.begin)
    partners.answers.set()
    time.sleep(0.1)
    partners.answers.clear()
    rounds(turns, crew, partners, silent, lambda: partners.at_once == FOR_SLOW)
    time.sleep(2 * QUICK)
    assert turns.begin_next(crew.begin) == FOR_SLOW
    partners.silent = set()
    partners.answers.set()
    counted = dict(partners.turns)
    rounds(
        turns,
        crew,
        partners,
        silent,
        lambda: all(partners.turns[name] > counted[name] + 2 for name in silent),
    )


def test_what_waits_is_asked_for_once(crew: Crew) -> None:
    partners = Partners({"P"})
    turns = Turns()
    for _ in range(5):
        turns.ask("P", "cards", partners.work("P"))
        turns.begin_next(crew.begin)
    partners.answers.set()
    end = time.monotonic() + 5
    while turns.begin_next(crew.begin):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert partners.turns["P"] == 2  # the one that ran, and the one that waited meanwhile


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_turn_that_fails_ends(crew: Crew) -> None:
    turns = Turns()

    def fails() -> None:
        raise SystemExit

    turns.ask("P", "cards", fails)
    turns.begin_next(crew.begin)
    end = time.monotonic() + 5
    while turns.begin_next(crew.begin):
        assert time.monotonic() < end
        time.sleep(0.01)
