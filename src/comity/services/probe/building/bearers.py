"""How many bear the same two names, kept from a base for its deltas: to count them again, every name would be read anew.

Implements docs/protocol/probe.md §7.5. Eight bytes a person, hashes of names; sealed under a key of the epoch's records, and
so unreadable when that is destroyed. What is missing, altered or of another base is counted again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator

from comity.core.crypto.stream import CHUNK_BYTES, SALT_BYTES, TAG_BYTES, open_stream, seal_stream
from comity.errors import InputError, NodeError
from comity.services.context import Node
from comity.services.probe import parts
from comity.services.probe.layers.bearers import Bearers
from comity.storage.models.probe import ProbeEpoch


def keep(node: Node, epoch: ProbeEpoch, base: str, both: Bearers) -> None:
    """Keep what was counted for a base.

    Args:
        node: this node.
        epoch: of the base.
        base: digest of its manifest.
        both: as counted.

    Raises:
        NodeError: ``probe.disk``.
    """
    salt = node.random(SALT_BYTES)
    sealed = seal_stream(_key(epoch, base), salt, base.encode(), [both.to_octets()])
    parts.write_part(parts.names_folder(node), base, b"".join((salt, *sealed)))


def kept(node: Node, epoch: ProbeEpoch, base: str) -> Bearers | None:
    """Return what was counted for a base; None when it is not here as it was."""
    size = parts.names_folder(node) / base
    try:
        octets = parts.read_part(parts.names_folder(node), base, 0, size.stat().st_size)
        opened = open_stream(_key(epoch, base), octets[:SALT_BYTES], base.encode(), _chunks(octets))
        return Bearers(b"".join(opened))
    except (InputError, NodeError, OSError, ValueError):
        return None


def sweep(node: Node, bases: Collection[str]) -> None:
    """Remove what was counted for bases that nobody builds on any more."""
    for path in parts.names_folder(node).iterdir():
        if path.name not in bases:
            path.unlink(missing_ok=True)


def _chunks(octets: bytes) -> Iterator[bytes]:
    step = CHUNK_BYTES + TAG_BYTES
    for at in range(SALT_BYTES, len(octets), step):
        yield octets[at : at + step]


def _key(epoch: ProbeEpoch, base: str) -> bytes:
    key = bytes(epoch.record_key)
    return hashlib.blake2b(base.encode(), key=key, digest_size=32, person=b"CP1-bearers").digest()
