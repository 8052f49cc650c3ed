"""What a partner's node talks to: one small WSGI callable; no session, no cookie, no framework.

Implements docs/protocol/envelope.md §10. Four paths; everything else does not exist. An answer is a frame, a card, or
``{"code": ...}`` in one form: an error tells its code and nothing of this node. The size of a body is checked before
it is read, and each client has a share of the service and no more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from comity.core import canonical
from comity.core.envelope.limits import FRAME_BYTES
from comity.errors import ComityError, PeerError, Refused
from comity.node.limits import Limits
from comity.services.calls import answer_call
from comity.services.context import Node
from comity.services.exchange.receive import receive_batch
from comity.services.health import NODE_TROUBLE, healthy, release_connections
from comity.services.partners.own_card import own_card_octets

Start = Callable[..., Any]
NOT_TOLD = ("partner.", "signature.")
UNKNOWN = "partner.unknown"
"""Codes that depend on who the partners are; whoever speaks in another's name learns neither that nor how they stand."""

_log = logging.getLogger("comity.node")
_PHRASES = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_POSTS: dict[str, Callable[[Node, bytes], bytes]] = {"/c/1/batch": receive_batch, "/c/1/call": answer_call}


def make_app(node: Node, limits: Limits | None = None) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """Return the WSGI application of a node's partner endpoint.

    Args:
        node: whose endpoint it is.
        limits: shares of the clients; the usual ones when None.
    """
    shares = limits or Limits()

    def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        # The front marks each request with the certificate it came with; without a front, the address counts.
        client = str(environ.get("HTTP_X_COMITY_CLIENT") or environ.get("REMOTE_ADDR", ""))
        if not shares.enter(client):
            return _send(start, 429, *_error("node.busy"))
        try:
            status, kind, body = _answer(node, environ)
        finally:
            shares.leave(client)
        if status in (400, 403):
            shares.failed(client)
        return _send(start, status, kind, body)

    return app


def _answer(node: Node, environ: dict[str, Any]) -> tuple[int, str, bytes]:
    method, path = environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", "")
    try:
        if path in _POSTS:
            return _post(node, environ, _POSTS[path]) if method == "POST" else (405, *_error("node.method"))
        if path == "/c/1/card" and method == "GET":
            return 200, "application/json", own_card_octets(node)
        if path == "/healthz" and method == "GET":
            return (200 if healthy(node) else 503), "text/plain", b""
    except (PeerError, Refused) as error:
        if error.code.startswith(NOT_TOLD):
            return 400, *_error(UNKNOWN)
        return (403 if isinstance(error, Refused) else 400), *_error(error.code)
    except ComityError as error:
        _log.error("partner endpoint: %s", error.code)
        return 503, *_error("node.trouble")
    except NODE_TROUBLE as error:
        _log.error("partner endpoint: %s", type(error).__name__)
        return 503, *_error("node.trouble")
    finally:
        release_connections(node)
    return 404, *_error("node.path")


def _post(
    node: Node, environ: dict[str, Any], answer: Callable[[Node, bytes], bytes]
) -> tuple[int, str, bytes]:
    # 1. The size, before anything is read.
    stated = environ.get("CONTENT_LENGTH") or ""
    if not (stated.isascii() and stated.isdigit()):
        return 411, *_error("node.length")
    length = int(stated)
    if length > FRAME_BYTES:
        return 413, *_error("frame.too-large")
    # 2. Exactly that many bytes.
    octets = environ["wsgi.input"].read(length)
    if len(octets) != length:
        return 400, *_error("frame.size")
    return 200, "application/octet-stream", answer(node, octets)


def _error(code: str) -> tuple[str, bytes]:
    return "application/json", canonical.encode({"code": code})


def _send(start: Start, status: int, kind: str, body: bytes) -> Iterable[bytes]:
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start(f"{status} {_PHRASES[status]}", headers)
    return [body]
