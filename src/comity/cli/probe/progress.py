"""The bar that shows how far the build of an index is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_TOLD = {
    "comparing": "Comparing the register with the last index",
    "building": "Evaluating",
    "writing": "Writing the tables",
}


@contextmanager
def bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar on standard error, if that is a terminal, and yield what moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task, stage = shown.add_task("", total=None), [""]

        def move(now: str, done: int, of: int) -> None:
            if now != stage[0]:
                stage[0] = now
                shown.reset(task, description=_TOLD[now], total=of or None)
            shown.update(task, completed=done, total=of or None)

        yield move
