"""Makes the standing searches again: whole searches, counted by the partner, each with its two openings.

Implements docs/protocol/probe.md §8.4. A run is due when the partner's index is another than at the last run, at most
once a day; what a run found has no part in when the next one is made, nor in the evidence it leaves. What is kept are
outcomes, sealed; outputs of the evaluation are not, so that every look into the index was counted.
"""

from __future__ import annotations

from dataclasses import replace
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
from comity.services.probe.batch.again import ask_once, delivered
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
    """End what has expired, make the runs that are due, and return how many were made."""
    end_expired(node)
    erase_ended(node, node.clock() - SEARCHES_KEPT, AT_ONCE)
    done = 0
    for row in rows.standings_due(node.alias, node.clock(), AT_ONCE):
        replica = _changed(node, row)
        if replica is not None:
            done += _run(node, channels, row, replica)
    return done


def _changed(node: Node, row: ProbeStanding) -> ProbeReplica | None:
    """Return the index to search when it is another than that of the last run."""
    scope = (row.partner, row.regime, PURPOSE_GROUPS[Purpose(row.purpose)].value)
    ready = rows.ready_replica(node.alias, scope)
    if ready is None or (ready.epoch, ready.version) == (row.epoch, row.version):
        return None
    return ready


def _run(node: Node, channels: Channels, row: ProbeStanding, replica: ProbeReplica) -> int:
    content, number = row.content, row.runs + 1
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
        # Only the first run is remembered: a person who is asked for again is not enumerated.
        search = replace(search, again=row.runs > 0)
        rid, kept = ask_once(node, channels, search, run_name(row))
    except NodeError:
        raise
    except ComityError as error:
        _put_off(node, row, error.code)
        return 0
    now = node.clock()
    values = {
        "runs": number,
        "ran_at": now,
        "next_at": now + PERIOD,
        "epoch": replica.epoch,
        "version": replica.version,
        "code": "",
        "findings": _findings(row, replica.epoch, kept, write_instant(now)),
    }
    with atomic(node.alias):
        if rows.settle_standing(node.alias, row.sid, **values):
            facts: dict[str, str | int] = {"standing": row.sid, "search": rid, "run": number}
            record(node, Internal(), Event("probe.standing-run", now, facts))
        delivered(node, rid)
    return 1


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
