"""``python -m comity.worker --home DIR``: the worker process of one node. SIGTERM ends it cleanly."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from comity.services import wiring
from comity.services.custody import open_node
from comity.services.journal import log_json
from comity.services.partners.ways import http_channels


def main() -> None:
    """Open the node of a home and work until a signal comes."""
    parser = argparse.ArgumentParser(prog="comity.worker")
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args().home
    log_json("worker")
    node = open_node(home)
    wiring.connect()
    from comity.worker.loop import Worker  # these need the database set up
    from comity.worker.tasks import tasks

    worker = Worker(node, http_channels(node), tasks(node))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: worker.stop())
    worker.run()


if __name__ == "__main__":
    main()
