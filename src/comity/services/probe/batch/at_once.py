"""A small batch that a case system asks for in one call: each row asked and counted once, however often the call is repeated.

Implements docs/protocol/probe.md §4.10. The caller names the batch; the same rows under the same name give the same results,
uncounted, for a week. Results are kept sealed until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from comity.errors import ComityError, InputError
from comity.services.context import Node
from comity.services.probe.batch.run import BatchOrder, line_of, name_of, searches_for
from comity.services.probe.batch.table import Wanted
from comity.services.probe.batch.together import ask_together, in_calls
from comity.transport.channel import Channels

MOST_ROWS = 50
"""Rows of one call: more would keep the caller waiting; a file has no such limit."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a call.

    Args:
        lines: results, in the order of the rows.
        left: rows that were not asked.
        stopped: why; None when every row was.
    """

    lines: tuple[dict[str, Any], ...]
    left: int
    stopped: ComityError | None


def ask_rows(
    node: Node,
    channels: Channels,
    order: BatchOrder,
    name: str,
    wanted: Sequence[Wanted],
    *,
    done: Callable[[int], None] = lambda number: None,
) -> Answered:
    """Ask for each row in turn, until one cannot be asked.

    Args:
        node: this node.
        channels: ways to the partners.
        order: whom to ask, why, in which case, for whom.
        name: of the batch, among those of the actor.
        wanted: rows with different identifiers.
        done: is told how many rows have a result.

    Raises:
        InputError: ``probe.batch-rows``, ``probe.batch-repeated``; ``agreement.not-found``, ``probe.case``.
        Refused: ``actor.role``, ``partner.*``: before anything was asked.
    """
    if len(wanted) > MOST_ROWS:
        raise InputError("probe.batch-rows", limit=MOST_ROWS)
    if len({one.id for one in wanted}) != len(wanted):
        raise InputError("probe.batch-repeated")
    searches = searches_for(node, order, wanted) if wanted else []
    names = [{**name_of(order, one), "batch": name, "by": order.actor.name} for one in wanted]
    lines: list[dict[str, Any]] = []
    for places in in_calls(range(len(wanted))):
        made = ask_together(node, channels, [searches[at] for at in places], [names[at] for at in places])
        for at, (_, kept) in zip(places, made.outcomes, strict=False):
            lines.append({"id": wanted[at].id, **line_of(kept)})
            done(len(lines))
        if made.stopped is not None:
            return Answered(tuple(lines), len(wanted) - len(lines), made.stopped)
    return Answered(tuple(lines), 0, None)
