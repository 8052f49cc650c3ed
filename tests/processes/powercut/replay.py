"""What a disk may hold after a power cut, given a record of what was written and flushed before it.

The model is that of POSIX at its strictest: what was not flushed with fsync or fdatasync may be there, wholly, in parts of 512
bytes, or not at all, in any combination; a name that was made or removed may be the old or the new one until the
folder was flushed. Whole sectors are never mixtures.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

SECTOR = 512
_HEAD = struct.Struct("<ciqII")


class Fate(StrEnum):
    """What the disk kept of what was not flushed."""

    NONE = "none"
    ALL = "all"
    SOME = "some"
    TORN = "torn"


@dataclass(frozen=True, slots=True)
class Operation:
    """One recorded operation; see recorder.c."""

    kind: str
    descriptor: int
    offset: int
    name: str
    octets: bytes


def read_record(path: Path) -> Iterator[Operation]:
    """Yield the operations of a record."""
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            kind, descriptor, offset, names, count = _HEAD.unpack(head)
            yield Operation(kind.decode(), descriptor, offset, file.read(names).decode(), file.read(count))


@dataclass
class Inode:
    """A file: what is on the disk for certain, and what was written since."""

    durable: bytearray = field(default_factory=bytearray)
    waiting: list[Operation] = field(default_factory=list)

    def flush(self) -> None:
        for operation in self.waiting:
            apply(self.durable, operation)
        self.waiting.clear()

    def kept(self, fate: Fate, chance: random.Random) -> bytes:
        """Return a content that the disk may hold."""
        content = bytearray(self.durable)
        for operation in self.waiting:
            if fate is Fate.ALL or (fate is Fate.SOME and chance.random() < 0.5):
                apply(content, operation)
            elif fate is Fate.TORN:
                _apply_torn(content, operation, chance)
        return bytes(content)


def apply(content: bytearray, operation: Operation) -> None:
    """Carry out a write or a truncation."""
    if operation.kind == "t":
        del content[operation.offset :]
        content.extend(bytes(operation.offset - len(content)))
        return
    end = operation.offset + len(operation.octets)
    content.extend(bytes(max(0, end - len(content))))
    content[operation.offset : end] = operation.octets


def _apply_torn(content: bytearray, operation: Operation, chance: random.Random) -> None:
    if operation.kind == "t":
        if chance.random() < 0.5:
            apply(content, operation)
        return
    at, end = operation.offset, operation.offset + len(operation.octets)
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        if chance.random() < 0.5:
            part = operation.octets[at - operation.offset : stop - operation.offset]
            apply(content, Operation("w", -1, at, "", part))
        at = stop


@dataclass
class Disk:
    """The folder as operations go by."""

    folder: str
    names: dict[str, Inode] = field(default_factory=dict)
    durable_names: dict[str, Inode] = field(default_factory=dict)
    descriptors: dict[int, Inode | None] = field(default_factory=dict)
    mapped: set[str] = field(default_factory=set)

    def take(self, operation: Operation) -> None:
        """Carry out one operation."""
        if operation.kind in "oc":
            self._open(operation)
        elif operation.kind in "wt":
            inode = self.descriptors[operation.descriptor]
            if inode is not None:
                inode.waiting.append(operation)
        elif operation.kind == "s":
            inode = self.descriptors[operation.descriptor]
            if inode is None:
                self.durable_names = dict(self.names)
            else:
                inode.flush()
        elif operation.kind == "u":
            self.names.pop(operation.name, None)
        elif operation.kind == "r":
            self.names[operation.octets.decode()] = self.names.pop(operation.name)
        elif operation.kind == "m":
            self._map(operation)

    def settle(self) -> None:
        """Take everything so far as durable."""
        for inode in self.names.values():
            inode.flush()
        self.durable_names = dict(self.names)

    def images(self, fate: Fate, chance: random.Random) -> dict[str, bytes]:
        """Return the files that a cut at this moment may leave, by name in the folder."""
        names = dict(self.durable_names if fate is Fate.NONE else self.names)
        if fate in (Fate.SOME, Fate.TORN) and chance.random() < 0.5:
            names = dict(self.durable_names)
        kept = {name: inode.kept(fate, chance) for name, inode in names.items()}
        return {Path(name).name: content for name, content in kept.items() if not name.endswith("-shm")}

    def _open(self, operation: Operation) -> None:
        if operation.name.rstrip("/") == self.folder:
            self.descriptors[operation.descriptor] = None
            return
        inode = self.names.get(operation.name)
        if inode is None:
            inode = self.names[operation.name] = Inode()
        if operation.offset:
            inode.waiting.append(Operation("t", operation.descriptor, 0, "", b""))
        self.descriptors[operation.descriptor] = inode

    def _map(self, operation: Operation) -> None:
        inode = self.descriptors[operation.descriptor]
        found = [name for name, one in self.names.items() if one is inode]
        self.mapped |= {name for name in found if not name.endswith("-shm")}
