"""Lines of name pairs read and scored in order: a line that cannot be read is named, and the others go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from comity.core.match.names.compare import score_pairs
from comity.core.match.names.interning import Interned

BATCH: Final = 50_000
"""Lines scored together; what bounds the memory of a long file."""


MOST_KEPT: Final = 300_000
"""Names that are kept from batch to batch."""


@dataclass(slots=True)
class ScoredLine:
    """One line of the input.

    Attributes:
        number: its place in the input, from 1.
        text: the line as it stood, without its end.
        probability: in [0, 1]; None when the line could not be read.
        fault: the code of what is wrong with it, or None.
    """

    number: int
    text: str
    probability: float | None
    fault: str | None


def scored_lines(lines: Iterable[bytes]) -> Iterator[ScoredLine]:
    """Score lines `name_a TAB name_b [TAB anything]` in order, each exactly once.

    Faults: `match.encoding` (not UTF-8), `match.binary` (a zero byte), `match.columns` (no tab, or nothing in one
    of the two columns).
    """
    numbered = enumerate(lines, start=1)
    interned = Interned()
    while batch := list(islice(numbered, BATCH)):
        read = [(number, *_read(line)) for number, line in batch]
        if len(interned.numbers) > MOST_KEPT:
            interned = Interned()
        probabilities = iter(score_pairs([pair for _, _, pair, _ in read if pair], interned).tolist())
        for number, text, pair, fault in read:
            yield ScoredLine(number, text, next(probabilities) if pair else None, fault)


def _read(line: bytes) -> tuple[str, tuple[str, str] | None, str | None]:
    line = line.rstrip(b"\r\n")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("utf-8", "replace"), None, "match.encoding"
    if "\0" in text:
        return text.replace("\0", "\N{REPLACEMENT CHARACTER}"), None, "match.binary"
    columns = text.split("\t", 2)
    if len(columns) < 2 or not columns[0].strip() or not columns[1].strip():
        return text, None, "match.columns"
    return text, (columns[0], columns[1]), None
