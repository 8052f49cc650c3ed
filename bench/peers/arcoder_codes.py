"""arcoder (MIT): codes of transliterated Arabic names, compared by edit distance, in two ways.

The library encodes and leaves the comparison to its user. `words` pairs the words greedily and takes the mean of the
shorter name's; `whole` encodes the name without its spaces. Of what was tried, these two did best.
"""

from __future__ import annotations

import importlib
import re
import sys
from functools import cache
from typing import Any

from bench.peers.reading import latin, write_scores

library: Any = importlib.import_module("arcoder")
distance: Any = importlib.import_module("rapidfuzz.distance")
encoder = library.ARCoder()


@cache
def codes(word: str) -> tuple[str, ...]:
    """Return the encodings of one word, the first dozen."""
    return tuple(encoder.encode(word))[:12]


@cache
def alike(first: str, second: str) -> float:
    """Return the greatest similarity (Levenshtein) among the codes of two words."""
    pairs = ((one, other) for one in codes(first) for other in codes(second))
    return max((distance.Levenshtein.normalized_similarity(*pair) for pair in pairs), default=0.0)


def score(first: str, second: str) -> float:
    """Return the mean likeness of the paired words."""
    left, right = (re.findall("[a-z]+", latin(name)) for name in (first, second))
    if not left or not right:
        return 0.0
    if sys.argv[3] == "whole":
        return alike("".join(left), "".join(right))
    shorter, longer = sorted((left, right), key=len)
    rest, total = list(longer), 0.0
    for word in shorter:
        best = max(rest, key=lambda other, word=word: alike(word, other))
        total += alike(word, best)
        rest.remove(best)
    return total / len(shorter)


if __name__ == "__main__":
    write_scores(score)
