"""The files of indexes and replicas: named by their digest, written once, never changed.

They hold nothing but bytes that look random to whoever has no outputs; mode 0600 nevertheless.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from comity.core.instant import Instant
from comity.errors import NodeError
from comity.services.context import Node

CHUNK = 1 << 20


def index_folder(node: Node) -> Path:
    """Return the folder of the indexes that this node publishes."""
    return _folder(node, "index")


def build_folder(node: Node) -> Path:
    """Return the folder of the runs of builds that are under way."""
    return _folder(node, "build")


def names_folder(node: Node) -> Path:
    """Return the folder of what was counted of names for the bases that this node publishes."""
    return _folder(node, "names")


def replica_folder(node: Node) -> Path:
    """Return the folder of the indexes that partners published to this node."""
    return _folder(node, "replica")


@contextmanager
def publishing(node: Node) -> Iterator[None]:
    """Let one process at a time publish; the next one waits.

    Raises:
        NodeError: ``probe.disk``.
    """
    with _alone(node, "probe-publish.lock"):
        yield


@contextmanager
def fetching(node: Node, scope: tuple[str, str, str]) -> Iterator[None]:
    """Let one thread of one process at a time fetch the index of a scope; the next one waits.

    Args:
        node: this node.
        scope: partner, regime, purpose group.

    Raises:
        NodeError: ``probe.disk``.
    """
    name = hashlib.sha256("|".join(scope).encode()).hexdigest()[:16]
    with _alone(node, f"probe-fetch-{name}.lock"):
        yield


def write_part(folder: Path, digest: str, octets: bytes) -> None:
    """Write a part durably; nothing happens when it is there already.

    Raises:
        NodeError: ``probe.disk``.
    """
    target = folder / digest
    if target.exists():
        return
    waiting = folder / f"{digest}.{os.getpid()}.new"
    try:
        with _opened(waiting, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(target)
    except OSError:
        raise NodeError("probe.disk") from None


def write_stream(folder: Path, blocks: Iterable[bytes]) -> str:
    """Write a part durably as its bytes come, and return its digest.

    Raises:
        NodeError: ``probe.disk``.
    """
    waiting, found = folder / f"stream.{os.getpid()}.new", hashlib.sha256()
    try:
        with _opened(waiting, "wb") as file:
            for block in blocks:
                found.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(folder / found.hexdigest())
    except OSError:
        raise NodeError("probe.disk") from None
    return found.hexdigest()


def read_part(folder: Path, digest: str, offset: int, length: int) -> bytes:
    """Read a piece of a part.

    Raises:
        NodeError: ``probe.part-missing``.
    """
    try:
        with (folder / digest).open("rb") as file:
            file.seek(offset)
            return file.read(length)
    except OSError:
        raise NodeError("probe.part-missing") from None


def fetched(folder: Path, digest: str) -> int:
    """Return how many bytes of a part an interrupted download has left."""
    try:
        return (folder / f"{digest}.part").stat().st_size
    except OSError:
        return 0


def append(folder: Path, digest: str, octets: bytes) -> None:
    """Append to a download.

    Raises:
        NodeError: ``probe.disk``.
    """
    try:
        with _opened(folder / f"{digest}.part", "ab") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        raise NodeError("probe.disk") from None


def complete(folder: Path, digest: str) -> bool:
    """Verify a finished download and give it its name; a wrong one is deleted.

    Returns:
        Whether the digest was right.

    Raises:
        NodeError: ``probe.disk``.
    """
    waiting = folder / f"{digest}.part"
    found = hashlib.sha256()
    try:
        with waiting.open("rb") as file:
            while piece := file.read(CHUNK):
                found.update(piece)
        if found.hexdigest() != digest:
            waiting.unlink()
            return False
        waiting.replace(folder / digest)
    except OSError:
        raise NodeError("probe.disk") from None
    return True


def sweep(folder: Path, keep: frozenset[str], *, before: Instant) -> int:
    """Delete the files that no kept index names and that are older than an instant; number of files deleted."""
    gone = 0
    for path in folder.iterdir():
        try:
            if path.name.split(".")[0] not in keep and path.stat().st_mtime < before.timestamp():
                path.unlink()
                gone += 1
        except FileNotFoundError:
            continue
    return gone


@contextmanager
def _alone(node: Node, name: str) -> Iterator[None]:
    """Hold a lock file; the lock goes with the file description, so that threads wait for one another too."""
    try:
        node.config.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = (node.config.run / name).open("wb")
    except OSError:
        raise NodeError("probe.disk") from None
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _folder(node: Node, name: str) -> Path:
    folder = node.config.data / "probe" / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _opened(path: Path, mode: Literal["wb", "ab"]) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if mode == "wb" else os.O_APPEND)
    return os.fdopen(os.open(path, flags, 0o600), mode)
