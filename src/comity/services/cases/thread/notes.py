"""Our own notes on a case: how it was handed over, over which other channel it came too; and probable duplicates.

Implements docs/protocol/cases.md §14. Notes never leave; they are sealed, and go with the words of the case. What stands in them
marks them, and marks whatever is made from them (docs/protocol/egress.md §4).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.cases.duplicates import same_question
from comity.core.cases.messages import MAX_LINE, MAX_TEXT
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Event, Internal
from comity.core.instant import write_instant
from comity.core.register.words import fold
from comity.core.texts import typed
from comity.services.cases.access import READERS, known_case
from comity.services.cases.inbox import assign
from comity.services.context import Actor, Node
from comity.services.egress.examine import examine_text
from comity.services.evidence.record import record
from comity.services.protection.passages import readable, request_passage
from comity.storage import cases as rows
from comity.storage.models.cases import Case, CaseNote
from comity.storage.transaction import atomic

HANDOVER, CHANNEL, FILED = "handover", "channel", "filed"
LOOKED_BACK = timedelta(days=180)
LOOKED_AT = 300


def hand_over(node: Node, actor: Actor, thread: str, to: Actor, text: str) -> None:
    """Give a case to another officer with a note of what must be known: its owner may, and the head of desk.

    Raises:
        InputError: ``case.unknown``, ``case.text``.
        Refused: ``actor.role``, ``case.owner``.
    """
    row = known_case(node, actor, thread)
    words = typed(text, "case.text", most=MAX_TEXT)
    with atomic(node.alias):
        assign(node, actor, thread, to, handed_over=True)
        keep_note(node, actor, row, HANDOVER, {"text": words, "to": to.name})


def note_channel(node: Node, actor: Actor, thread: str, channel: str, reference: str) -> None:
    """Write down that the same request came over another channel, under a reference there.

    Raises:
        InputError: ``case.unknown``, ``case.text``.
        Refused: ``actor.role``.
    """
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *READERS)
    told = {"channel": channel, "reference": reference}
    content = {name: typed(text, "case.text", most=MAX_LINE, line=True) for name, text in told.items()}
    with atomic(node.alias):
        keep_note(node, actor, row, CHANNEL, content)


def notes_of(node: Node, row: Case) -> list[dict[str, Any]]:
    """Return the notes on a case, oldest first, for who may read it."""
    return [
        {"kind": each.kind, "at": write_instant(each.at), **(each.content or {})}
        for each in rows.notes(node.alias, row.partner, row.thread)
    ]


def duplicates_of(node: Node, row: Case) -> list[str]:
    """Return the threads that probably ask the same, oldest first: of any partner of the regime, under any clause."""
    if row.request is None or not readable(request_passage(node, row)):
        return []
    since = row.opened_at - LOOKED_BACK
    channels = {
        thread: _channels(node, partner, thread) for partner, thread in rows.noted(node.alias, CHANNEL)
    }
    own = channels.get(row.thread, set()) | {fold(str(row.request.get("case", "")))}
    found = []
    for other in rows.cases_since(node.alias, row.regime, row.side, since, LOOKED_AT):
        if other.thread == row.thread or other.request is None:
            continue
        theirs = channels.get(other.thread, set())
        named = bool(theirs & own) or fold(str(other.request.get("case", ""))) in channels.get(
            row.thread, set()
        )
        alike = other.partner == row.partner and same_question(row.request, other.request)
        if named or alike:
            found.append(str(other.thread))
    return found


def _channels(node: Node, partner: str, thread: str) -> set[str]:
    said = [each.content or {} for each in rows.notes(node.alias, partner, thread) if each.kind == CHANNEL]
    return {fold(str(each.get("reference", ""))) for each in said} - {""}


def keep_note(node: Node, actor: Actor, row: Case, kind: str, content: dict[str, str]) -> None:
    """Keep a note of our own on a case, with the marks of what stands in it, in the running transaction."""
    now = node.clock()
    whole = {**content, "by": actor.name}
    carried = examine_text(node, actor, ServiceId(row.partner), row.thread, content)
    note = CaseNote(
        partner=row.partner,
        thread=row.thread,
        kind=kind,
        at=now,
        content=whole,
        inheritance=carried.document() if carried.taints else None,
    )
    rows.add_note(node.alias, note)
    facts: dict[str, str | int] = {"thread": row.thread, "kind": kind}
    record(node, Internal(), Event("case.noted", now, facts, canonical.encode(whole)))
