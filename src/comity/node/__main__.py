"""``python -m comity.node --behind SOCKET``: the TLS front of the node of `COMITY_HOME`."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from ssl import SSLContext

from comity.errors import ComityError
from comity.node.front import Front, Trusted, server_context
from comity.services.custody import open_node
from comity.services.journal import log_json
from comity.transport.http import OwnTls

REFRESH_SECONDS = 2.0
"""How often the partners are read again: a confirmation or a renewed certificate counts within this time."""

BACKLOG = 128

_log = logging.getLogger("comity.front")


def main() -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="comity-front")
    parser.add_argument("--behind", type=Path, required=True)
    chosen = parser.parse_args()
    log_json("front")
    node = open_node(Path(os.environ["COMITY_HOME"]))
    from comity.services.custody.tls import certificate_file, private_key_file, tls_password
    from comity.services.health import NODE_TROUBLE, release_connections
    from comity.services.partners.own_card import own_card_octets
    from comity.services.partners.trusted import trusted_certificates

    config = node.config
    own = OwnTls(certificate_file(config), private_key_file(config), tls_password(node.keys))
    make: partial[SSLContext] = partial(server_context, own.certificate, own.private_key, own.password)

    def trusted() -> Trusted:
        return Trusted(trusted_certificates(node), own.stamp)

    def card() -> bytes:
        try:
            return own_card_octets(node)
        finally:
            release_connections(node)

    front = Front(make, chosen.behind, card)
    front.trust(trusted())
    listener = _listen(config.partner.host, config.partner.port)
    threading.Thread(target=front.serve, args=(listener,), daemon=True).start()
    _refresh(front, trusted, (ComityError, *NODE_TROUBLE))
    return 0


def _refresh(front: Front, read: Callable[[], Trusted], trouble: tuple[type[Exception], ...]) -> None:
    """Read the partners again and again, and our own certificate if it was replaced; a failure keeps what was there."""
    while True:
        time.sleep(REFRESH_SECONDS)
        try:
            if front.trust(read()):
                _log.info("partners read again")
        except trouble as error:
            _log.error("partners not read: %s", type(error).__name__)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


if __name__ == "__main__":
    sys.exit(main())
