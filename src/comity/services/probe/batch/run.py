"""Asks one partner about each row of a file, each row once, however often the run is stopped.

Implements docs/protocol/probe.md §4.10. A row that has a line is not asked; one whose search was sent or answered before
a kill finds it again (`batch.again`); what it was found by is deleted once the line is on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from comity.core.codes.exchange import Purpose, ServiceId
from comity.core.watch.justified import NOTHING_SAID, Justification
from comity.errors import ComityError
from comity.services.context import Actor, Node
from comity.services.probe.ask import fail, search_of
from comity.services.probe.batch.again import delivered, undelivered
from comity.services.probe.batch.asked import Search
from comity.services.probe.batch.in_order import in_order
from comity.services.probe.batch.result import ResultFile, opened_result
from comity.services.probe.batch.table import Wanted
from comity.services.probe.batch.together import Started, Together, finish_together, in_calls, start_together
from comity.storage import probe as rows
from comity.storage.models.probe import AskedState
from comity.transport.channel import Channels

KEPT = timedelta(days=7)
"""How long a search of a batch that was not taken up again keeps what it would be taken up with."""

GIVEN_UP_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """Whom to ask, why, in which case, for whom."""

    partner: ServiceId
    agreement: str
    purpose: Purpose
    case: str
    actor: Actor
    reason: str = ""
    said: Justification = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Report:
    """How far a run came.

    Args:
        counts: lines written in this run, by result.
        before: rows that had a line before.
        left: rows without a line.
        stopped: what stopped it; None when every row has a line.
    """

    counts: dict[str, int]
    before: int
    left: int
    stopped: ComityError | None


def run_batch(
    node: Node,
    channels: Channels,
    order: BatchOrder,
    wanted: Iterable[Wanted],
    result: Path,
    *,
    at_once: int = 1,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Ask for each row that has no line in the file of results, and write its line, in the order of the rows.

    What was under way when another row stopped the run is found again by the next one, and not asked again.

    Args:
        node: this node.
        channels: ways to the partners.
        order: the same in each run.
        wanted: rows, in the same order in each run.
        result: file of results, new or to be continued.
        at_once: calls under way, at most; a call holds up to `TOGETHER` searches.
        progress: is told how many rows have a line.

    Raises:
        InputError: ``probe.batch-result``, ``probe.batch-foreign``.
        Refused: ``probe.batch-busy``.
    """
    counts: dict[str, int] = {}
    todo = list(wanted)
    with opened_result(result) as lines:
        _forget_last(node, order, todo, lines)
        waiting = [one for one in todo if one.id not in lines]
        before = len(todo) - len(waiting)
        progress(before)
        calls = list(in_calls(waiting, at_once))
        done = 0
        # Calls are started here, one after the other, as they are taken; what follows is done several at once.
        started = (_started(node, channels, order, some) for some in calls)
        with closing(
            in_order(node, started, lambda one: finish_together(node, channels, one), at_once)
        ) as asking:
            for some, made in zip(calls, asking, strict=False):
                for one, (rid, kept) in zip(some, made.outcomes, strict=False):
                    value = line_of(kept)
                    lines.write({"id": one.id, **value})
                    delivered(node, rid)
                    counts[value["result"]] = counts.get(value["result"], 0) + 1
                    done += 1
                    progress(before + done)
                if made.stopped is not None:
                    return Report(counts, before, len(waiting) - done, made.stopped)
    return Report(counts, before, 0, None)


def line_of(kept: dict[str, Any]) -> dict[str, Any]:
    """Return a line but its identifier, from what is kept of an outcome; ``strength`` is the greatest probability."""
    return {
        "result": kept["result"],
        "strength": max(kept["probabilities"], default=None),
        "rules": kept["rules"],
        "references": [one["reference"] for one in kept["references"]],
    }


def searches_for(node: Node, order: BatchOrder, wanted: Sequence[Wanted]) -> list[Search]:
    """Return the searches of rows, one at least; `ask.search_of` says what it raises."""
    first = search_of(
        node,
        order.partner,
        order.agreement,
        order.purpose,
        order.case,
        wanted[0].query,
        order.actor,
        order.reason,
        order.said,
    )
    return [replace(first, query=one.query) for one in wanted]


def _started(node: Node, channels: Channels, order: BatchOrder, some: Sequence[Wanted]) -> Started:
    """Begin the searches of some rows that are asked in one call."""
    try:
        searches = searches_for(node, order, some)
    except ComityError as error:
        return Started((), (), ended=Together((), error))
    return start_together(node, channels, searches, [name_of(order, one) for one in some])


def name_of(order: BatchOrder, one: Wanted) -> dict[str, Any]:
    """Return what tells the search of a row from every other of this node."""
    return {
        "agreement": order.agreement,
        "case": order.case.strip(),
        "id": one.id,
        "partner": order.partner,
        "purpose": order.purpose.value,
        "query": one.query.model_dump(mode="json"),
    }


def _forget_last(node: Node, order: BatchOrder, wanted: Iterable[Wanted], lines: ResultFile) -> None:
    """Note that the last line was written, if a kill came between the line and the note."""
    for one in wanted:
        if one.id == lines.last:
            rid, row = undelivered(node, name_of(order, one))
            if row is not None and row.state == AskedState.ANSWERED:
                delivered(node, rid)


def give_up(node: Node, channels: Channels) -> int:
    """Delete what batches that nobody went on with would be taken up with, after a week; how many searches."""
    del channels
    due = rows.pending_asked(node.alias, node.clock() - KEPT, GIVEN_UP_AT_ONCE)
    for row in due:
        if row.state == AskedState.ANSWERED:
            delivered(node, row.rid)
        else:
            fail(node, row, "probe.abandoned")
    return len(due)
