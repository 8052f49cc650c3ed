"""What people and programs read of one case: the request, the answer, the timeline, the clock.

Implements docs/protocol/cases.md §7. Reading what a case says is a consultation and leaves evidence (LED Art. 25).
"""

from __future__ import annotations

from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.services.cases.access import known_case, may_read, may_read_named
from comity.services.cases.decision import OURS
from comity.services.cases.inbox import clock_document, entries_of
from comity.services.cases.thread.checks import with_checks
from comity.services.cases.thread.cited import own_case, related_to
from comity.services.cases.thread.notes import duplicates_of, notes_of
from comity.services.clocks.core_data import core_clocks
from comity.services.clocks.shown import delays_of
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.exchange import status
from comity.services.identification.read import files_in
from comity.services.protection.consent import consents_of
from comity.services.protection.passages import is_for_named, readable, reply_passage, request_passage
from comity.services.protection.shown import notices_of, passages_of
from comity.storage import cases as rows
from comity.storage import people
from comity.storage.clocks import substitute_of
from comity.storage.models.cases import Case
from comity.storage.transaction import atomic


def show_case(node: Node, actor: Actor, thread: str) -> dict[str, Any]:
    """Return one case as a JSON value; `request` and `reply` are None for who may not read them.

    What is restricted, recalled, or sealed until its conditions are acknowledged is None for everybody, what is for named
    officers for everybody but them; `passages` says why.

    An officer's reading is recorded and marks the case as read.

    Raises:
        InputError: ``case.unknown``.
    """
    row = known_case(node, actor, thread)
    may = may_read(actor, Regime(row.regime))
    named = row.side == rows.RECEIVED or may_read_named(actor, row) or not is_for_named(row.reply)
    read = None
    if may:
        read = _consulted(node, actor, row)
    shown = {
        **entries_of(node, [row], read)[0].document(),
        "core_clock": _core_clock(node, row),
        "agreement": row.agreement,
        "received_at": _moment(row.received_at),
        "closing_sent_at": _moment(row.closing_sent_at),
        "closing_received_at": _moment(row.closing_received_at),
        "erase_at": _moment(row.erase_at),
        "rejected": row.rejected,
        "closing_rejected": row.closing_rejected,
        "ground": row.ground,
        "negative": row.negative,
        "request": row.request if may and readable(request_passage(node, row)) else None,
        "reply": row.reply if may and named and readable(reply_passage(node, row)) else None,
        "passages": passages_of(node, row, may, named=may_read_named(actor, row)),
        "files": files_in(node, row, may),
        "notices": notices_of(node, row, may),
        "delays": delays_of(node, row, may),
        "consents": consents_of(node, row, may),
        "decisions": _decisions(node, actor, row) if may else [],
        "notes": notes_of(node, row) if may else [],
        "own_case": own_case(node, row) if may else None,
        "related": related_to(node, row) if may else [],
        "duplicates": duplicates_of(node, row) if may else [],
        "timeline": timeline(node, thread),
        "substitute": substitute_of(node.alias, row.owner, row.regime) if may and row.owner else None,
    }
    return with_checks(node, row, shown)


def timeline(node: Node, thread: str) -> list[dict[str, Any]]:
    """Return the messages of a thread in order, each with how it stands; a disputed one was delivered too."""
    disputed = status.Standing.DISPUTED
    return [
        {
            "message": view.id,
            "direction": view.direction,
            "kind": view.kind,
            "act": view.act,
            "sent_at": write_instant(view.sent_at),
            "received_at": _moment(view.received_at),
            "state": "delivered" if view.standing is disputed else view.standing.value,
            "code": view.code,
            "disputed": view.standing is disputed,
        }
        for view in status.thread(node, thread)
    ]


def _decisions(node: Node, actor: Actor, row: Case) -> list[dict[str, Any]]:
    """Return the decisions; the true ground only for the data-protection officer."""
    protector = (Regime(row.regime), Role.DATA_PROTECTION_OFFICER) in actor.roles
    shown = []
    for made in rows.decisions(node.alias, row.thread):
        if made.kind in OURS and not protector:
            continue
        entry = {
            "kind": made.kind,
            "digest": made.digest,
            "at": write_instant(made.decided_at),
            "by": None if made.content is None else made.content.get("by"),
        }
        if protector:
            entry["true_ground"] = made.true_ground
        shown.append(entry)
    return shown


def _consulted(node: Node, actor: Actor, row: Case) -> dict[str, Instant] | None:
    """Record the reading; return when an officer last opened the case before."""
    now = node.clock()
    account = people.officer_named(node.alias, actor.name) if actor.kind is ActorKind.OFFICER else None
    with atomic(node.alias):
        before = None if account is None else people.read_marks(node.alias, account, [row.thread])
        if account is not None:
            people.mark_read(node.alias, account, row.thread, now)
        committed = canonical.encode({"actor": actor.name, "thread": row.thread})
        record(node, Internal(), Event("case.consulted", now, {"thread": row.thread}, committed))
    return before


def _core_clock(node: Node, row: Case) -> dict[str, Any] | None:
    """Return the clock of the core data on a hit; None where a case has none."""
    found = core_clocks(node, [row], node.clock()).get(row.thread) if row.by_hit else None
    return None if found is None else clock_document(found)


def _moment(value: Instant | None) -> str | None:
    return None if value is None else write_instant(value)
