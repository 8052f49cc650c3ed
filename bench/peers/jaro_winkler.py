"""rapidfuzz (MIT): Jaro-Winkler similarity of the transliterated names."""

from __future__ import annotations

import importlib
from typing import Any

from bench.peers.reading import latin, write_scores

if __name__ == "__main__":
    distance: Any = importlib.import_module("rapidfuzz.distance")
    write_scores(lambda a, b: distance.JaroWinkler.normalized_similarity(latin(a), latin(b)))
