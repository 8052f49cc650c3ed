"""What the traces of a record tell whoever opens it and tries values (docs/protocol/probe.md §10.2.9).

``python -m bench.probe.guessing [--persons 100000] [--records 1000]``. Somebody opens a record of which one name, the town or
the day was not asked for, knows every value of the register with how common it is, and tries them all. Counted are the bits
that the trace tells of the value, and how often the first guess, the commonest value that fits, is right; beside it the
first guess without a trace. Names are their likeliest fine codes, as in the trace. Writes ``probe-guessing.json``.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench import report
from bench.people.__main__ import write as write_people
from comity.core.probe.query import read_query
from comity.core.probe.rules import traces
from comity.core.probe.rules.placing import town_codes

SEED = 424_242
COLUMNS = ("given", "family", "dob", "pob")


class Values:
    """The values of a field, the commonest first, with their shares."""

    def __init__(self, found: Sequence[str]) -> None:
        counted = Counter(found).most_common()
        self.texts = [text for text, _ in counted]
        self.shares = np.array([count for _, count in counted]) / len(found)
        self.places = {text: place for place, text in enumerate(self.texts)}

    def told(self, fits: Any, value: str) -> tuple[float, bool, bool]:
        """Return bits told, whether the first guess is right, and whether the one without a trace would be.

        Args:
            fits: of each value, whether its trace is the one seen; that of the true value is.
            value: the true one.
        """
        true = self.places[value]
        return -float(np.log2(self.shares[fits].sum())), int(np.argmax(fits)) == true, true == 0


class Names(Values):
    """Values whose trace has a bit for each pair of neighbouring letters."""

    def __init__(self, found: Sequence[str], which: str) -> None:
        super().__init__(found)
        self.which = which
        ended = [f"^{text}$" for text in self.texts]
        pairs = [[one[at : at + 2] for at in range(len(one) - 1)] for one in ended]
        self.pairs = sorted({pair for own in pairs for pair in own})
        number = {pair: place for place, pair in enumerate(self.pairs)}
        self.flat = np.array([number[pair] for own in pairs for pair in own])
        self.starts = np.cumsum([0, *(len(own) for own in pairs[:-1])])

    def fits(self, salt: bytes, held: int) -> Any:
        """Return of each value whether it has a trace."""
        bits = [1 << traces._hash(salt, self.which, pair) % traces.LETTERS for pair in self.pairs]
        return np.bitwise_or.reduceat(np.array(bits)[self.flat], self.starts) == held


def measured(rows: Sequence[dict[str, str]], records: int) -> dict[str, Any]:
    """Return the figures of some records of a register."""
    people = [read_query({name: row[name] for name in COLUMNS if row[name]}) for row in rows]
    ends = [traces._ends(one) for one in people]
    towns = [next(iter(town_codes(one.places)), "") for one in people]
    days = [next(iter(traces._days(one)), None) for one in people]
    first, last = (
        Names([end[place] for end in ends], which) for place, which in enumerate(("first", "last"))
    )
    town = Values([each for each in towns if each])
    parts = {
        "month": Values([str(day[1]) for day in days if day]),
        "day": Values([str(day[0] % 10) for day in days if day]),
    }
    draw, found = random.Random(SEED), dict[str, list[tuple[float, bool, bool]]]()
    for place in draw.sample(range(len(people)), records):
        salt = draw.randbytes(16)
        own = traces.traces_of(people[place], salt)
        for name, values, held, value in (
            ("first name", first, own.first, ends[place][0]),
            ("family name", last, own.last, ends[place][1]),
        ):
            found.setdefault(name, []).append(values.told(values.fits(salt, held), value))
        if towns[place]:
            fits = [1 + traces._hash(salt, "town", each) % traces.TOWNS == own.town for each in town.texts]
            found.setdefault("town", []).append(town.told(np.array(fits), towns[place]))
        if (day := days[place]) is not None:
            for name, held, value in (("month", own.month, day[1]), ("day", own.day, day[0] % 10)):
                known = parts[name]
                fits = [traces._part(salt, name, int(each)) == held for each in known.texts]
                found.setdefault(name, []).append(known.told(np.array(fits), str(value)))
    return {
        name: {
            "bits": round(float(np.mean([one[0] for one in each])), 2),
            "first_guess_right": round(float(np.mean([one[1] for one in each])), 3),
            "first_guess_right_without_the_trace": round(float(np.mean([one[2] for one in each])), 3),
        }
        for name, each in found.items()
    }


def main() -> None:
    """Write a register, count, report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--records", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write_people(Path(name), given.persons, 2, SEED, 0.5)
        with (Path(name) / "a.csv").open(encoding="utf-8") as lines:
            found = measured(list(csv.DictReader(lines)), given.records)
    command = f"python -m bench.probe.guessing --persons {given.persons} --records {given.records}"
    report.write("probe-guessing", command, {"persons": given.persons, "records": given.records, **found})


if __name__ == "__main__":
    main()
