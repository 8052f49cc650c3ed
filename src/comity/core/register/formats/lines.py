"""Lines of a hostile file in bounded memory: numbered, never longer than the limit, decoded or marked as broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.core.register.formats.reading import Reason
from comity.errors import InputError

MAX_LINE = 1_048_576
"""Bytes of one line; a longer one is refused without being kept."""

UTF8_BOM = b"\xef\xbb\xbf"
OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")
DOS_END = "\x1a"
"""End-of-file mark of DOS, which the OFAC files still end with."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f]")


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line without its end; `fault` is set when it cannot be read as text."""

    number: int
    text: str
    fault: Reason | None = None


def lines(chunks: Iterable[bytes], limit: int = MAX_LINE) -> Iterator[Line]:
    """Split chunks of bytes into decoded lines.

    Args:
        chunks: the file, in pieces of any size.
        limit: greatest length of a line in bytes.

    Raises:
        InputError: ``register.encoding`` for UTF-16 or UTF-32.
    """
    for number, (octets, overlong) in enumerate(_split(chunks, limit), start=1):
        if number == 1:
            if octets.startswith(OTHER_BOMS):
                raise InputError("register.encoding")
            octets = octets.removeprefix(UTF8_BOM)
        yield Line(number, "", Reason.TOO_LONG) if overlong else _decoded(number, octets)


def _decoded(number: int, octets: bytes) -> Line:
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        return Line(number, "", Reason.BINARY if b"\x00" in octets else Reason.ENCODING)
    text = text.removesuffix("\r").removesuffix(DOS_END)
    if _CONTROL.search(text):
        return Line(number, "", Reason.BINARY)
    return Line(number, text)


def _split(chunks: Iterable[bytes], limit: int) -> Iterator[tuple[bytes, bool]]:
    """Yield each line and whether it was overlong; an overlong line's bytes are dropped as they come."""
    rest, dropping = b"", False
    for chunk in chunks:
        *whole, last = chunk.split(b"\n")
        for piece in whole:
            line = rest + piece
            overlong = dropping or len(line) > limit
            yield (b"", True) if overlong else (line, False)
            rest, dropping = b"", False
        if not dropping:
            rest += last
            if len(rest) > limit:
                rest, dropping = b"", True
    if dropping:
        yield b"", True
    elif rest:
        yield rest, False
