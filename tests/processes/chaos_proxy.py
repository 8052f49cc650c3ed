"""A user-space proxy between two nodes that drops, duplicates, cuts, delays and reorders whole HTTP exchanges.

It speaks plain HTTP on loopback (a test configuration; TLS would hide the frames from it) and needs no privileges.
Each fault is drawn from a seeded generator and counted, so that a run says what it really did.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = ("drop", "duplicate", "cut", "reorder", "lose-reply")


class _Server(ThreadingHTTPServer):
    """Says nothing when a killed client leaves its connection behind."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore it: it is what the test does."""


class ChaosProxy:
    """Forwards ``127.0.0.1:port`` to an upstream port, with faults.

    Args:
        upstream: loopback port of the node.
        rate: chance of each fault per request, 0 to 1.
        seed: of the faults.
    """

    def __init__(self, upstream: int, *, rate: float = 0.05, seed: int = 1, port: int = 0) -> None:
        self.upstream = upstream
        self.rate = rate
        self.random = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.requests = 0
        self.lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.forward(self)

            def do_GET(self) -> None:
                proxy.forward(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                return

        self.server = _Server(("127.0.0.1", port), Handler)
        self.port = int(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> ChaosProxy:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)

    def draw(self) -> str:
        """Return the fault of the next request, or an empty string."""
        with self.lock:
            self.requests += 1
            for fault in FAULTS:
                if self.random.random() < self.rate:
                    self.faults[fault] += 1
                    return fault
        return ""

    def forward(self, handler: BaseHTTPRequestHandler) -> None:
        """Pass one exchange on, or do to it what was drawn."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        fault = self.draw()
        if fault == "drop":
            handler.close_connection = True
            return
        if fault == "reorder":
            time.sleep(0.05 + 0.3 * self.random.random())
        if fault == "duplicate":
            self._ask(handler, body)
        answer = self._ask(handler, body)
        if fault == "lose-reply" or answer is None:
            handler.close_connection = True
            return
        status, kind, octets = answer
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(octets)))
        handler.end_headers()
        if fault == "cut":
            octets = octets[: len(octets) // 2]
            handler.close_connection = True
        try:
            handler.wfile.write(octets)
        except OSError:
            handler.close_connection = True

    def _ask(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, str, bytes] | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=20)
        kept = {
            name: value
            for name, value in handler.headers.items()
            if name.lower() not in ("connection", "host")
        }
        try:
            connection.request(handler.command, handler.path, body=body or None, headers=kept)
            response = connection.getresponse()
            return response.status, response.headers.get("Content-Type", ""), response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
