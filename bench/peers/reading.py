"""What every peer does alike: read the files, turn other scripts into Latin letters by ICU, write scores."""

from __future__ import annotations

import csv
import importlib
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _transliterator() -> Any:
    icu: Any = importlib.import_module("icu")
    return icu.Transliterator.createInstance(
        "Any-Latin; NFD; [:Nonspacing Mark:] Remove; NFC; Latin-ASCII; Lower"
    )


@cache
def latin(text: str) -> str:
    """Return a text in small Latin letters, by ICU's general transliteration."""
    return str(_transliterator().transliterate(text)).strip()


def write_scores(score: Callable[[str, str], float]) -> None:
    """Score every line `name TAB name [TAB ...]` of the first argument into the second, a number a line."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            first, second = line.rstrip("\n").split("\t")[:2]
            out.write(f"{score(first, second):.6f}\n")


def read_records(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, every value in small Latin letters but those of the first column."""
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    first = next(iter(rows[0]))
    return [{name: value if name == first else latin(value) for name, value in row.items()} for row in rows]


def write_links(target: Path, links: Iterable[Sequence[Any]]) -> None:
    """Write (id_a, id_b, score) as the product's own command does."""
    with target.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("id_a", "id_b", "probability"))
        rows.writerows((first, second, f"{score:.6f}") for first, second, score in links)
