"""Where a mirror is, and how its pieces are read: a folder, or any HTTP server that serves one.

Implements docs/protocol/probe.md §7.4. Nothing that comes from a mirror is believed: a part is used only with the SHA-256
that the signed manifest states. TLS is there so that nobody on the way sees which parts are asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from comity.config import Config
from comity.core.probe.manifest import Manifest
from comity.errors import DeliveryError, InputError, PeerError
from comity.services.context import Node
from comity.services.probe import parts
from comity.storage.models.probe import ProbeMirror
from comity.transport.http import Endpoint, HttpChannels

PIECE_BYTES: Final = 4 * 1024 * 1024
"""Bytes of a part in one file: an answer of a server is bounded, and a broken download loses no more."""

Read = Callable[[str], bytes]
"""Returns what lies at a mirror under a name."""


def name_of(digest: str, number: int) -> str:
    """Return the name under which a piece of a part lies."""
    return f"{digest}/{number:05d}"


def check_place(place: str, certificate: str) -> None:
    """Refuse a place that is neither an absolute folder nor an address that may be asked.

    Args:
        place: folder, ``https://…`` with the server's certificate, or ``http://…`` on this machine.
        certificate: of the server, PEM; the only one that is accepted.

    Raises:
        InputError: ``probe.mirror-place``.
    """
    found = urlsplit(place)
    folder = not found.scheme and place.startswith("/") and not certificate
    secure = found.scheme == "https" and bool(certificate)
    plain = found.scheme == "http" and not certificate
    whole = bool(found.hostname) and not (found.query or found.fragment or found.username)
    if not folder and not ((secure or plain) and whole):
        raise InputError("probe.mirror-place")


@contextmanager
def reading(config: Config, mirror: ProbeMirror) -> Iterator[Read]:
    """Yield what reads a mirror; its connections are closed behind it.

    Reading raises DeliveryError: ``probe.mirror-missing``, ``delivery.*``.
    """
    if mirror.place.startswith("/"):
        yield lambda name: _from_folder(Path(mirror.place) / name)
        return
    ways = HttpChannels(None, config)
    way = ways.to(Endpoint(mirror.place, mirror.certificate or None))
    base = urlsplit(mirror.place).path.rstrip("/")
    try:
        yield lambda name: way.get(f"{base}/{name}")
    finally:
        ways.close()


def fetch_part(node: Node, mirror: ProbeMirror, digest: str, size: int) -> None:
    """Fetch what is missing of a part from a mirror, and verify it.

    Raises:
        DeliveryError: ``probe.mirror-missing``, ``delivery.*``; what has come is kept.
        PeerError: ``probe.part-wrong``: the mirror holds other bytes; they are deleted.
        NodeError: ``probe.disk``.
    """
    folder = parts.replica_folder(node)
    with reading(node.config, mirror) as read:
        while (offset := parts.fetched(folder, digest)) < size:
            # A download from elsewhere may have stopped within a piece.
            number, within = divmod(offset, PIECE_BYTES)
            octets = read(name_of(digest, number))[within:]
            if not octets or offset + len(octets) > size:
                raise PeerError("probe.part-wrong")
            parts.append(folder, digest, octets)
    if not parts.complete(folder, digest):
        raise PeerError("probe.part-wrong")


def verify_serves(node: Node, mirror: ProbeMirror, manifest: Manifest) -> None:
    """Read one shard of a base from a mirror and compare it with the manifest; nothing is kept.

    The smallest shard: it stands for the others, each of which is verified when it is fetched.

    Raises:
        DeliveryError: ``probe.mirror-missing``, ``delivery.*``.
        PeerError: ``probe.part-wrong``: the mirror holds other bytes.
    """
    shard = min(manifest.shards, key=lambda each: (each.size, each.digest))
    found, length = hashlib.sha256(), 0
    with reading(node.config, mirror) as read:
        for number in range(-(-shard.size // PIECE_BYTES)):
            octets = read(name_of(shard.digest, number))
            found.update(octets)
            length += len(octets)
    if (length, found.hexdigest()) != (shard.size, shard.digest):
        raise PeerError("probe.part-wrong")


def _from_folder(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(PIECE_BYTES + 1)
    except OSError:
        raise DeliveryError("probe.mirror-missing", retryable=True) from None
