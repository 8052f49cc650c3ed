"""User-space proxies that spoil what two nodes say to each other; neither needs privileges.

`ChaosProxy` drops, duplicates, cuts, delays and reorders whole HTTP exchanges. TLS would hide them from it, so that it
stands behind the front, between that and the endpoint, or on a plain line. `Severing` stands on the line itself and
breaks TLS connections anywhere in their bytes. Each fault is drawn from a seeded generator and counted, so that a run
says what it really did.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import socketserver
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.processes.pair import connection_to

FAULTS = ("drop", "duplicate", "cut", "reorder", "lose-reply")


class _Server(ThreadingHTTPServer):
    """Says nothing when a killed client leaves its connection behind."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore it: it is what the test does."""


class _UnixServer(_Server):
    """The same on a Unix socket, for the front."""

    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        """Bind without asking for the name of the host."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "node", 0


class ChaosProxy:
    """Forwards a loopback port, or a Unix socket, to an upstream one, with faults.

    Args:
        upstream: loopback port or Unix socket of the node.
        rate: chance of each fault per request, 0 to 1.
        seed: of the faults.
    """

    def __init__(
        self, upstream: int | Path, *, rate: float = 0.05, seed: int = 1, at: Path | None = None
    ) -> None:
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

        if at is None:
            self.server: _Server = _Server(("127.0.0.1", 0), Handler)
            self.port = int(self.server.server_address[1])
        else:
            self.server, self.port = _UnixServer(str(at), Handler), 0  # type: ignore[arg-type]  # typed for TCP only
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
        connection = connection_to(self.upstream, 20)
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


class Severing:
    """Carries the bytes of a line from ``127.0.0.1:port`` to an upstream port and breaks some connections within them.

    Args:
        upstream: loopback port.
        rate: chance that a connection is broken, 0 to 1; after how many bytes is drawn too.
        seed: of the faults.
    """

    MOST_BYTES = 200_000

    def __init__(self, upstream: int, *, rate: float, seed: int) -> None:
        self.upstream, self.rate, self.random = upstream, rate, random.Random(seed)
        self.severed = self.connections = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.listener.getsockname()[1])
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Severing:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                broken = self.random.random() < self.rate
                left = [self.random.randrange(self.MOST_BYTES) if broken else 1 << 62]
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream), 5)
            except OSError:
                client.close()
                continue
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._carry, args=(source, target, left), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, left: list[int]) -> None:
        """Pass bytes on until an end, or until the two directions together have used up what is left."""
        with contextlib.suppress(OSError):
            source.settimeout(None)
            while octets := source.recv(1 << 16):
                with self.lock:
                    allowed, left[0] = octets[: max(0, left[0])], left[0] - len(octets)
                    over = left[0] < 0
                    self.severed += over and len(allowed) > 0
                target.sendall(allowed)
                if over:
                    break
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
