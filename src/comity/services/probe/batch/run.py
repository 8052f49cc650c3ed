"""Asks one partner about each row of a file, each row once, however often the run is stopped.

Implements docs/protocol/probe.md §4.10:
- the identifier of a search follows from the row and a secret of this node, so that a row finds its search again;
- a search that was sent and not answered is sent again byte for byte: the partner counts it once;
- a search that was answered and whose line is missing is written from what was stored, not asked;
- what would be needed for either is deleted once the line is on the disk.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Purpose, ServiceId
from comity.core.probe.opening import Strength
from comity.errors import ComityError
from comity.services.context import Actor, Node
from comity.services.probe.ask import (
    Outcome,
    begin,
    case_pseudonym,
    fail,
    finish,
    kept_outcome,
    newest_replica,
    permitted,
    search_of,
)
from comity.services.probe.asked import Begun, Search, taken_up
from comity.services.probe.batch.result import ResultFile, opened_result
from comity.services.probe.batch.table import Wanted
from comity.services.probe.replica import open_replica
from comity.storage import probe as rows
from comity.storage.models.probe import AskedState, ProbeAsked
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
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Ask for each row that has no line in the file of results, and write its line.

    Args:
        node: this node.
        channels: ways to the partners.
        order: the same in each run.
        wanted: rows, in the same order in each run.
        result: file of results, new or to be continued.
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
        for done, one in enumerate(waiting):
            try:
                rid, value = _asked(node, channels, order, one)
            except ComityError as error:
                return Report(counts, before, len(waiting) - done, error)
            lines.write({"id": one.id, **value})
            _delivered(node, rid)
            counts[value["result"]] = counts.get(value["result"], 0) + 1
            progress(before + done + 1)
    return Report(counts, before, 0, None)


def line_of(kept: dict[str, Any]) -> dict[str, Any]:
    """Return a line but its identifier, from what is kept of an outcome; ``strength`` is the greatest probability."""
    return {
        "result": kept["result"],
        "strength": max(kept["probabilities"], default=None),
        "rules": kept["rules"],
        "references": [one["reference"] for one in kept["references"]],
    }


def _asked(node: Node, channels: Channels, order: BatchOrder, one: Wanted) -> tuple[str, dict[str, Any]]:
    """Return identifier and line of a row's search: the stored one, or a new one."""
    search = search_of(
        node, order.partner, order.agreement, order.purpose, order.case, one.query, order.actor, order.reason
    )
    rid, row = _last(node, order, one)
    if row is not None and row.state == AskedState.ANSWERED:
        return rid, line_of(row.outcome)
    search = replace(search, rid=rid)
    begun = None if row is None else _again(node, channels, search, row)
    if row is not None and begun is None:
        # Its epoch is over: no answer to it can be read any more. It was counted, and is asked anew.
        fail(node, row, "probe.epoch")
        rid, _ = _last(node, order, one)
        search = replace(search, rid=rid)
    if begun is None:
        begun = begin(node, channels, search)
    outcome = Outcome(Strength.INSUFFICIENT) if begun is None else finish(node, channels, search, begun)
    return rid, line_of(kept_outcome(outcome))


def _last(node: Node, order: BatchOrder, one: Wanted) -> tuple[str, ProbeAsked | None]:
    """Return the search of a row that is not delivered, or the identifier of the next one.

    One that failed for good, or whose line was written and is gone, is followed by another.
    """
    secret = rows.secret(node.alias, "batch", node.random(32))
    turn = 0
    while True:
        turn += 1
        rid = _identifier(secret, order, one, turn)
        row = rows.asked(node.alias, rid)
        if row is None or row.pending is not None:
            return rid, row


def _identifier(secret: bytes, order: BatchOrder, one: Wanted, turn: int) -> str:
    named = {
        "agreement": order.agreement,
        "case": order.case.strip(),
        "id": one.id,
        "partner": order.partner,
        "purpose": order.purpose.value,
        "query": one.query.model_dump(mode="json"),
        "turn": turn,
    }
    return hmac.digest(secret, canonical.encode(named), hashlib.sha256)[:16].hex()


def _again(node: Node, channels: Channels, search: Search, row: ProbeAsked) -> Begun | None:
    """Take up a search that was sent; None when its epoch is over. The agreement must permit it now."""
    announced = newest_replica(node, channels, search)
    if announced.epoch != row.epoch:
        return None
    pseudonym = case_pseudonym(node, search.partner, search.case)
    permit = permitted(node, search, pseudonym, counted=row.rid)
    return taken_up(permit, open_replica(node, announced), row, row.pending)


def _forget_last(node: Node, order: BatchOrder, wanted: Iterable[Wanted], lines: ResultFile) -> None:
    """Note that the last line was written, if a kill came between the line and the note."""
    for one in wanted:
        if one.id == lines.last:
            rid, row = _last(node, order, one)
            if row is not None and row.state == AskedState.ANSWERED:
                _delivered(node, rid)


def _delivered(node: Node, rid: str) -> None:
    if rows.asked(node.alias, rid) is not None:
        rows.settle_asked(node.alias, rid, pending=None)


def give_up(node: Node, channels: Channels) -> int:
    """Delete what batches that nobody went on with would be taken up with, after a week; how many searches."""
    del channels
    due = rows.pending_asked(node.alias, node.clock() - KEPT, GIVEN_UP_AT_ONCE)
    for row in due:
        if row.state == AskedState.ANSWERED:
            _delivered(node, row.rid)
        else:
            fail(node, row, "probe.abandoned")
    return len(due)
