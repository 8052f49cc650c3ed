"""Writes every row of a node's database with its sealed fields opened: ``python -m tests.processes.dump_database HOME``."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(home: Path) -> None:
    """Write one line a field, UTF-8, to standard output."""
    from comity.services.custody import open_node

    node = open_node(home)
    from comity.storage.recovery.opened import every_value

    for line in every_value(node.alias):
        sys.stdout.buffer.write(line)


def asked_rows(home: str) -> None:
    """Write what the asker's database holds of each search, one JSON object a line."""
    from comity.services.custody import open_node

    node = open_node(Path(home))
    from comity.core.codes.exchange import Regime
    from comity.storage import probe

    for row in probe.recent_asked(node.alias, 1000, [regime.value for regime in Regime]):
        found = {
            "rid": row.rid,
            "officer_kid": row.officer_kid,
            "commitment": row.commitment,
            "justification": bytes(row.justification).hex(),
        }
        sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
