"""Makes tokens in processes of their own: reading names is most of the work of an index that the node does itself.

Such a process holds no key, no database and nothing of the node: it is given descriptions and returns tokens, which are
hashes that anybody could make. It ends with the process that began it, however that ends.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from typing import TypeVar

from comity.core.probe.query import Query
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.rules.profile import PROFILES
from comity.core.probe.rules.tokens import TOKEN_BYTES, index_tokens
from comity.errors import NodeError

Tokens = tuple[bytes, bytes]
"""The tokens of a record: the number of each rule in one byte, and 32 bytes each."""

_Chunk = TypeVar("_Chunk")
_AHEAD = 2
"""Chunks that wait for each process: it never waits for the next one, and no more are in memory."""

_known: list[tuple[str, Commonness]] = []


def tokens_of(profile: str, known: Commonness, descriptions: Sequence[Query]) -> list[Tokens]:
    """Return the tokens of each description."""
    rules = PROFILES[profile]
    numbers = {rule.id: number for number, rule in enumerate(rules.rules)}
    found = []
    for description in descriptions:
        made = index_tokens(rules, known, description)
        found.append((bytes(numbers[one.rule] for one in made), b"".join(one.octets for one in made)))
    return found


def octets_of(tokens: Tokens) -> list[bytes]:
    """Return the 32 bytes of each token."""
    octets = tokens[1]
    return [octets[at : at + TOKEN_BYTES] for at in range(0, len(octets), TOKEN_BYTES)]


def named(
    profile: str,
    known: Commonness,
    chunks: Iterable[tuple[_Chunk, Sequence[Query]]],
    processes: int,
) -> Iterator[tuple[_Chunk, list[Tokens]]]:
    """Yield each chunk with the tokens of its descriptions, in their order.

    Args:
        profile: of rules.
        known: how common names are.
        chunks: anything, and descriptions; taken only a little ahead of what is yielded.
        processes: how many make tokens; 1 is this one.

    Raises:
        NodeError: ``probe.build-stopped``: one of them was ended from outside, for want of memory perhaps.
    """
    if processes < 2:
        for chunk, descriptions in chunks:
            yield chunk, tokens_of(profile, known, descriptions)
        return
    # Spawned, not forked: it must not inherit the connections and threads of the node.
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(profile, known)) as pool:
        try:
            yield from _pooled(pool, chunks, _AHEAD * processes)
        except BrokenProcessPool:
            raise NodeError("probe.build-stopped") from None


def _pooled(
    pool: ProcessPoolExecutor, chunks: Iterable[tuple[_Chunk, Sequence[Query]]], ahead: int
) -> Iterator[tuple[_Chunk, list[Tokens]]]:
    waiting: deque[tuple[_Chunk, Future[list[Tokens]]]] = deque()
    for chunk, descriptions in chunks:
        waiting.append((chunk, pool.submit(_tokens, descriptions)))
        if len(waiting) >= ahead:
            done, future = waiting.popleft()
            yield done, future.result()
    while waiting:
        done, future = waiting.popleft()
        yield done, future.result()


def _begin(profile: str, known: Commonness) -> None:
    _known[:] = [(profile, known)]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _tokens(descriptions: Sequence[Query]) -> list[Tokens]:
    return tokens_of(*_known[0], descriptions)
