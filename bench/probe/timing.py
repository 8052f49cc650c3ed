"""Can a partner tell a hit from a miss by what it observes? The best classifier over all of it.

Two nodes in one process, the real protocol, encrypted SQLite. The observer stands where the bytes arrive, so it reads
the delay between its answer and the request for openings without the noise of a network: an upper bound for a partner.
Searches for people who are in the register and for people who are not alternate at random. Every feature is scored alone
and with a likelihood ratio that is learned on one half and judged on the other. Two controls: a delay of 2 ms that is
added to hits behind the waiting (must be found) and one before it (must be swallowed).
Calls that hold several searches (§4.11) are judged as well: all of a call are for people in the register, or none is.
``python -m bench.probe.timing [--each N] [--control N] [--together N] [--dry]``
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import report

DELAY = 0.002
SYLLABLES = ("ba", "ci", "dou", "fa", "gha", "ha", "jou", "ka", "li", "ma", "nou", "ra", "sa", "ta", "zi")
PEOPLE = 200
IN_A_CALL = 4
A_DAY = 900
"""Searches after which a day passes: the agreement permits a thousand."""

BINS = 24
Figures = NDArray[np.float64]


class Observer:
    """Writes down all that the called node can see of one search."""

    def __init__(self, answer: Callable[[str, bytes], bytes], entries: Callable[[], list[int]]) -> None:
        self._answer, self._entries = answer, entries
        self._calls: list[tuple[int, int, int, int]] = []

    def __call__(self, path: str, body: bytes) -> bytes:
        arrived = time.perf_counter_ns()
        made = self._answer(path, body)
        self._calls.append((arrived, time.perf_counter_ns(), len(body), len(made)))
        return made

    def begin(self) -> None:
        """Forget the calls of the search before."""
        self._calls.clear()

    def seen(self) -> dict[str, float]:
        """Return the features of one search: times in milliseconds, sizes in octets."""
        first, second = self._calls
        found = {
            "delay_ms": (second[0] - first[1]) / 1e6,
            "request_octets": float(first[2]),
            "opening_octets": float(second[2]),
            "answer_octets": float(first[3] + second[3]),
            "calls": float(len(self._calls)),
        }
        found |= {f"entry_{place}_octets": float(size) for place, size in enumerate(self._entries())}
        return found


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=5000, help="searches that hit, and as many that miss")
    parser.add_argument("--control", type=int, default=500)
    parser.add_argument(
        "--together", type=int, default=2000, help="calls of several that all hit, and all miss"
    )
    parser.add_argument("--minutes", type=float, default=60, help="stop then, with as many as there are")
    parser.add_argument("--dry", action="store_true")
    chosen = parser.parse_args()
    results = measure(chosen.each, chosen.control, chosen.together, chosen.minutes)
    if chosen.dry:
        sys.stdout.write(json.dumps(results, indent=2) + "\n")
        return
    command = f"python -m bench.probe.timing --each {chosen.each} --together {chosen.together}"
    report.write("probe-timing", command, results)


def measure(each: int, control: int, together: int, minutes: float) -> dict[str, Any]:
    """Return the classifier's figures for the search as it is and for both controls."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.test.utils import setup_databases

    setup_databases(verbosity=0, interactive=False, aliases=["default", "be", "ma", "third"])
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
        world = World(Path(folder))
        return {
            "injected_delay_ms": DELAY * 1000,
            "control_behind_the_waiting": judged(*world.run(control, behind=DELAY)),
            "control_before_the_waiting": judged(*world.run(control, before=DELAY)),
            "as_it_is": judged(*world.run(each, minutes=minutes)),
            "searches_in_a_call": IN_A_CALL,
            "together_control_behind_the_waiting": judged(
                *world.run(control // 2, behind=DELAY, together=IN_A_CALL)
            ),
            "together": judged(*world.run(together, minutes=minutes, together=IN_A_CALL)),
        }


class World:
    """Two nodes, a register of fictitious people, and people who are not in it."""

    def __init__(self, folder: Path) -> None:
        from tests.services.probe.land import MA, make_land

        import comity.services.probe.handlers  # noqa: F401

        self._draw = random.Random(20_261_130)
        known = [self._person() for _ in range(PEOPLE)]
        rows = tuple((*person, "Oujda", "suspect", "") for person in known)
        self._land = make_land(folder, rows)
        self._publish()
        self._known, self._unknown = known, [self._person() for _ in range(PEOPLE)]
        network = self._land.network
        self._observer = network.endpoints[MA] = Observer(network.endpoints[MA], self._new_entries)
        self._number = self._last_entry = 0

    def run(
        self, each: int, *, before: float = 0, behind: float = 0, minutes: float = 60, together: int = 1
    ) -> tuple[list[dict[str, float]], list[bool]]:
        """Search `each` times for somebody known and as often for somebody who is not, in random order.

        Args:
            each: how often.
            before, behind: seconds that are added to hits, before or behind the waiting.
            minutes: after which it ends with as many as there are.
            together: searches in a call, all of them for known people or none.
        """
        for known in (True, False) * 10:  # warm
            self._search(known, 0, 0, together)
        order = [True, False] * each
        self._draw.shuffle(order)
        end, seen = time.monotonic() + 60 * minutes, []
        for known in order:
            seen.append(self._search(known, before, behind, together))
            if time.monotonic() > end:
                break
        return seen, order[: len(seen)]

    def _search(self, known: bool, before: float, behind: float, together: int) -> dict[str, float]:
        people = self._draw.sample(self._known if known else self._unknown, together)
        if self._number // A_DAY != (self._number + together) // A_DAY:
            self._land.clock.forward(days=1)
            self._publish()
        self._number += together
        self._new_entries()
        self._observer.begin()
        with _Delayed(before if known else 0, behind if known else 0):
            found = self._alone(people[0]) if together == 1 else self._together(people)
        if (found == {"miss"}) == known:
            raise RuntimeError(f"expected the other outcome: {found}")
        return self._observer.seen()

    def _alone(self, person: tuple[str, str, str]) -> set[str]:
        outcome = self._land.search(_query(person), case=f"C{self._number // 15}")
        return {outcome.strength.value}

    def _together(self, people: list[tuple[str, str, str]]) -> set[str]:
        from tests.services.probe.land import MA, OFFICER

        from comity.core.codes.exchange import Purpose
        from comity.services.probe.ask import search_of
        from comity.services.probe.batch.again import delivered
        from comity.services.probe.batch.together import ask_together

        land, case = self._land, f"T{self._number}"
        of = (land.be, MA, land.agreement, Purpose.DRUGS, case)
        searches = [search_of(*of, _query(person), OFFICER, "the reason") for person in people]
        names = [{"case": case, "place": place} for place in range(len(people))]
        made = ask_together(land.be, land.network.channels, searches, names)
        if made.stopped is not None:
            raise made.stopped
        for rid, _ in made.outcomes:
            delivered(land.be, rid)
        return {kept["result"] for _, kept in made.outcomes}

    def _publish(self) -> None:
        """Publish where it is due, and fetch: fetching is no part of a search."""
        from tests.services.probe.land import GROUP, MA

        from comity.core.codes.exchange import Regime
        from comity.services.probe.replica import fetch

        self._land.published()
        fetch(self._land.be, self._land.network.channels, MA, Regime.POLICE, GROUP)

    def _person(self) -> tuple[str, str, str]:
        draw = self._draw
        given, family = ("".join(draw.choices(SYLLABLES, k=k)).title() for k in (4, 5))
        return (
            given,
            family,
            f"{draw.randint(1950, 2000)}-{draw.randint(1, 12):02d}-{draw.randint(2, 28):02d}",
        )

    def _new_entries(self) -> list[int]:
        """Return the sizes of the entries that the issuer's log gained."""
        from comity.storage.models.evidence import EvidenceEntry

        found = EvidenceEntry.objects.using("ma").filter(pk__gt=self._last_entry).order_by("pk")
        leaves = [(row.pk, len(bytes(row.leaf))) for row in found]
        if leaves:
            self._last_entry = leaves[-1][0]
        return [size for _, size in leaves]


def _query(person: tuple[str, str, str]) -> Any:
    from comity.core.probe.query import read_query

    return read_query(dict(zip(("given", "family", "dob"), person, strict=True)))


class _Delayed:
    """Adds time before the waiting, or between the waiting and the request for openings."""

    def __init__(self, before: float, behind: float) -> None:
        from comity.services.probe import ask
        from comity.services.probe.asking import look
        from comity.services.probe.batch import together

        self._slow = (
            (look, "candidates", look.candidates, before),
            (ask, "sent", ask.sent, behind),
            (together, "sent", together.sent, behind),
        )

    def __enter__(self) -> None:
        for place, name, kept, seconds in self._slow:
            setattr(place, name, _slowed(kept, seconds))

    def __exit__(self, *_: object) -> None:
        for place, name, kept, _ in self._slow:
            setattr(place, name, kept)


def _slowed(kept: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    def slow(*given: Any) -> Any:
        opening = any(isinstance(one, str) and one.startswith("probe-open") for one in given)
        if seconds and (kept.__name__ == "candidates" or opening):
            time.sleep(seconds)
        return kept(*given)

    return slow


def judged(seen: list[dict[str, float]], hits: list[bool]) -> dict[str, Any]:
    """Return what each feature and the best of them tell: areas under the curve with upper 95 % bounds."""
    truth = np.array(hits)
    features = {name: np.array([one.get(name, -1.0) for one in seen]) for name in sorted(set().union(*seen))}
    constant = sorted(name for name, values in features.items() if len(np.unique(values)) == 1)
    found = {}
    for name, values in features.items():
        if name not in constant:
            found[name] = area(values, truth)
            found[f"{name}, learned"] = area(*learned(values, truth))
    delays = features["delay_ms"]
    best = max(found, key=lambda name: found[name]["auc"])
    return {
        "hits": int(truth.sum()),
        "misses": int((~truth).sum()),
        "best": best,
        **found[best],
        "features": found,
        "constant": constant,
        "delay_ms_median": {
            word: round(float(np.median(delays[truth == flag])), 2)
            for word, flag in (("hit", True), ("miss", False))
        },
        "beyond_one_step": {
            word: round(float(np.mean(delays[truth == flag] > 1.5 * np.median(delays))), 4)
            for word, flag in (("hit", True), ("miss", False))
        },
    }


def area(scores: Figures, truth: NDArray[np.bool_]) -> dict[str, float]:
    """Return the area under the curve, whichever side is the larger, and its upper 95 % bound (DeLong 1988)."""
    hit, miss = np.sort(scores[truth]), np.sort(scores[~truth])
    above = (np.searchsorted(miss, hit, "left") + np.searchsorted(miss, hit, "right")) / (2 * len(miss))
    below = (np.searchsorted(hit, miss, "left") + np.searchsorted(hit, miss, "right")) / (2 * len(hit))
    auc = float(above.mean())
    error = float(np.sqrt(above.var(ddof=1) / len(hit) + below.var(ddof=1) / len(miss)))
    auc = max(auc, 1 - auc)
    return {"auc": round(auc, 4), "upper_95": round(min(1.0, auc + 1.96 * error), 4)}


def learned(values: Figures, truth: NDArray[np.bool_]) -> tuple[Figures, NDArray[np.bool_]]:
    """Return the likelihood ratio of each second search, learned on the others."""
    train, test = slice(0, None, 2), slice(1, None, 2)
    edges = np.unique(np.quantile(values[train], np.linspace(0, 1, BINS + 1)[1:-1]))
    places = np.digitize(values, edges)
    hit, miss = (
        np.bincount(places[train][truth[train] == flag], minlength=len(edges) + 1) + 1.0
        for flag in (True, False)
    )
    ratio = np.log(hit / hit.sum()) - np.log(miss / miss.sum())
    return ratio[places[test]], truth[test]


if __name__ == "__main__":
    main()
