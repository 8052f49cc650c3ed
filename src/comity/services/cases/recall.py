"""Recall what was sent in a case, or have it erased: it only protects, so no agreement and no state of a partner stops it.

Implements docs/protocol/cases.md §9. Source: Directive (EU) 2016/680 Art. 7(3) (recipients of wrong or unlawful data are
told at once), Art. 16(6) (and erase it). A service withdraws only what it has sent itself: the requester its
request, the answerer its reply. The partner's receipt proves that the words are gone from its node; what persons have
read or printed no message brings back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity.core.cases.messages import ERASE, RECALL, open_body
from comity.core.cases.protection import GROUNDS, ProtectionGround, WithdrawalBody
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Bilateral, Event
from comity.core.faults import named
from comity.core.instant import Instant, write_instant
from comity.errors import InputError, PeerError, Refused
from comity.services import erasures
from comity.services.cases.access import ASKERS, known_case
from comity.services.context import Actor, Node
from comity.services.egress.derived import forget_derived
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.protection.owe import Owed, owe, send, settle
from comity.services.protection.passages import words
from comity.services.protection.received import take_back
from comity.storage import cases as rows
from comity.storage.exchange.inbox import forget_contents, withdrawn
from comity.storage.identification import attachments
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Passage
from comity.storage.protection import consents, notices, passages
from comity.storage.transaction import atomic

RECALLED = rows.RECALLED
JOURNAL = "withdrawal"

_RELEASERS = (Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)


def recall(
    node: Node,
    actor: Actor,
    thread: str,
    *,
    erase: bool = False,
    ground: ProtectionGround | None = None,
) -> str:
    """Ask back what this service sent in a thread and return the message id.

    It is chased until the partner's receipt says that it is done (docs/protocol/protection.md §3): to ask again before
    sends nothing while a message is under way, to ask again afterwards is refused, unless more was said meanwhile. What
    was recalled can still be erased here too.

    Args:
        erase: our own copy is emptied too, as soon as the partner's receipt has come.
        ground: told to the partner, from the closed list; None tells none.

    Raises:
        InputError: ``case.unknown``, ``protection.ground``.
        Refused: ``actor.role``, ``case.nothing-sent``, ``case.recalled-before``.
    """
    row = known_case(node, actor, thread)
    asked = row.side == rows.ASKED
    regime = Regime(row.regime)
    actor.require(regime, *({*ASKERS, *_RELEASERS} if asked else _RELEASERS))
    said = passages.in_thread(node.alias, row.partner, thread, Direction.OUT.value)
    if not said:
        raise Refused("case.nothing-sent")
    act = Act.ERASE if erase else Act.RECALL
    if ground is not None and ground not in GROUNDS[act]:
        raise InputError("protection.ground", allowed=named(sorted(GROUNDS[act])))
    under_way = _asked_before(node, row, act, said)
    if under_way is not None:
        return under_way
    with atomic(node.alias):
        owed = owe(node, actor, Owed(ServiceId(row.partner), regime, thread, None, act, ground))
        if asked and row.closing is None:
            rows.update_case(node.alias, row, node.clock(), rejected=RECALLED)
    return send(node, owed, actor)


def _asked_before(node: Node, row: Case, act: Act, said: Sequence[Passage]) -> str | None:
    """Return the message that asks the same already and has no receipt yet; None when another is to be sent.

    An erasure is a recall too; a recall is no erasure.

    Raises:
        Refused: ``case.recalled-before``: it was done, and nothing was said since.
    """
    acts = (Act.ERASE.value,) if act is Act.ERASE else (Act.RECALL.value, Act.ERASE.value)
    for notice in reversed(notices.whole_thread(node.alias, row.partner, row.thread, acts)):
        since = [each for each in said if each.sent_at > notice.opened_at]
        if notice.settled_at is not None and not since:
            raise Refused("case.recalled-before", since=write_instant(notice.settled_at))
        if notice.settled_at is None and notices.is_under_way(node.alias, notice):
            return notice.message
    return None


@handler(RECALL, {Act.RECALL})
def receive_recall(node: Node, message: Message) -> None:
    """Empty what the partner sent in a thread.

    A thread that is unknown here, or empty already, is acknowledged too: nothing of it is held, nothing will be taken.
    Notes and texts that repeat what is taken back go with it.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``.
    """
    body = open_body(WithdrawalBody, message.body)
    row = rows.find_case(node.alias, message.thread, message.partner)
    if message.thread == message.id or (row is not None and row.regime != message.regime.value):
        raise PeerError("case.header")
    # What was made here from the words goes first: it is recognised by them.
    said = passages.in_thread(node.alias, message.partner, message.thread, Direction.IN.value)
    held = [found for each in said if (found := words(node, each)) is not None]
    forget_derived(node, message.partner, message.thread, held)
    take_back(node, message, body.ground, message.act)
    withdraw(node, message.partner, message.thread, Direction.IN)
    facts: dict[str, str | int] = {"thread": message.thread, "message": message.id, "act": message.act.value}
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event(RECALLED, message.received_at, facts))


handler(ERASE, {Act.ERASE})(receive_recall)


@on_receipt(RECALL)
def recall_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Settle a recall; what was told to identify a person for return serves nothing else, so our own copy goes too."""
    settle(node, message, received_at, code)
    found = rows.case_of_message(node.alias, message)
    if code is None and found is not None and found.regime == Regime.RETURN_IDENTIFICATION:
        withdraw(node, found.partner, found.thread, Direction.OUT)


