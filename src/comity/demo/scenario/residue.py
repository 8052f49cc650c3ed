"""Looks for what a search may have left of a person: every form of the names, in rows, files and the memory of a process."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from comity.core.names.letters import fold
from comity.core.names.units import units
from comity.core.probe.query import read_query
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token, query_tokens

LEAST = 6
"""Shortest form that is looked for, in bytes: a shorter one stands in any memory by chance."""

LONG = 4
"""Letters of the shortest skeleton that is looked for: three letters in UTF-32 are three small numbers in a row."""

Needles = dict[str, bytes]


def needles(subject: Mapping[str, str]) -> Needles:
    """Return every form of a person's names and of the tokens of the search, by a word on each."""
    texts: dict[str, str] = {}
    for column in ("given", "family", "given_ar", "family_ar"):
        if name := subject.get(column, ""):
            texts |= {f"{column} {form}": text for form, text in _forms(name).items()}
    found: Needles = {}
    for word, text in texts.items():
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
            found[f"{word} {encoding}"] = text.encode(encoding)
        found[f"{word} escaped"] = text.encode("ascii", "backslashreplace")
        found[f"{word} base64"] = base64.urlsafe_b64encode(text.encode()).rstrip(b"=")
        found[f"{word} hex"] = text.encode().hex().encode()
    for number, token in enumerate(asked_tokens(subject)):
        found[f"token {number}"] = token.octets
        found[f"token {number} hex"] = token.octets.hex().encode()
        found[f"token {number} base64"] = base64.urlsafe_b64encode(token.octets).rstrip(b"=")
    return {word: needle for word, needle in found.items() if len(needle) >= LEAST and b"\n" not in needle}


def asked_tokens(subject: Mapping[str, str]) -> list[Token]:
    """Return the tokens of a search in a register where no name is common."""
    tokens = query_tokens(CP1, Commonness(), read_query(subject))
    return [token for own in tokens.values() for token in own]


def found_in(pieces: Iterable[bytes], wanted: Needles) -> set[str]:
    """Return the words of the needles that occur in pieces of one whole, borders included.

    grep looks for all of them at once (GNU, fixed strings, any bytes); of needles that overlap, the longest is told.

    Raises:
        RuntimeError: grep failed.
    """
    words: dict[bytes, list[str]] = {}
    for word, needle in wanted.items():
        words.setdefault(needle, []).append(word)
    with tempfile.NamedTemporaryFile() as patterns:
        patterns.write(b"\n".join(words))
        patterns.flush()
        with subprocess.Popen(
            ["grep", "--text", "--only-matching", "--fixed-strings", f"--file={patterns.name}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        ) as grep:
            reading, writing = grep.stdout, grep.stdin
            if reading is None or writing is None:
                raise RuntimeError("the process has no pipes")
            for piece in pieces:
                writing.write(piece)
            writing.close()
            told = reading.read()
    if grep.returncode not in (0, 1):
        raise RuntimeError("grep failed")
    return {word for line in told.splitlines() for word in words.get(line, ["part of a form"])}


def in_files(paths: Iterable[Path], wanted: Needles) -> dict[str, set[str]]:
    """Return what was found in each file, compressed ones as they are."""
    found = {}
    for path in paths:
        if path.is_file() and (seen := found_in(_pieces(path), wanted)):
            found[str(path)] = seen
    return found


def in_memory(pid: int, wanted: Needles) -> set[str]:
    """Return what was found in the memory of a process that its core dump would hold (core(5), all but files).

    The process is stopped meanwhile; needs the right to trace it.

    Raises:
        OSError: no such right.
    """
    os.kill(pid, signal.SIGSTOP)
    try:
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            return found_in(_memory(pid, memory.fileno()), wanted)
    finally:
        os.kill(pid, signal.SIGCONT)


def _forms(name: str) -> dict[str, str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    found = {
        "typed": name,
        "lower": name.lower(),
        "upper": name.upper(),
        "title": name.title(),
        "plain": plain,
        "folded": fold(name),
    }
    codes = [code for unit in units(name) for code in unit.codes if len(code) >= LONG]
    return found | {f"skeleton {number}": code for number, code in enumerate(codes)}


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 22):
            yield piece


def _memory(pid: int, descriptor: int) -> Iterator[bytes]:
    """Yield the regions of a process's memory, each ended so that nothing is found across a border."""
    for start, end in _regions(pid):
        yield from _read(descriptor, start, end)
        yield b"\n"


def _regions(pid: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, rights, *_ = line.split()
        if rights.startswith("r") and "[vvar" not in line and "[vsyscall]" not in line:
            start, _, end = span.partition("-")
            yield int(start, 16), int(end, 16)


def _read(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    step, block = 1 << 20, bytes(1 << 20)
    for place in range(start, end, step):
        try:
            piece = os.pread(descriptor, min(step, end - place), place)
        except OSError:
            return
        if piece != block[: len(piece)]:
            yield piece
