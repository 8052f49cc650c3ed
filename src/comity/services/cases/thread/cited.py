"""To which case something belongs that nobody asked for, and what follows from it: citations, our own file, related cases.

Implements docs/protocol/cases.md §21. Rules:
    - what opens a thread may cite another thread of the same two services and regime, which both hold; its own clause and
      purpose still stand alone before the policy: a citation permits nothing;
    - what was recalled or erased is not cited any more: of a case that ended nothing new is taken in (rule L29);
    - information names the case of who gives it, or is filed under one by who got it: the end of that case takes it along.
Attacks they stop: a citation of a thread of two others, or of one that does not exist; words for a case that has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from comity.core import canonical
from comity.core.cases.information import INFORMATION
from comity.core.cases.messages import MAX_LINE
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.evidence.event import Event, Internal
from comity.core.register.words import fold
from comity.core.texts import typed
from comity.errors import PeerError, Refused
from comity.services.cases.access import READERS, known_case
from comity.services.cases.recall import RECALLED
from comity.services.cases.thread.notes import FILED, keep_note
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message
from comity.services.protection.passages import readable, request_passage, words
from comity.storage import cases as rows
from comity.storage.models.cases import Case
from comity.storage.models.protection import PassageState
from comity.storage.protection import notices, passages
from comity.storage.transaction import atomic


def citable(node: Node, actor: Actor, thread: str | None, partner: ServiceId, regime: Regime) -> str | None:
    """Return the thread that somebody cites towards a partner; None for none.

    Raises:
        InputError: ``case.unknown``.
        Refused: ``case.cited`` (not with this partner, of another regime, or not held by it), ``case.recalled``.
    """
    if thread is None:
        return None
    row = known_case(node, actor, thread)
    arrived = {rows.ASKED: row.received_at is not None, rows.GAVE: row.closing is not None}
    if row.partner != partner or row.regime != regime.value or not arrived.get(row.side, True):
        raise Refused("case.cited")
    if _ended(node, row):
        raise Refused(RECALLED)
    return str(row.thread)


def cited_by(node: Node, message: Message, thread: str | None) -> str | None:
    """Return the thread that a partner's message cites, having checked that it is one of ours with it; None for none.

    Raises:
        PeerError: ``case.cited-unknown``, ``case.recalled``.
    """
    if thread is None:
        return None
    row = rows.find_case(node.alias, thread, message.partner)
    if row is None or row.regime != message.regime.value:
        raise PeerError("case.cited-unknown")
    if _ended(node, row):
        raise PeerError(RECALLED)
    return thread


def file_under(node: Node, actor: Actor, thread: str, case: str) -> None:
    """Note under which case of our own something is kept that a partner gave or asks; it never leaves. The last note counts.

    Raises:
        InputError: ``case.unknown``, ``case.text``.
        Refused: ``actor.role``, ``case.own-case`` (our own request or information says it itself).
    """
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *READERS)
    if row.side in (rows.ASKED, rows.GAVE):
        raise Refused("case.own-case")
    reference = typed(case, "case.text", most=MAX_LINE, line=True)
    with atomic(node.alias):
        keep_note(node, actor, row, FILED, {"reference": reference})


def own_case(node: Node, row: Case) -> str | None:
    """Return our own reference of a case, as our request or information says or as it was filed; None where nothing does."""
    if row.side in (rows.ASKED, rows.GAVE):
        passage = request_passage(node, row)
        said = words(node, passage) if passage is not None and readable(passage) else None
        found = (said or {}).get("case")
    else:
        filed = [
            each.content
            for each in rows.notes(node.alias, row.partner, row.thread)
            if each.kind == FILED and each.content is not None
        ]
        found = filed[-1].get("reference") if filed else None
    return str(found) if found else None


def related_to(node: Node, row: Case) -> list[dict[str, Any]]:
    """Return the cases that a case follows from or that follow from it, oldest first: they are of one regime and partner."""
    cited = None if row.cites is None else rows.find_case(node.alias, row.cites, row.partner)
    before = [] if cited is None else [(cited, "cited")]
    after = [(each, "citing") for each in rows.citing(node.alias, row.partner, row.thread)]
    return [{"thread": each.thread, "side": each.side, "how": how} for each, how in [*before, *after]]


def given_for(
    node: Node, regimes: Collection[str], wanted: str, exchanged: Collection[Case]
) -> Iterator[Case]:
    """Yield what was given unasked for a case of ours, either way.

    What names or is filed under another case of ours does not belong to it, whatever it cites.

    Args:
        wanted: our own reference, folded. exchanged: our requests under it.
    """
    threads = {(row.partner, row.thread) for row in exchanged}
    # 1. What we gave, restricted or not: its words say to which case it belongs.
    for said in passages.told_of_kind(node.alias, regimes, INFORMATION):
        body = said.body or {}
        own = body.get("case")
        if fold(str(own)) == wanted if own else (said.partner, body.get("cites")) in threads:
            row = rows.find_case(node.alias, said.thread, said.partner)
            yield from [] if row is None else [row]
    # 2. What we were given: filed, or filed nowhere and given inside one of our requests.
    named = set(rows.noted(node.alias, FILED))
    named |= {(each.partner, each.thread) for one in exchanged for each in _following(node, one)}
    for partner, thread in sorted(named):
        row = rows.find_case(node.alias, thread, partner)
        if row is None or row.side != rows.TOLD or row.regime not in regimes:
            continue
        filed = own_case(node, row)
        if fold(filed) == wanted if filed else (row.partner, row.cites) in threads:
            yield row


def _following(node: Node, row: Case) -> list[Case]:
    return rows.citing(node.alias, row.partner, row.thread)


def note_cited(node: Node, actor: Actor, row: Case) -> None:
    """Record, in the running transaction, that a case of ours was opened from another."""
    if row.cites is None:
        return
    facts: dict[str, str | int] = {"thread": row.thread, "cites": row.cites}
    committed = canonical.encode({"actor": actor.name})
    record(node, Internal(), Event("case.cited", node.clock(), facts, committed))


def _ended(node: Node, row: Case) -> bool:
    """Whether what a thread said was taken back or is gone."""
    passage = request_passage(node, row)
    if row.rejected == RECALLED or (passage is not None and passage.state == PassageState.GONE):
        return True
    # What we opened and recalled is gone at the partner, while our own copy stays.
    opened = row.side in (rows.ASKED, rows.GAVE)
    acts = (Act.RECALL.value, Act.ERASE.value)
    return opened and bool(notices.whole_thread(node.alias, row.partner, row.thread, acts))
