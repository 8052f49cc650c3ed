"""arcoder (MIT): codes of transliterated Arabic names; words paired greedily by the likeness of their nearest codes."""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

from bench.peers.reading import latin, write_scores

library: Any = importlib.import_module("arcoder")
distance: Any = importlib.import_module("rapidfuzz.distance")
encoder = library.ARCoder()


@cache
def codes(word: str) -> tuple[str, ...]:
    """Return the encodings of one word."""
    return tuple(encoder.encode(word))[:12]


@cache
def alike(first: str, second: str) -> float:
    """Return the greatest Jaro-Winkler similarity among the codes of two words."""
    pairs = ((one, other) for one in codes(first) for other in codes(second))
    return max((distance.JaroWinkler.normalized_similarity(*pair) for pair in pairs), default=0.0)


def score(first: str, second: str) -> float:
    """Return the mean likeness of the paired words; a word of the longer name left over counts half."""
    left, right = (re.findall("[a-z]+", latin(name)) for name in (first, second))
    shorter, longer = sorted((left, right), key=len)
    if not shorter:
        return 0.0
    rest, total = list(longer), 0.0
    for word in shorter:
        best = max(rest, key=lambda other, word=word: alike(word, other))
        total += alike(word, best)
        rest.remove(best)
    return total / (len(shorter) + 0.5 * len(rest))


if __name__ == "__main__":
    write_scores(score)
