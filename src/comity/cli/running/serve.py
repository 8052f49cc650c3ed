"""``python -m comity.cli.running.serve``: one WSGI application of the node under granian, on a port or a Unix socket.

Started by `comity run` only. The workers are spawned, not forked, so that nothing of this process is shared.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from pathlib import Path

THREADS = 4
STOP_SECONDS = 8


def main() -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="comity-serve")
    parser.add_argument("application", help="module:name")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--socket", type=Path)
    chosen = parser.parse_args()
    multiprocessing.set_start_method("spawn")
    os.umask(0o077)
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces

    if chosen.socket is not None:
        chosen.socket.unlink(missing_ok=True)
    place = {"address": chosen.host, "port": chosen.port} if chosen.socket is None else {"uds": chosen.socket}
    Granian(
        chosen.application,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
        log_enabled=False,
        **place,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
