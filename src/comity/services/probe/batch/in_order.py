"""Does the same to many things, several at once, and gives what came of them in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from itertools import islice
from queue import SimpleQueue
from threading import Thread
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
    todo: SimpleQueue[tuple[T, Future[R]] | None] = SimpleQueue()
    threads = [Thread(target=_serve, args=(node, todo, work), daemon=True) for _ in range(at_once)]
    rest, under_way = iter(things), deque[Future[R]]()

    def begin(number: int) -> None:
        for thing in islice(rest, number):
            under_way.append(Future())
            todo.put((thing, under_way[-1]))

    for thread in threads:
        thread.start()
    try:
        begin(at_once)
        while under_way:
            made = under_way.popleft().result()
            begin(1)
            yield made
    finally:
        for _ in threads:
            todo.put(None)
        for thread in threads:
            thread.join()


def _serve(node: Node, todo: SimpleQueue[tuple[T, Future[R]] | None], work: Callable[[T], R]) -> None:
    try:
        while (given := todo.get()) is not None:
            thing, future = given
            try:
                future.set_result(work(thing))
            except BaseException as error:  # noqa: BLE001 - whoever waits for the result is told, whatever it is
                future.set_exception(error)
    finally:
        close_connections(node)
