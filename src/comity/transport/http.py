"""HTTPS between nodes: TLS 1.3, mutual, pinned to the partner's confirmed card; no redirect, no proxy, all bounded.

Implements docs/protocol/identity.md §6. The certificate of the card is the only trust anchor, and the certificate
presented must be exactly it; the name in it does not matter. Plain HTTP only on loopback, and only if configured.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import ssl
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from comity.config import Config
from comity.core.crypto.certificate import certificate_pin
from comity.errors import DeliveryError, NodeError
from comity.transport.address import resolve

CONNECT_SECONDS = 10.0
STALL_SECONDS = 30.0
TOTAL_SECONDS = 120.0
MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_IDLE = 4
"""Connections kept open to one endpoint."""

IDLE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class OwnTls:
    """This node's certificate and encrypted private key."""

    certificate: Path
    private_key: Path
    password: str

    @property
    def stamp(self) -> int:
        """When the certificate was last replaced (nanoseconds since 1970); 0 when it is not there."""
        try:
            return self.certificate.stat().st_mtime_ns
        except OSError:
            return 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a partner listens, and the certificate its card names (PEM); None trusts any, to read a card only."""

    url: str
    certificate: str | None


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, under TLS when a context is given.

    Head and body of a request leave together: one record and one packet, of which whoever reads is woken once.
    """

    def __init__(
        self, host: str, port: int, address: str, context: ssl.SSLContext | None, pin: bytes | None
    ) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._address, self._context, self._pin = address, context, pin
        self.pid = os.getpid()
        self.idle_since = 0.0
        self._waiting: list[bytes] = []

    def send(self, data: bytes) -> None:  # type: ignore[override]  # nothing but octets is sent here
        """Keep a part of a request until `flush`."""
        self._waiting.append(data)

    def flush(self) -> None:
        """Send the request."""
        octets, self._waiting = b"".join(self._waiting), []
        super().send(octets)

    def connect(self) -> None:
        """Connect to the checked address and verify that the certificate is the pinned one."""
        plain = socket.create_connection((self._address, self.port), CONNECT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is None:
            self.sock = plain
            return
        try:
            wrapped = self._context.wrap_socket(plain, server_hostname=_server_name(self.host))
        except (OSError, ValueError):
            plain.close()
            raise
        presented = wrapped.getpeercert(binary_form=True) or b""
        if self._pin is not None and hashlib.sha256(presented).digest() != self._pin:
            wrapped.close()
            raise DeliveryError("delivery.pin", retryable=True)
        self.sock = wrapped


class HttpChannels:
    """Keeps the connections of a process, per endpoint.

    Args:
        own: what this node shows of itself; None for reading cards without showing anything.
        config: for what is allowed.
    """

    def __init__(self, own: OwnTls | None, config: Config) -> None:
        self._own, self._config = own, config
        self._idle: defaultdict[Endpoint, list[_Pinned]] = defaultdict(list)
        self._contexts: dict[tuple[str | None, int], ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def to(self, endpoint: Endpoint) -> HttpChannel:
        """Return the way to an endpoint."""
        return HttpChannel(self, endpoint)

    def request(self, endpoint: Endpoint, method: str, path: str, body: bytes | None) -> bytes:
        """Make one request; a connection that was kept and had died meanwhile is replaced once.

        Raises:
            DeliveryError: ``delivery.*``.
        """
        kept = self._take(endpoint)
        if kept is not None:
            try:
                return self._speak(endpoint, kept, method, path, body)
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError):
                kept.close()
        fresh = self._connect(endpoint)
        try:
            return self._speak(endpoint, fresh, method, path, body)
        except TimeoutError:
            raise DeliveryError("delivery.timeout", retryable=True) from None
        except ssl.SSLError as error:
            raise DeliveryError("delivery.tls", retryable=True, reason=error.reason or "unknown") from None
        except (OSError, http.client.HTTPException):
            raise DeliveryError("delivery.unreachable", retryable=True) from None

    def close(self) -> None:
        """Close all kept connections."""
        with self._lock:
            for kept in self._idle.values():
                for connection in kept:
                    connection.close()
            self._idle.clear()

    def _speak(
        self, endpoint: Endpoint, connection: _Pinned, method: str, path: str, body: bytes | None
    ) -> bytes:
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "application/octet-stream"})
            connection.flush()
            if connection.sock is not None:
                connection.sock.settimeout(STALL_SECONDS)
            answer = connection.getresponse()
            octets = _read_bounded(answer)
            answer.close()  # read1 does not notice the end of a body of known length
        except BaseException:
            connection.close()
            raise
        if answer.will_close:
            connection.close()
        else:
            self._put(endpoint, connection)
        if answer.status != 200:
            later = answer.status >= 500 or answer.status in (408, 425, 429)
            raise DeliveryError("delivery.status", retryable=later, status=answer.status)
        return octets

    def _connect(self, endpoint: Endpoint) -> _Pinned:
        parts = urlsplit(endpoint.url)
        host = parts.hostname or ""
        plain = parts.scheme == "http"
        port = parts.port or (80 if plain else 443)
        allowed = self._config.allow_private_addresses or (plain and self._config.plain_http_on_loopback)
        address = resolve(host, port, allow_private=allowed)
        if plain:
            if not (self._config.plain_http_on_loopback and address.is_loopback):
                raise DeliveryError("delivery.plain", retryable=False)
            return _Pinned(host, port, str(address), None, None)
        pin = None if endpoint.certificate is None else certificate_pin(endpoint.certificate)
        connection = _Pinned(host, port, str(address), self._context(endpoint.certificate), pin)
        try:
            connection.connect()
        except TimeoutError:
            raise DeliveryError("delivery.timeout", retryable=True) from None
        except ssl.SSLCertVerificationError:
            raise DeliveryError("delivery.pin", retryable=True) from None
        except ssl.SSLError as error:
            raise DeliveryError("delivery.tls", retryable=True, reason=error.reason or "unknown") from None
        except OSError:
            raise DeliveryError("delivery.unreachable", retryable=True) from None
        return connection

    def _context(self, certificate: str | None) -> ssl.SSLContext:
        key = certificate, 0 if self._own is None else self._own.stamp
        with self._lock:
            found = self._contexts.get(key)
            if found is None:
                if len(self._contexts) >= 256:
                    self._contexts.clear()
                found = self._contexts[key] = client_context(self._own, certificate)
            return found

    def _take(self, endpoint: Endpoint) -> _Pinned | None:
        with self._lock:
            kept = self._idle[endpoint]
            while kept:
                connection = kept.pop()
                if connection.pid == os.getpid() and time.monotonic() - connection.idle_since < IDLE_SECONDS:
                    return connection
                connection.close()
        return None

    def _put(self, endpoint: Endpoint, connection: _Pinned) -> None:
        connection.idle_since = time.monotonic()
        with self._lock:
            kept = self._idle[endpoint]
            if len(kept) < MAX_IDLE:
                kept.append(connection)
                return
        connection.close()


