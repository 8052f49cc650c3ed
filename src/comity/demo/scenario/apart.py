"""Puts one node of a scenario into a process of its own, so that its memory can be looked through.

The process is forked: whatever is thought of afterwards reaches it over the line or not at all.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from comity.core.codes.exchange import ServiceId
from comity.core.instant import Instant
from comity.demo.command import BrokenPromise
from comity.demo.scenario.world import World
from comity.errors import ComityError, PeerError
from comity.storage.exchange.health import close
from comity.transport.memory import Endpoint

LOG = "node.log"


@dataclass(frozen=True, slots=True)
class Apart:
    """A process that holds one node. log: what it logged, every level."""

    pid: int
    log: Path
    pipe: Connection

    def told(self, word: bytes) -> None:
        """Let the process keep a word in its memory: the control of a search of that memory."""
        self.pipe.send(word)
        self.pipe.recv()


@contextmanager
def apart(world: World, service: ServiceId) -> Iterator[Apart]:
    """Let a node answer from a process of its own; afterwards it answers from this one again.

    The databases of the nodes must be files of this play: what stands in a transaction of this process is not seen there.
    """
    inside = world.network.endpoints[service]
    log = world.nodes[service].config.home / LOG
    for node in world.nodes.values():
        close(node.alias)
    ours, theirs = multiprocessing.Pipe()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            _serve(world, inside, theirs, log)
        finally:
            os._exit(0)
    theirs.close()
    world.network.endpoints[service] = _forwarding(world, ours)
    try:
        yield Apart(pid, log, ours)
    finally:
        world.network.endpoints[service] = inside
        ours.close()
        os.waitpid(pid, 0)


def _forwarding(world: World, pipe: Connection) -> Endpoint:
    def forward(path: str, body: bytes) -> bytes:
        pipe.send((world.clock.now, path, body))
        try:
            answer: bytes | str = pipe.recv()
        except EOFError:
            raise BrokenPromise("the partner's process answers", "it has ended") from None
        if isinstance(answer, str):
            raise PeerError(answer)
        return answer

    return forward


def _serve(world: World, inside: Endpoint, pipe: Connection, log: Path) -> None:
    logging.basicConfig(filename=log, level=logging.DEBUG, force=True)
    kept: list[bytes] = []
    while True:
        try:
            asked: tuple[Instant, str, bytes] | bytes = pipe.recv()
        except EOFError:
            return
        if isinstance(asked, bytes):
            kept.append(asked)
            pipe.send(b"")
            continue
        world.clock.now, path, body = asked
        try:
            answer: bytes | str = inside(path, body)
        except ComityError as error:
            answer = error.code
        pipe.send(answer)
