"""The files in which a build keeps what it has made so far: one for each chunk of the register, sealed, in buckets.

Whoever could read them would have the record keys of an index. So each is sealed under a key of the build that stands, itself
sealed, in the database and is deleted with the build; the files are mode 0600 and lose their salt before they are removed
(a disk may keep old blocks nevertheless).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from comity.core.crypto.stream import SALT_BYTES, Blocks
from comity.core.probe.building.entries import ENTRY, ROW, Array
from comity.errors import InputError, NodeError
from comity.services.probe.layers.stored import Placed

_PLACED: Final = struct.Struct("<16sI8s?8s16s")
"""Identifier, version, permitted, whether there is a row, its label, reference."""

_BY_IDENTIFIER: Final = np.dtype([("high", ">u8"), ("low", ">u8"), ("rest", f"V{_PLACED.size - 16}")])

_SUFFIX: Final = ".run"
_TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """What one chunk of the register gave.

    Args:
        entries, rows: bytes of each bucket.
        placed: its records.
    """

    entries: Sequence[bytes]
    rows: Sequence[bytes]
    placed: Sequence[Placed]


class Runs:
    """The runs of one build.

    Args:
        folder: of this build alone; made when it is not there.
        secret: from which the keys of the files are derived, 32 bytes.
        buckets: in each run.

    Raises:
        NodeError: ``probe.disk``.
    """

    def __init__(self, folder: Path, secret: bytes, buckets: int) -> None:
        self._folder, self._secret, self._buckets = folder, secret, buckets
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for path in folder.glob("*.new"):
                path.unlink()
        except OSError:
            raise NodeError("probe.disk") from None

    def __contains__(self, number: int) -> bool:
        return self._path(number).exists()

    def write(self, number: int, run: Run, salt: bytes) -> None:
        """Write a run durably; it is there as a whole or not at all.

        Args:
            number: of the chunk.
            run: what it gave.
            salt: 32 fresh random bytes.

        Raises:
            NodeError: ``probe.disk``.
        """
        placed = b"".join(_packed(one) for one in run.placed)
        blocks = Blocks(self._secret, salt, str(number).encode())
        sealed = [blocks.seal(at, each) for at, each in enumerate((*run.entries, *run.rows, placed))]
        head = salt + struct.pack(f"<{len(sealed)}I", *(len(each) - _TAG_BYTES for each in sealed))
        target = self._path(number)
        waiting = target.with_suffix(".new")
        try:
            with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.writelines((head, *sealed))
                file.flush()
                os.fsync(file.fileno())
            waiting.replace(target)
        except OSError:
            raise NodeError("probe.disk") from None

    def entries(self, bucket: int) -> Array:
        """Return the entries of a bucket, in the order of the register.

        Raises:
            NodeError: ``probe.disk``, ``probe.run-altered``.
        """
        return np.frombuffer(b"".join(self._blocks(bucket)), ENTRY)

    def rows(self, bucket: int) -> Array:
        """Return the rows of a bucket; as `entries`."""
        return np.frombuffer(b"".join(self._blocks(self._buckets + bucket)), ROW)

    def records(self) -> int:
        """Return how many rows there are.

        Raises:
            NodeError: ``probe.disk``.
        """
        sizes = (_Head.read(path, self._buckets).sizes for path in self._paths())
        return sum(sum(each[self._buckets : 2 * self._buckets]) for each in sizes) // ROW.itemsize

    def placed(self) -> Iterator[Placed]:
        """Yield where records stand, by identifier, so that whoever stores them by it writes page after page; as `entries`."""
        together = np.frombuffer(b"".join(self._blocks(2 * self._buckets)), _BY_IDENTIFIER)
        for at in np.lexsort((together["low"], together["high"])):
            yield _unpacked(together[at].tobytes())

    def remove(self) -> None:
        """Remove the runs and their folder; what cannot be removed is left to the next build."""
        remove(self._folder)

    def _blocks(self, at: int) -> Iterator[bytes]:
        for path in self._paths():
            head = _Head.read(path, self._buckets)
            blocks = Blocks(self._secret, head.salt, str(int(path.stem)).encode())
            try:
                yield blocks.open(at, head.block(path, at))
            except InputError:
                raise NodeError("probe.run-altered") from None

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}{_SUFFIX}"


def remove(folder: Path) -> None:
    """Remove a folder of runs: first what their keys are made of, then the files."""
    try:
        for path in folder.iterdir():
            with path.open("r+b") as file:
                file.write(bytes(SALT_BYTES))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
        folder.rmdir()
    except OSError:
        return


@dataclass(frozen=True, slots=True)
class _Head:
    """What precedes the blocks of a file: salt, and the size of each block without its tag."""

    salt: bytes
    sizes: tuple[int, ...]

    @classmethod
    def read(cls, path: Path, buckets: int) -> _Head:
        """Read it.

        Raises:
            NodeError: ``probe.run-altered``, ``probe.disk``.
        """
        layout = struct.Struct(f"<{2 * buckets + 1}I")
        octets = _piece(path, 0, SALT_BYTES + layout.size)
        return cls(octets[:SALT_BYTES], layout.unpack(octets[SALT_BYTES:]))

    def block(self, path: Path, at: int) -> bytes:
        """Read a sealed block."""
        begin = SALT_BYTES + 4 * len(self.sizes) + sum(self.sizes[:at]) + _TAG_BYTES * at
        return _piece(path, begin, self.sizes[at] + _TAG_BYTES)


def _piece(path: Path, begin: int, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(begin)
            octets = file.read(size)
    except OSError:
        raise NodeError("probe.disk") from None
    if len(octets) != size:
        raise NodeError("probe.run-altered")
    return octets


def _packed(one: Placed) -> bytes:
    uid, permitted = bytes.fromhex(one.uid), bytes.fromhex(one.permitted)
    return _PLACED.pack(uid, one.version, permitted, bool(one.label), one.label, one.reference)


def _unpacked(octets: bytes) -> Placed:
    uid, version, permitted, has_row, label, reference = _PLACED.unpack(octets)
    return Placed(uid.hex(), version, permitted.hex(), label if has_row else b"", reference)
