"""Owe a recipient a notice and chase it until its signed receipt says that it is done.

Implements docs/protocol/protection.md §3. Rules:
    - owing is one transaction with its evidence and needs neither the partner nor its keys: what a person has ordered is
      never lost because the partner is away, suspended or unknown by now;
    - a message expires (7 days at most), a notice does not: what has expired or was refused is sent again, for as long
      as the recipient's node has not accepted it (LED Art. 7(3), 16(5)-(6));
    - a recall or erasure makes corrections and restrictions of the same words pointless;
    - what is to be recalled or erased and has not left does not leave first (envelope.md §6): it is withdrawn, and where
      nothing else has left, nothing is owed any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.cases.consent import OVERRIDE_NOTICE
from comity.core.cases.messages import ERASE, RECALL
from comity.core.cases.protection import (
    RECTIFICATION,
    RESTRICTION,
    RESTRICTION_LIFTED,
    ProtectionGround,
)
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint
from comity.core.codes.transfer import OverrideGround
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant, read_instant, write_instant
from comity.errors import ComityError, NodeError, Refused
from comity.services import erasures
from comity.services.context import SYSTEM, Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.back.hold import hold_back, hold_one
from comity.services.exchange.kept import forget_kept_thread
from comity.services.exchange.receipts import on_never, on_receipt
from comity.services.exchange.submit import Outgoing, submit
from comity.services.identification.withhold import withhold
from comity.storage import cases
from comity.storage.exchange.outbox import Whereabouts
from comity.storage.models.protection import Notice, Passage
from comity.storage.protection import notices as rows
from comity.storage.protection import passages, quotes
from comity.storage.transaction import atomic

KINDS: dict[Act, str] = {
    Act.RECTIFY: RECTIFICATION,
    Act.RESTRICT: RESTRICTION,
    Act.LIFT: RESTRICTION_LIFTED,
    Act.RECALL: RECALL,
    Act.ERASE: ERASE,
    Act.NOTIFY: OVERRIDE_NOTICE,
}
"""Kind of the message that carries each act."""

RESTRICTED = "case.restricted"
"""Code of what was held back because it concerns what is restricted."""

REPEAT = timedelta(hours=1)
"""How long after a refusal, or an attempt that failed here, it is tried again."""

OWED, HELD = "owed-back", "held-back"
"""Lines of the journal: what was recalled or erased, and what was withdrawn before it left; a restored backup does not know."""

_TAKES_BACK = (Act.RECALL, Act.ERASE)

_OVERTAKEN: dict[Act, tuple[Act, ...]] = {
    Act.RECALL: (Act.RECTIFY, Act.RESTRICT, Act.LIFT),
    Act.ERASE: (Act.RECTIFY, Act.RESTRICT, Act.LIFT, Act.RECALL),
    Act.RECTIFY: (Act.RECTIFY,),
    Act.RESTRICT: (Act.LIFT,),
    Act.LIFT: (Act.RESTRICT,),
    Act.NOTIFY: (),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction carries: the whole new body and what its header claims; of an emergency, what its notice says."""

    body: Mapping[str, Any]
    data: frozenset[DataCategory] = frozenset()
    subjects: frozenset[SubjectCategory] = frozenset()
    handling: Handling | None = None
    decision: str | None = None
    taints: frozenset[Taint] = frozenset()

    def document(self) -> dict[str, Any]:
        """Return it as JSON, for the sealed column."""
        return {
            "body": dict(self.body),
            "data": sorted(self.data),
            "subjects": sorted(self.subjects),
            "handling": self.handling,
            "decision": self.decision,
            "taints": sorted(self.taints),
        }


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice that is to be given.

    Args:
        target: message that it concerns; None for all that we said in the thread.
        ground: from the list of the act; None where a recall gives none.
        correction: for a correction, and for the notice of an emergency, of which each is told.
    """

    partner: ServiceId
    regime: Regime
    thread: str
    target: str | None
    act: Act
    ground: ProtectionGround | OverrideGround | None = None
    correction: Correction | None = None


def owed_on(row: Passage, act: Act, ground: ProtectionGround | None) -> Owed:
    """Return the notice of an act on one passage that we sent; a recall takes back the whole thread's words."""
    whole = act in (Act.RECALL, Act.ERASE)
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    return Owed(partner, regime, row.thread, None if whole else row.message, act, ground)


