"""Does the same to many things, several at once, and gives what came of them in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from threading import Barrier
from typing import TypeVar

from comity.services.context import Node
from comity.services.health import close_connections

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    node: Node, things: Iterable[T], work: Callable[[T], R], at_once: int
) -> Generator[R, None, None]:
    """Yield what the work makes of each thing, in the order of the things.

    What it raises comes in the place of its thing: then nothing more is begun, and what is under way is waited for.

    Args:
        node: whose database each thread opens for itself.
        things: what is worked on; as many are taken as are under way.
        work: called in threads of their own, unless one thing is done at a time.
        at_once: things under way, at most.
    """
    if at_once <= 1:
        yield from map(work, things)
        return
    rest, under_way = iter(things), deque[Future[R]]()
    last = Barrier(at_once)

    def leave() -> None:
        last.wait()  # so that each thread leaves once
        close_connections(node)

    with ThreadPoolExecutor(at_once) as threads:
        try:
            under_way.extend(threads.submit(work, thing) for thing in islice(rest, at_once))
            while under_way:
                made = under_way.popleft().result()
                under_way.extend(threads.submit(work, thing) for thing in islice(rest, 1))
                yield made
        finally:
            for _ in range(at_once):
                threads.submit(leave)
