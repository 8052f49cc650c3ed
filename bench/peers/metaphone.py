"""jellyfish (MIT): share of Metaphone codes of words that two transliterated names have in common."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from bench.peers.reading import latin, write_scores

jellyfish: Any = importlib.import_module("jellyfish")


@cache
def codes(name: str) -> frozenset[str]:
    """Return the codes of the words of a name."""
    return frozenset(jellyfish.metaphone(word) for word in latin(name).replace("-", " ").split()) - {""}


def score(first: str, second: str) -> float:
    """Return the common codes by all codes."""
    left, right = codes(first), codes(second)
    return len(left & right) / max(1, len(left | right))


if __name__ == "__main__":
    write_scores(score)