def owe(node: Node, actor: Actor, owed: Owed, *, cause: Notice | None = None) -> Notice:
    """Write down a notice that a recipient is owed, in the running transaction; one that is still open is kept.

    Words of ours that are recalled or erased, and corrections of them, leave no more if they have not left.

    Raises:
        RuntimeError: outside a transaction (a bug of the caller).
    """
    now = node.clock()
    overtaken = _OVERTAKEN[owed.act]
    corrections = rows.carriers(node.alias, owed.partner, owed.thread, owed.target, Act.RECTIFY.value)
    rows.overtake(node.alias, owed.partner, owed.thread, owed.target, [a.value for a in overtaken], now)
    if owed.act in _TAKES_BACK:
        forget_kept_thread(node, owed.partner, owed.thread)
        said = passages.standing(node.alias, owed.partner, owed.thread)
        codes = dict.fromkeys(corrections, rows.OVERTAKEN) | dict.fromkeys(said, cases.RECALLED)
        hold_back(node, owed.partner, owed.regime, codes)
        withhold(node, owed.partner, owed.thread)
    if owed.act is Act.RESTRICT:
        hold_back(node, owed.partner, owed.regime, dict.fromkeys(corrections, RESTRICTED))
    known = rows.open_for(node.alias, owed.partner, owed.thread, owed.target, owed.act.value)
    if known is not None and owed.act is not Act.NOTIFY:
        return known
    row = Notice(
        direction=rows.OUT,
        partner=owed.partner,
        regime=owed.regime.value,
        thread=owed.thread,
        target=owed.target,
        act=owed.act.value,
        kind=KINDS[owed.act],
        ground=owed.ground,
        opened_at=now,
        next_at=now,
        cause=cause,
        content=None if owed.correction is None else owed.correction.document(),
    )
    rows.add_notice(node.alias, row)
    if owed.act in _TAKES_BACK:
        erasures.journal(node, OWED, [_owed_name(owed, now)])
    facts: dict[str, str | int] = {"thread": owed.thread, "act": owed.act.value}
    if owed.target is not None:
        facts["target"] = owed.target
    if owed.ground is not None:
        facts["ground"] = owed.ground.value
    committed = canonical.encode({"actor": actor.name, "notice": row.pk})
    record(node, Bilateral(owed.partner, owed.regime), Event("protection.owed", now, facts, committed))
    return row


def ask_back(
    node: Node,
    actor: Actor,
    row: Passage,
    act: Act,
    ground: ProtectionGround | None,
    code: str,
    *,
    cause: Notice | None = None,
) -> bool:
    """Recall a passage of ours, or have it erased, if it may have left; if it has not, it leaves no more.

    Args:
        act: recall or erase. ground: told to the partner. code: of the message, where it is withdrawn.

    Returns:
        Whether a notice is owed.
    """
    said = Said(ServiceId(row.partner), Regime(row.regime), row.thread, row.message)
    return ask_message_back(node, actor, said, act, ground, code, cause=cause)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of ours in a thread whose words are taken back."""

    partner: ServiceId
    regime: Regime
    thread: str
    message: str


def ask_message_back(
    node: Node,
    actor: Actor,
    said: Said,
    act: Act,
    ground: ProtectionGround | None,
    code: str,
    *,
    cause: Notice | None = None,
) -> bool:
    """Do the same for a message that may be no passage, such as the reasons of a delay: with it goes what its thread says."""
    if hold_one(node, said.partner, said.regime, said.message, code) is Whereabouts.HERE:
        erasures.journal(node, HELD, [f"{said.partner}/{said.message}"])
        return False
    owe(node, actor, Owed(said.partner, said.regime, said.thread, None, act, ground), cause=cause)
    case = cases.find_case(node.alias, said.thread, said.partner)
    if case is not None and case.side == cases.ASKED and case.closing is None:
        cases.update_case(node.alias, case, node.clock(), rejected=cases.RECALLED)
    return True


@on_never
def release_owed(node: Node, partner: ServiceId, message: str) -> None:
    """Owe nothing any more on words that were held back in time, unless others of the thread have left."""
    told = passages.passage(node.alias, partner, message)
    if told is None:
        return
    others = passages.standing(node.alias, partner, told.thread)
    for row in rows.owed_for(node.alias, partner, told.thread, message):
        if row.target is None and others:
            continue
        carrier = row.message
        rows.change_notice(
            node.alias, row, settled_at=node.clock(), next_at=None, content=None, code=rows.OVERTAKEN
        )
        facts: dict[str, str | int] = {"thread": row.thread, "act": row.act, "message": message}
        scope = Bilateral(partner, Regime(row.regime))
        record(node, scope, Event("protection.nothing-owed", node.clock(), facts))
        if carrier is not None:
            hold_one(node, partner, row.regime, carrier, rows.OVERTAKEN)


@erasures.replays(OWED)
def owe_again(node: Node, names: Sequence[str]) -> None:
    """Owe again what was recalled or erased after the backup was made; what it holds waiting does not leave."""
    for name in names:
        partner, regime, thread, act, at = name.split("/")
        known = rows.ever_owed(node.alias, partner, thread, None, act, read_instant(at))
        if not known and passages.standing(node.alias, partner, thread):
            owe(node, SYSTEM, Owed(ServiceId(partner), Regime(regime), thread, None, Act(act)))


@erasures.replays(HELD)
def hold_again(node: Node, names: Sequence[str]) -> None:
    """Withdraw again what had never left."""
    for name in names:
        partner, message = name.split("/")
        row = quotes.sent(node.alias, partner, message)
        if row is not None:
            hold_one(node, partner, row.regime, message, cases.RECALLED)


def _owed_name(owed: Owed, at: Instant) -> str:
    return f"{owed.partner}/{owed.regime}/{owed.thread}/{owed.act}/{write_instant(at)}"


def owe_sent(node: Node, actor: Actor, owed: Owed, message: str) -> Notice:
    """Write down a notice that a message of the running transaction carries; it is chased like any other."""
    row = owe(node, actor, owed)
    _sent(node, row, message)
    return row


class _NotOwedError(Exception):
    """A notice was overtaken, or sent by another process, between its reading and the storing of its message."""


def send(node: Node, row: Notice, actor: Actor = SYSTEM) -> str:
    """Submit the message of an owed notice and return its identifier, or that of the message that carries it by now.

    Raises:
        Refused, PeerError: the partner cannot be written to, or the policy says no; the notice stays owed.
        Refused: ``protection.overtaken``: a later notice has made it pointless meanwhile.
    """
    try:
        return _send(node, row, actor)
    except _NotOwedError:
        known = rows.notice(node.alias, row.pk)
        if known is None or known.message is None:
            raise Refused(rows.OVERTAKEN) from None
        return known.message


def chase_due(node: Node, limit: int = 100) -> int:
    """Send every owed notice that no message under way carries and whose time has come; return how many were sent."""
    sent = 0
    for row in rows.to_chase(node.alias, node.clock(), limit):
        try:
            _send(node, row, SYSTEM)
        except (ComityError, _NotOwedError):
            continue
        sent += 1
    return sent


def _send(node: Node, row: Notice, actor: Actor) -> str:
    try:
        return submit(node, _outgoing(node, row), actor, within=lambda message: _sent(node, row, message))
    except ComityError as error:
        with atomic(node.alias):
            known = rows.locked(node.alias, row.pk)
            if known is not None and known.settled_at is None:
                # What is broken here is mended here, and soon; a partner or an agreement that says no says so for longer.
                _again(node, known, error.code, at_once=isinstance(error, NodeError))
        raise


def settle(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Settle the notice that a message carried, or let it be sent again; runs with the receipt."""
    row = rows.carried_by(node.alias, message)
    if row is None or row.settled_at is not None:
        return
    if code is not None or received_at is None:
        _again(node, row, code or "message.expired", at_once=received_at is None)
        return
    rows.change_notice(node.alias, row, settled_at=received_at, next_at=None, code=None, content=None)
    facts: dict[str, str | int] = {"thread": row.thread, "message": message, "act": row.act}
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, scope, Event("protection.complied", node.clock(), facts))


