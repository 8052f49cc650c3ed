"""The TLS front of the partner endpoint: nothing behind it sees a byte of anybody but a confirmed partner.

Implements docs/protocol/identity.md §6.2. Rules:

- TLS 1.3; a client that shows a certificate must show exactly one of a partner that was confirmed, else the handshake
  fails; its requests then pass to the WSGI server on a private Unix socket, marked with the certificate's digest;
- a client that shows none may read this node's card and nothing else;
- connections are bounded: in number, for each partner, in time of handshake and in silence.

A partner that was suspended or revoked still connects, because recalls and erasures still flow; what else it sends is
refused by the exchange.
"""

from __future__ import annotations

import hashlib
import logging
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comity.core.crypto.certificate import certificate_pin
from comity.node.relay import relay
from comity.transport.unix import connect_private

HANDSHAKE_SECONDS = 10.0
MAX_CONNECTIONS = 256
MAX_STRANGERS = 16
MAX_EACH = 16
"""Connections at once: in all, without certificate, and of one certificate."""

MAX_REQUEST_BYTES = 4096
CARD_LINE = b"GET /c/1/card HTTP/1."

_log = logging.getLogger("comity.front")


@dataclass(frozen=True, slots=True)
class Trusted:
    """Who may connect, and what this node shows of itself.

    Args:
        certificates: PEM, of the partners that were confirmed.
        own: stamp of this node's certificate; another one has it read again.
    """

    certificates: frozenset[str]
    own: int = 0


class Front:
    """Serves one listener.

    Args:
        context: makes the TLS context for a set of trusted certificates.
        behind: Unix socket of the WSGI server.
        card: returns this node's card.
    """

    def __init__(
        self, context: Callable[[Trusted], ssl.SSLContext], behind: Path, card: Callable[[], bytes]
    ) -> None:
        self._make, self._behind, self._card = context, behind, card
        self._trusted = Trusted(frozenset())
        self._pins: frozenset[str] = frozenset()
        self._context = context(self._trusted)
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def trust(self, trusted: Trusted) -> bool:
        """Take another set of partners, or certificate of our own, for what is to come; tells whether it differs."""
        if trusted == self._trusted:
            return False
        pins = frozenset(certificate_pin(pem).hex() for pem in trusted.certificates)
        self._context, self._pins, self._trusted = self._make(trusted), pins, trusted
        return True

    def serve(self, listener: socket.socket) -> None:
        """Accept connections until the listener is closed."""
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            if not self._enter("all", MAX_CONNECTIONS):
                plain.close()
                continue
            threading.Thread(target=self._admit, args=(plain,), daemon=True).start()

    def _admit(self, plain: socket.socket) -> None:
        try:
            with plain:
                plain.settimeout(HANDSHAKE_SECONDS)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._context.wrap_socket(plain, server_side=True) as client:
                    self._sort(client)
        except (OSError, ValueError) as error:
            _log.info("connection ended: %s", type(error).__name__)
        finally:
            self._leave("all")

    def _sort(self, client: ssl.SSLSocket) -> None:
        """Pass a partner on, show the card to a stranger."""
        shown = client.getpeercert(binary_form=True)
        share = "stranger" if shown is None else hashlib.sha256(shown).hexdigest()
        if shown is not None and share not in self._pins:
            return
        if not self._enter(share, MAX_STRANGERS if shown is None else MAX_EACH):
            return
        try:
            if shown is None:
                self._show_card(client)
            else:
                with connect_private(self._behind, HANDSHAKE_SECONDS) as server:
                    relay(client, server, share, lambda: share in self._pins)
        finally:
            self._leave(share)

    def _show_card(self, client: ssl.SSLSocket) -> None:
        request = bytearray()
        while b"\r\n\r\n" not in request:
            part = client.recv(MAX_REQUEST_BYTES)
            request += part
            if not part or len(request) > MAX_REQUEST_BYTES:
                return
        if request.startswith(CARD_LINE):
            status, body = "200 OK", self._card()
        else:
            status, body = "403 Forbidden", b'{"code":"node.certificate"}'
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        client.sendall(head.encode("ascii") + b"Cache-Control: no-store\r\nConnection: close\r\n\r\n" + body)

    def _enter(self, share: str, limit: int) -> bool:
        with self._lock:
            if self._counts[share] >= limit:
                return False
            self._counts[share] += 1
            return True

    def _leave(self, share: str) -> None:
        with self._lock:
            self._counts[share] -= 1
            if not self._counts[share]:
                del self._counts[share]


def server_context(certificate: Path, private_key: Path, password: str, trusted: Trusted) -> ssl.SSLContext:
    """Return a TLS 1.3 server context that trusts exactly the given client certificates.

    Raises:
        OSError, ssl.SSLError: the node's own certificate or key does not load.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(certificate, private_key, password)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    for pem in sorted(trusted.certificates):
        context.load_verify_locations(cadata=pem)
    return context
