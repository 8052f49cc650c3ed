"""nomenklatura (MIT): two persons with nothing but a name, by the algorithm named in the third argument."""

from __future__ import annotations

import importlib
import itertools
import sys
from typing import Any

from bench.peers.reading import write_scores


def main() -> None:
    """Score with `logic-v2` or `name-based` and its default settings."""
    matching: Any = importlib.import_module("nomenklatura.matching")
    followthemoney: Any = importlib.import_module("followthemoney")
    algorithm = matching.get_algorithm(sys.argv[3])
    settings = algorithm.default_config()

    numbers = itertools.count()

    def person(name: str) -> Any:
        """Return an entity with an identifier of its own: the library keeps what it read of a name by identifier."""
        told = {"id": f"person-{next(numbers)}", "schema": "Person", "properties": {"name": [name]}}
        return followthemoney.model.get_proxy(told)

    def score(first: str, second: str) -> float:
        return float(algorithm.compare(person(first), person(second), settings).score)

    write_scores(score)


if __name__ == "__main__":
    main()
