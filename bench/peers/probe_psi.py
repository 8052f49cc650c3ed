"""openmined-psi (Apache-2.0): ECDH private set intersection with a Golomb-compressed set, of tokens in files.

``python -m bench.peers.probe_psi SET QUERIES OUT``: SET holds one token a line; QUERIES one query a line, its tokens with
blanks. Writes as JSON what set-up and a query cost, and which queries meet the set.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

FALSE = 1e-9


def main() -> None:
    """Set up, ask, write."""
    psi: Any = importlib.import_module("private_set_intersection.python")
    tokens = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    queries = [line.split() for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()]
    most = max(len(query) for query in queries)
    client, server = psi.client.CreateWithNewKey(True), psi.server.CreateWithNewKey(True)
    begun = time.process_time()
    setup = server.CreateSetupMessage(FALSE, most, tokens, psi.DataStructure.GCS)
    set_up = time.process_time() - begun
    found, taken, up, down = [], 0.0, 0, 0
    for query in queries:
        request = client.CreateRequest(query)
        begun = time.process_time()
        response = server.ProcessRequest(request)
        taken += time.process_time() - begun
        up += len(request.SerializeToString())
        down += len(response.SerializeToString())
        found.append(len(client.GetIntersection(setup, response)) > 0)
    Path(sys.argv[3]).write_text(
        json.dumps(
            {
                "set_up_us_per_token": round(1e6 * set_up / len(tokens), 1),
                "set_up_bytes_per_token": round(len(setup.SerializeToString()) / len(tokens), 1),
                "server_ms_per_query": round(1000 * taken / len(queries), 2),
                "bytes_up": round(up / len(queries)),
                "bytes_down": round(down / len(queries)),
                "found": found,
            }
        ),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
