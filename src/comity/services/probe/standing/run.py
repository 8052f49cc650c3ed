"""Makes the standing searches again: whole searches, counted by the partner, each with its two openings.

Implements docs/protocol/probe.md §8.4. A run is due when the partner's index is another than at the last run, at most
once a day; what a run found has no part in when the next one is made, nor in the evidence it leaves. What is kept are
outcomes, sealed; outputs of the evaluation are not, so that every look into the index was counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import PURPOSE_GROUPS, Purpose, ServiceId
from comity.core.evidence.event import Event, Internal
from comity.core.instant import write_instant
from comity.core.probe.query import Query
from comity.core.watch.justified import read_justification
from comity.errors import ComityError, NodeError
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.people.behalf import acting_for
from comity.services.people.service_accounts import Scope
from comity.services.probe.ask import search_of
from comity.services.probe.batch.again import delivered
from comity.services.probe.batch.asked import Search
from comity.services.probe.batch.together import ask_together, in_calls
from comity.services.probe.standing.keep import end_expired, erase_ended, run_name
from comity.services.probe.upkeep import SEARCHES_KEPT
from comity.storage import probe as rows
from comity.storage.models.probe import ProbeReplica, ProbeStanding
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

AT_ONCE = 50
PERIOD = timedelta(days=1)
"""Least time between two runs of one search."""

PUT_OFF = timedelta(hours=1)
"""How long a run that was refused or not answered is put off."""

MOST_NEW = 50
"""Findings that wait for the owner; older ones go."""


def run_due(node: Node, channels: Channels) -> int:
    """End what has expired, make the runs that are due, and return how many were made.

    Those of one case go in one call, as far as it holds them: one that fails is put off, and holds up no other.
    """
    end_expired(node)
    erase_ended(node, node.clock() - SEARCHES_KEPT, AT_ONCE)
    cases: dict[tuple[str, ...], list[_Due]] = {}
    for row in rows.standings_due(node.alias, node.clock(), AT_ONCE):
        replica = _changed(node, row)
        if replica is not None and (search := _search(node, row)) is not None:
            case = (row.partner, row.agreement, row.purpose, search.case)
            cases.setdefault(case, []).append(_Due(row, replica, search))
    return sum(_run(node, channels, some) for due in cases.values() for some in in_calls(due))


@dataclass(frozen=True, slots=True)
class _Due:
    """A standing search that is made again now, with the index that it is made in."""

    row: ProbeStanding
    replica: ProbeReplica
    search: Search


def _changed(node: Node, row: ProbeStanding) -> ProbeReplica | None:
    """Return the index to search when it is another than that of the last run."""
    scope = (row.partner, row.regime, PURPOSE_GROUPS[Purpose(row.purpose)].value)
    ready = rows.ready_replica(node.alias, scope)
    if ready is None or (ready.epoch, ready.version) == (row.epoch, row.version):
        return None
    return ready


def _search(node: Node, row: ProbeStanding) -> Search | None:
    """Return the search of a run; None where it may not be made, which is noted."""
    content = row.content
    try:
        search = search_of(
            node,
            ServiceId(row.partner),
            row.agreement,
            Purpose(row.purpose),
            content["case"],
            Query.model_validate_json(canonical.encode(content["query"])),
            acting_for(node, row.owner, Scope.PROBE),
            content["reason"],
            read_justification(content.get("said", {})),
        )
    except NodeError:
        raise
    except ComityError as error:
        _put_off(node, row, error.code)
        return None
    # Only the first run is remembered: a person who is asked for again is not enumerated.
    return replace(search, again=row.runs > 0)


def _run(node: Node, channels: Channels, due: Sequence[_Due]) -> int:
    """Make the runs of some searches of one case, and return how many were made."""
    done, left = 0, list(due)
    while left:
        names = [run_name(each.row) for each in left]
        made = ask_together(node, channels, [each.search for each in left], names)
        for each, (rid, kept) in zip(left, made.outcomes, strict=False):
            _settle(node, each, rid, kept)
        done, left = done + len(made.outcomes), left[len(made.outcomes) :]
        if made.stopped is not None:
            if isinstance(made.stopped, NodeError):
                raise made.stopped
            _put_off(node, left.pop(0).row, made.stopped.code)
    return done


def _settle(node: Node, due: _Due, rid: str, kept: dict[str, Any]) -> None:
    row, now, number = due.row, node.clock(), due.row.runs + 1
    values = {
        "runs": number,
        "ran_at": now,
        "next_at": now + PERIOD,
        "epoch": due.replica.epoch,
        "version": due.replica.version,
        "code": "",
        "findings": _findings(row, due.replica.epoch, kept, write_instant(now)),
    }
    with atomic(node.alias):
        if rows.settle_standing(node.alias, row.sid, **values):
            facts: dict[str, str | int] = {"standing": row.sid, "search": rid, "run": number}
            record(node, Internal(), Event("probe.standing-run", now, facts))
        delivered(node, rid)


def _put_off(node: Node, row: ProbeStanding, code: str) -> None:
    """Note why a run was not made; the same search is taken up later. Once for each reason there is evidence."""
    now = node.clock()
    with atomic(node.alias):
        rows.settle_standing(node.alias, row.sid, code=code, next_at=now + PUT_OFF)
        if code != row.code:
            facts: dict[str, str | int] = {"standing": row.sid, "code": code}
            record(node, Internal(), Event("probe.standing-put-off", now, facts))


def _findings(row: ProbeStanding, epoch: int, kept: dict[str, Any], at: str) -> dict[str, Any]:
    """Return what is known and what is new; references of two epochs cannot be compared, so a new epoch tells all."""
    before = row.findings or {}
    known = before.get("known", []) if row.epoch == epoch else []
    new = [
        {"at": at, "result": kept["result"], "reference": one["reference"], "rules": one["rules"]}
        for one in kept["references"]
        if one["reference"] not in known
    ]
    found = [*known, *(one["reference"] for one in new)]
    return {"known": found, "new": [*before.get("new", []), *new][-MOST_NEW:]}
