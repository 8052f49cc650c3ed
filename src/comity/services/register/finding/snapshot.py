"""The index of a register on disk, sealed: found again after a restart, written anew when enough has changed.

Nothing depends on it: a file that is missing, of another version or damaged means that the index is built from the
database. What was erased leaves the file when it is next written, at most `OLDEST` after the erasure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from comity import __version__
from comity.core.codes.exchange import Regime
from comity.core.crypto.derive import Label, derive
from comity.core.crypto.stream import CHUNK_BYTES, SALT_BYTES, TAG_BYTES, open_stream, seal_stream
from comity.core.instant import read_instant, write_instant
from comity.core.match.growing import Growing
from comity.core.match.names.compare import VERSION
from comity.core.match.register.snapshot import read_head, restored, written
from comity.errors import ComityError, NodeError, Refused
from comity.services.context import Node
from comity.services.register.finding.holder import Held, adopt, caught_up, held, newer
from comity.storage.fields import field_key

OLDEST = timedelta(minutes=15)
"""Age at which the file is written anew when anything has changed."""

MANY = 2_000
"""Changed subjects, besides half of the register, at which it is written anew at once."""


def load(node: Node, regime: Regime) -> bool:
    """Take the index of a regime into this process from the file, when the process has none and the file is good."""
    standing = held(node, regime)
    with standing.lock:
        return standing.position is None and renew(node, regime)


def renew(node: Node, regime: Regime) -> bool:
    """Take the index from the file when that is good and has read further than this process."""
    standing = held(node, regime)
    with standing.lock:
        try:
            found = _read(node, regime)
        except (OSError, ComityError, ValueError, KeyError):
            return False
        return found is not None and newer(standing, found) and adopt(standing, found)


def due(node: Node, regime: Regime) -> bool:
    """Tell whether the file should be written anew."""
    found = held(node, regime)
    if found.position is None or not found.changed:
        return False
    if found.changed > MANY + len(found.index) // 2:
        return True
    with suppress(OSError):
        return node.clock().timestamp() - _path(node, regime).stat().st_mtime > OLDEST.total_seconds()
    return True


def write(node: Node, regime: Regime) -> int:
    """Sweep the index of a regime and write it; return the number of persons.

    Raises:
        NodeError: ``register.index-disk``.
    """
    found = held(node, regime)
    path = _path(node, regime)
    waiting = path.with_suffix(f".{os.getpid()}.new")
    with found.lock:
        found.index = found.index.swept()
        head: dict[str, str | int] = {"version": _version()}
        if found.position is not None:
            head["position"] = write_instant(found.position)
        salt = node.random(SALT_BYTES)
        blocks = written(found.index, head, found.versions.filled)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(salt)
                for chunk in seal_stream(_key(node), salt, _context(regime), blocks):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            waiting.replace(path)
        except OSError:
            waiting.unlink(missing_ok=True)
            raise NodeError("register.index-disk") from None
        found.changed = 0
        return len(found.index)


def _read(node: Node, regime: Regime) -> Held | None:
    with _path(node, regime).open("rb") as file:
        salt = file.read(SALT_BYTES)
        chunks = iter(lambda: file.read(CHUNK_BYTES + TAG_BYTES), b"")
        stream = _Stream(open_stream(_key(node), salt, _context(regime), chunks))
        described = read_head(stream.read)
        head = described["head"]
        if head["version"] != _version() or "position" not in head:
            return None
        index, versions = restored(described, stream.read)
    return Held(index, read_instant(head["position"]), None, Growing(versions.dtype, versions))


class _Stream:
    """Bytes of an iterator, read by number."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = bytearray()

    def read(self, count: int) -> bytes:
        """Return the next bytes, fewer at the end."""
        while len(self._held) < count and (block := next(self._blocks, None)) is not None:
            self._held += block
        found = bytes(self._held[:count])
        del self._held[:count]
        return found


def _path(node: Node, regime: Regime) -> Path:
    return node.config.data / "register" / f"{regime.value}.index"


def _key(node: Node) -> bytes:
    return derive(field_key(node.alias), Label.REGISTER_SNAPSHOT)


def _context(regime: Regime) -> bytes:
    return f"register index {regime.value}".encode()


def _version() -> str:
    return f"{__version__} {VERSION}"


def keep(node: Node, regime: Regime, most: int) -> int:
    """Take in what changed, up to a number of subjects, and write the file when it is due; return how many were taken.

    Raises:
        NodeError: ``register.index-disk``.
    """
    load(node, regime)
    before = held(node, regime).changed
    with suppress(Refused):  # more is left for the next round
        caught_up(node, regime, most=most)
    taken = held(node, regime).changed - before
    if due(node, regime):
        write(node, regime)
    return taken