@on_receipt(ERASE)
def erasure_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Empty our own copy of what the partner has erased."""
    settle(node, message, received_at, code)
    found = rows.case_of_message(node.alias, message)
    if code is None and received_at is not None and found is not None:
        withdraw(node, found.partner, found.thread, Direction.OUT)


@erasures.replays(JOURNAL)
def withdraw_again(node: Node, names: Sequence[str]) -> None:
    """Empty what a restored backup brought back."""
    for name in names:
        partner, thread, direction = name.split("/")
        _empty(node, partner, thread, Direction(direction))


def refuse_withdrawn(node: Node, message: Message) -> None:
    """Refuse a message of a thread that its sender has recalled: it left before and comes after.

    Raises:
        PeerError: ``case.recalled``.
    """
    acts = (Act.RECALL.value, Act.ERASE.value)
    if withdrawn(node.alias, message.partner, message.thread, acts):
        raise PeerError(RECALLED)


def withdraw(node: Node, partner: str, thread: str, direction: Direction, ground: str | None = None) -> None:
    """Empty one side's words and files in a thread for good, in the running transaction: a restored backup empties them again.

    Args:
        ground: that the tombstones bear.
    """
    if _empty(node, partner, thread, direction, ground):
        erasures.journal(node, JOURNAL, [f"{partner}/{thread}/{direction.value}"])


def _empty(node: Node, partner: str, thread: str, direction: Direction, ground: str | None = None) -> bool:
    """Empty one side's words in a thread, its messages and their salts, in the running transaction.

    Returns:
        Whether there was a case: nothing is kept of a thread without one.
    """
    for key in forget_contents(node.alias, partner, thread, direction):
        destroy_salt(node, key)
    said = passages.in_thread(node.alias, partner, thread, direction.value)
    passages.empty_passages(node.alias, said, node.clock(), ground)
    attachments.empty(node.alias, partner, thread, direction.value, node.clock(), ground)
    side = consents.ASKED_OF_US if direction == Direction.IN else consents.ASKED_BY_US
    consents.forget_reasons(node.alias, partner, thread, side)
    row = rows.find_case(node.alias, thread, partner)
    if row is None:
        return False
    rows.update_case(node.alias, row, node.clock(), **_emptied(row, direction))
    return True


def _emptied(row: Case, direction: Direction) -> dict[str, Any]:
    if (row.side == rows.ASKED) != (direction == Direction.OUT):
        return {"reply": None}
    return {"request": None} if row.closing is not None else {"request": None, "rejected": RECALLED}