@dataclass(frozen=True, slots=True)
class HttpChannel:
    """A `Channel` over HTTPS."""

    channels: HttpChannels
    endpoint: Endpoint

    def post(self, path: str, body: bytes) -> bytes:
        """Post bytes; see `Channel.post`."""
        return self.channels.request(self.endpoint, "POST", path, body)

    def get(self, path: str) -> bytes:
        """Read a path; see `Channel.get`."""
        return self.channels.request(self.endpoint, "GET", path, None)


def client_context(own: OwnTls | None, certificate: str | None) -> ssl.SSLContext:
    """Return a TLS 1.3 context that trusts one certificate only.

    Raises:
        NodeError: ``tls.missing``, ``tls.key``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    if certificate is None:
        context.verify_mode = ssl.CERT_NONE
    else:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=certificate)
    if own is not None:
        try:
            context.load_cert_chain(own.certificate, own.private_key, own.password)
        except ssl.SSLError:
            raise NodeError("tls.key", file=own.private_key.name) from None
        except OSError:
            raise NodeError("tls.missing", file=own.private_key.name) from None
    return context


def _read_bounded(answer: http.client.HTTPResponse) -> bytes:
    """Read the whole answer within the limits of size and time."""
    until = time.monotonic() + TOTAL_SECONDS
    octets = bytearray()
    while part := answer.read1(1 << 16):
        octets += part
        if len(octets) > MAX_ANSWER_BYTES:
            raise DeliveryError("delivery.too-large", retryable=False, limit=MAX_ANSWER_BYTES)
        if time.monotonic() > until:
            raise DeliveryError("delivery.timeout", retryable=True)
    if answer.length:  # the connection ended within the answer; `read1` does not say so
        raise DeliveryError("delivery.unreachable", retryable=True)
    return bytes(octets)


def _server_name(host: str) -> str | None:
    """Return the name for SNI; an address has none."""
    return None if ":" in host or host.replace(".", "").isdigit() else host