for _kind in (RECTIFICATION, RESTRICTION, RESTRICTION_LIFTED, OVERRIDE_NOTICE):
    on_receipt(_kind)(settle)


def _again(node: Node, row: Notice, code: str, *, at_once: bool = False) -> None:
    now = node.clock()
    rows.change_notice(node.alias, row, code=code, next_at=now if at_once else now + REPEAT)


def _sent(node: Node, row: Notice, message: str) -> None:
    """Note that a message carries a notice, in the transaction that stores it: what is not owed any more does not leave.

    Who chases and who orders are two processes: a correction that was read before a later one was ordered would else
    leave after it, and undo it at the partner.
    """
    known = rows.locked(node.alias, row.pk)
    if known is None or known.settled_at is not None or known.attempts != row.attempts:
        raise _NotOwedError
    rows.change_notice(
        node.alias,
        row,
        message=message,
        attempts=row.attempts + 1,
        code=None,
        next_at=node.clock() + REPEAT,
    )


def _outgoing(node: Node, row: Notice) -> Outgoing:
    act = Act(row.act)
    body: dict[str, Any] = {} if row.target is None else {"message": row.target}
    if row.ground is not None:
        body["ground"] = row.ground
    content = row.content or {}
    if act is Act.RECTIFY:
        body["corrected"] = content.get("body", {})
    if act is Act.NOTIFY:
        body |= content.get("body", {})
    handling = content.get("handling")
    return Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=row.kind,
        act=act,
        body=body,
        thread=row.thread,
        data=frozenset(DataCategory(each) for each in content.get("data", ())),
        subjects=frozenset(SubjectCategory(each) for each in content.get("subjects", ())),
        handling=None if handling is None else Handling(handling),
        decision=content.get("decision"),
        taints=frozenset(Taint(each) for each in content.get("taints", ())),
        subject=_concerned(node, row),
        **(_under(node, row) if act is Act.LIFT else {}),
    )


def _concerned(node: Node, row: Notice) -> str:
    """Return the entry of our register that a correction tells of."""
    told = None if row.target is None else passages.passage(node.alias, row.partner, row.target)
    return "" if told is None else told.subject


def _under(node: Node, row: Notice) -> dict[str, Any]:
    """Return the agreement of a thread: what gives free again needs one, what protects does not."""
    case = cases.find_case(node.alias, row.thread, row.partner)
    if case is None:
        return {}
    return {"agreement": case.agreement, "clause": case.clause, "purpose": Purpose(case.purpose)}
