"""The file of results: one JSON line a row, each on the disk before the next row is asked.

A line that a kill cut short is taken off; a file that holds anything else is not touched. One run at a time writes it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from comity.errors import InputError, Refused

FIELDS = frozenset({"id", "result", "strength", "rules", "references"})
MAX_LINE = 64 * 1024


class ResultFile:
    """An open file of results, locked.

    Args:
        stream: open for reading and writing.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._written: dict[str, None] = dict.fromkeys(_ids(stream))

    def __contains__(self, key: str) -> bool:
        return key in self._written

    @property
    def last(self) -> str | None:
        """Return the identifier of the last line."""
        return next(reversed(self._written), None)

    def write(self, line: Mapping[str, Any]) -> None:
        """Append one line; it is on the disk when this returns.

        Raises:
            InputError: ``probe.batch-result``: the disk is full, or the file is gone.
        """
        octets = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            self._stream.write(octets)
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError:
            raise InputError("probe.batch-result") from None
        self._written[str(line["id"])] = None


@contextmanager
def opened_result(path: Path) -> Iterator[ResultFile]:
    """Open a file of results, new or to be continued; only its owner may read it.

    Raises:
        InputError: ``probe.batch-result``: it cannot be opened; ``probe.batch-foreign``: a line is no result.
        Refused: ``probe.batch-busy``: another run writes it.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        raise InputError("probe.batch-result") from None
    with os.fdopen(descriptor, "r+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("probe.batch-busy") from None
        yield ResultFile(stream)


def _ids(stream: BinaryIO) -> Iterator[str]:
    """Yield the identifier of each line; a last line without its end is taken off, and was not delivered."""
    number, whole = 0, 0
    while octets := stream.readline(MAX_LINE):
        number += 1
        if not octets.endswith(b"\n"):
            if len(octets) == MAX_LINE or not octets.startswith(b'{"id":'[: len(octets)]):
                raise InputError("probe.batch-foreign", line=number)
            break
        yield _id(octets, number)
        whole = stream.tell()
    stream.truncate(whole)
    stream.seek(whole)


def _id(octets: bytes, number: int) -> str:
    try:
        line = json.loads(octets)
    except (ValueError, RecursionError):
        raise InputError("probe.batch-foreign", line=number) from None
    if not isinstance(line, dict) or line.keys() != FIELDS or not isinstance(line["id"], str):
        raise InputError("probe.batch-foreign", line=number)
    return line["id"]
