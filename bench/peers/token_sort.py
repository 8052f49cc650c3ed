"""rapidfuzz (MIT): ratio of the transliterated names with their words sorted."""

from __future__ import annotations

import importlib
from typing import Any

from bench.peers.reading import latin, write_scores

if __name__ == "__main__":
    fuzz: Any = importlib.import_module("rapidfuzz.fuzz")
    write_scores(lambda a, b: fuzz.token_sort_ratio(latin(a), latin(b)) / 100)
