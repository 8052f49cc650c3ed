"""Ask, give, refuse and withdraw consent to a further use of what a partner has said.

Implements docs/protocol/protection.md §9; rules L1, L17. Rules:
    - consent names one message, one use, one purpose and, for an onward transfer, one recipient; it covers nothing else;
    - a named approver of the owner decides; silence is no consent;
    - whoever passed on what another service owns consents to no more than that service consents to, and for no longer;
    - withdrawal only protects: no agreement and no state of a partner stops it, and it takes effect with its arrival:
      what was passed on is recalled.
Attacks they stop: a consent to a question that was never asked, or by another than the owner; a second answer; asking
for consent to what somebody else said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity.core import canonical
from comity.core.cases.consent import (
    CONSENT,
    CONSENT_REQUEST,
    CONSENT_WITHDRAWAL,
    ConsentBody,
    ConsentRequestBody,
    ConsentWithdrawalBody,
    Use,
)
from comity.core.cases.messages import MAX_TEXT, open_body
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.handling import read_handling
from comity.core.codes.languages import UNKNOWN, typed_language
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant
from comity.core.policy.law import prohibited, ruled_out
from comity.core.policy.model import Ground, ProposedAct
from comity.core.texts import typed
from comity.errors import ComityError, InputError, NodeError, PeerError, Refused
from comity.services import erasures
from comity.services.cases.access import ASKERS, known_case, require_approver
from comity.services.cases.decision import CONSENT as DECISION
from comity.services.cases.decision import decided, keep_decision
from comity.services.cases.thread.say import in_thread
from comity.services.context import SYSTEM, Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.owe import ask_back
from comity.services.protection.passages import known_passage, require_usable, words
from comity.services.protection.restrict import RESTRICTERS
from comity.storage import cases
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Consent, Passage
from comity.storage.protection import consents as rows
from comity.storage.protection import passages

JOURNAL = "consent-withdrawn"


def ask_consent(
    node: Node,
    actor: Actor,
    thread: str,
    message: str,
    use: Use,
    purpose: Purpose,
    reasons: str,
    recipient: ServiceId | None = None,
    *,
    language: str = UNKNOWN,
) -> str:
    """Ask the owner of a message for consent to a further use and return the message that asks.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``case.text``, ``case.language``,
            ``consent.recipient``.
        Refused: ``actor.role``, ``consent.own`` (we said it ourselves), ``case.restricted``, ``case.recalled``,
            ``law.handling`` (a sub-code rules the use out, and no consent lifts it), or the policy's ground.
    """
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *ASKERS)
    passage = known_passage(node, row, message)
    if passage.direction != Direction.IN:
        raise Refused("consent.own")
    require_usable(passage)
    if _ruled_out(node, passage, use):
        raise Refused("law.handling")
    if (recipient is not None) != (use is Use.ONWARD):
        raise InputError("consent.recipient")
    said = typed(reasons, "case.text", most=MAX_TEXT)
    body = ConsentRequestBody(
        message=message,
        use=use,
        purpose=purpose,
        recipient=recipient,
        reasons=said,
        language=typed_language(language),
    )

    def within(asked: str) -> None:
        _keep(node, rows.ASKED_BY_US, row, asked, body, node.clock())

    outgoing = in_thread(row, CONSENT_REQUEST, Act.ASK_CONSENT, body.json_body())
    return submit(node, outgoing, actor, within=within)


def decide_consent(node: Node, actor: Actor, thread: str, asked: str, *, given: bool) -> str:
    """Give or refuse consent, as a named approver, and return the message.

    Raises:
        InputError: ``case.unknown``, ``consent.unknown``.
        Refused: ``case.approver``, ``consent.decided``, ``law.consent``, ``law.purpose``, ``law.court`` (what was passed on
            belongs to another service, which has not consented to this), or the policy's ground.
    """
    row = known_case(node, actor, thread)
    require_approver(actor, Regime(row.regime))
    found = _consent(node, row, asked, rows.ASKED_OF_US)
    if found.state != rows.OPEN:
        raise Refused("consent.decided")
    if given and (against := _beyond_owner(node, found)):
        raise Refused(against[0].code)
    made = decided(node, actor, DECISION, row, {"asked": asked, "given": given})
    body = ConsentBody(asked=asked, given=given).json_body()

    def within(answer: str) -> None:
        state = rows.GIVEN if given else rows.REFUSED
        values = {"state": state, "decided_at": node.clock(), "answer": answer, "digest": made.digest}
        rows.change_consent(node.alias, found, **values)
        keep_decision(node, row, made)

    outgoing = in_thread(row, CONSENT, Act.CONSENT, body, decision=made.digest)
    return submit(node, outgoing, actor, within=within)


def withdraw_consent(node: Node, actor: Actor, thread: str, asked: str) -> str:
    """Withdraw a consent that we gave and return the message; it binds the partner's node when it arrives.

    Raises:
        InputError: ``case.unknown``, ``consent.unknown``.
        Refused: ``actor.role``, ``consent.not-given``.
    """
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *RESTRICTERS)
    found = _consent(node, row, asked, rows.ASKED_OF_US)
    if found.state != rows.GIVEN:
        raise Refused("consent.not-given")
    return _withdraw(node, actor, row, found)


def withdraw_due(node: Node, at_once: int = 100) -> int:
    """Withdraw the consents that we gave to uses of what another service owns, and that it does not bear any more.

    For the worker: consent was withdrawn from us, or what it was about was narrowed, recalled or erased. Returns how many.
    """
    done, last = 0, 0
    while given := rows.given_on_anothers(node.alias, last, at_once):
        last = given[-1].pk
        done += sum(_withdrawn(node, found) for found in given)
    return done


def _withdrawn(node: Node, found: Consent) -> bool:
    row = cases.find_case(node.alias, found.thread, found.partner)
    if row is None or not _beyond_owner(node, found):
        return False
    try:
        _withdraw(node, SYSTEM, row, found)
    except NodeError:
        raise
    except ComityError:
        # A partner that may not be written to now holds up no other; it is tried again.
        return False
    return True


def _withdraw(node: Node, actor: Actor, row: Case, found: Consent) -> str:
    def within(message: str) -> None:
        rows.change_consent(node.alias, found, state=rows.WITHDRAWN, withdrawn_at=node.clock())
        _record(node, row, "consent.withdrawn", found.asked, message, node.clock(), actor)

    outgoing = Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=CONSENT_WITHDRAWAL,
        act=Act.WITHDRAW_CONSENT,
        body=ConsentWithdrawalBody(asked=found.asked).json_body(),
        thread=row.thread,
    )
    return submit(node, outgoing, actor, within=within)


def consents_of(node: Node, row: Case, may_read: bool) -> list[dict[str, Any]]:
    """Return the consents of a thread, oldest first; the reasons only for who may read what cases say."""
    return [
        {
            "asked": each.asked,
            "side": each.side,
            "message": each.target,
            "use": each.use,
            "purpose": each.purpose,
            "recipient": each.recipient,
            "state": each.state,
            "reasons": each.reasons if may_read else None,
            "language": each.language,
        }
        for each in rows.of_thread(node.alias, row.partner, row.thread)
    ]


@handler(CONSENT_REQUEST, {Act.ASK_CONSENT})
def receive_question(node: Node, message: Message) -> None:
    """Keep a question for consent; nothing may be done before a person has answered it.

    Raises:
        PeerError: ``case.message-malformed``, ``case.unknown-thread``, ``case.header``, ``case.handling`` (what we said
            rules the use out).
    """
    body = open_body(ConsentRequestBody, message.body)
    row = _thread(node, message)
    passage = passages.passage(node.alias, message.partner, body.message)
    if passage is None or passage.direction != Direction.OUT or passage.thread != message.thread:
        raise PeerError("case.header")
    if _ruled_out(node, passage, body.use):
        raise PeerError("case.handling")
    _keep(node, rows.ASKED_OF_US, row, message.id, body, message.received_at)
    cases.update_case(node.alias, row, message.received_at)
    _record(node, row, "consent.asked", message.id, message.id, message.received_at)


@handler(CONSENT, {Act.CONSENT})
def receive_consent(node: Node, message: Message) -> None:
    """Keep the answer to a question of ours.

    Raises:
        PeerError: ``case.message-malformed``, ``case.unknown-thread``, ``case.header``, ``consent.unasked``.
    """
    body = open_body(ConsentBody, message.body)
    row = _thread(node, message)
    found = rows.consent(node.alias, message.partner, body.asked, rows.ASKED_BY_US)
    # A digest of the owner's decision is what an onward transfer will cite: without one there is no consent.
    if found is None or found.thread != message.thread or found.state != rows.OPEN or not message.decision:
        raise PeerError("consent.unasked")
    state = rows.GIVEN if body.given else rows.REFUSED
    values = {"state": state, "decided_at": message.received_at, "answer": message.id}
    rows.change_consent(node.alias, found, digest=message.decision, **values)
    cases.update_case(node.alias, row, message.received_at)
    _record(node, row, f"consent.{state}", body.asked, message.id, message.received_at)


@handler(CONSENT_WITHDRAWAL, {Act.WITHDRAW_CONSENT})
def receive_withdrawal(node: Node, message: Message) -> None:
    """Stop the use at once and ask back what was passed on; of a consent that was never given nothing need be done.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``.
    """
    body = open_body(ConsentWithdrawalBody, message.body)
    found = rows.consent(node.alias, message.partner, body.asked, rows.ASKED_BY_US)
    row = cases.find_case(node.alias, message.thread, message.partner)
    if found is None or row is None:
        return
    if found.thread != message.thread or found.regime != message.regime.value:
        raise PeerError("case.header")
    # Also before the consent itself has come: an answer that arrives later finds the question closed.
    rows.change_consent(node.alias, found, state=rows.WITHDRAWN, withdrawn_at=message.received_at)
    erasures.journal(node, JOURNAL, [f"{message.partner}/{body.asked}"])
    cases.update_case(node.alias, row, message.received_at)
    _record(node, row, "consent.withdrawn", body.asked, message.id, message.received_at)
    if found.use == Use.ONWARD:
        _ask_back(node, found)


@on_receipt(CONSENT_REQUEST)
def question_receipted(node: Node, message: str, _: Instant | None, code: str | None) -> None:
    """Close a question that the partner's node did not take."""
    found = cases.case_of_message(node.alias, message)
    row = None if found is None else rows.consent(node.alias, found.partner, message, rows.ASKED_BY_US)
    if row is not None and code is not None:
        rows.change_consent(node.alias, row, state=rows.REFUSED)


@erasures.replays(JOURNAL)
def withdraw_again(node: Node, names: Sequence[str]) -> None:
    """End consents that a restored backup still knows as given."""
    for name in names:
        partner, asked = name.split("/")
        found = rows.consent(node.alias, partner, asked, rows.ASKED_BY_US)
        if found is not None and found.state != rows.WITHDRAWN:
            rows.change_consent(node.alias, found, state=rows.WITHDRAWN, withdrawn_at=node.clock())


def _ruled_out(node: Node, passage: Passage, use: Use) -> bool:
    """Whether the sub-codes of what was said rule a use out, consent or not."""
    handling = read_handling((words(node, passage) or {}).get("handling"))
    ruled = ruled_out(onward=use is Use.ONWARD, elsewhere=use is Use.PURPOSE, judicial=use is Use.COURT)
    return handling is not None and bool(handling.sub_codes & ruled)


def _beyond_owner(node: Node, found: Consent) -> tuple[Ground, ...]:
    """Return what stands against a consent of ours to a use of what another service owns; nothing for our own words."""
    told = passages.passage(node.alias, found.partner, found.target)
    origin = None if told is None else passages.origin_of(node.alias, told)
    if origin is None:
        return ()
    case = cases.find_case(node.alias, origin.thread, origin.partner)
    held = rows.given_for(
        node.alias, origin.partner, origin.message, found.use, found.purpose, found.recipient
    )
    owner, purpose = ServiceId(origin.partner), Purpose(found.purpose)
    act = ProposedAct(
        act=Act.INFORM,
        regime=Regime(found.regime),
        sender=node.service,
        recipient=ServiceId(found.recipient or found.partner),
        purpose=purpose,
        owner=owner,
        collected_for=purpose if case is None else Purpose(case.purpose),
        consent=None if held is None else held.digest,
        consented_for=None if held is None else Purpose(held.purpose),
        held_under=read_handling((words(node, origin) or {}).get("handling")),
        judicial=found.use == Use.COURT,
    )
    return prohibited(act, None, None)


def _ask_back(node: Node, found: Consent) -> None:
    passage = passages.passage(node.alias, found.partner, found.target)
    for each in [] if passage is None else passages.passed_on(node.alias, passage):
        if each.partner == found.recipient:
            ask_back(node, SYSTEM, each, Act.RECALL, ProtectionGround.CONSENT_WITHDRAWN, cases.RECALLED)


def _thread(node: Node, message: Message) -> Case:
    row = cases.find_case(node.alias, message.thread, message.partner)
    if row is None or row.regime != message.regime.value:
        raise PeerError("case.unknown-thread")
    if message.agreement != row.agreement or message.clause != row.clause:
        raise PeerError("case.header")
    return row


def _consent(node: Node, row: Case, asked: str, side: str) -> Consent:
    found = rows.consent(node.alias, row.partner, asked, side)
    if found is None or found.thread != row.thread:
        raise InputError("consent.unknown")
    return found


def _keep(node: Node, side: str, row: Case, asked: str, body: ConsentRequestBody, at: Instant) -> None:
    rows.add_consent(
        node.alias,
        Consent(
            side=side,
            partner=row.partner,
            regime=row.regime,
            thread=row.thread,
            target=body.message,
            asked=asked,
            use=body.use.value,
            purpose=body.purpose.value,
            recipient=body.recipient,
            state=rows.OPEN,
            asked_at=at,
            reasons=body.reasons,
            language=body.language,
        ),
    )


def _record(
    node: Node, row: Case, kind: str, asked: str, message: str, at: Instant, actor: Actor | None = None
) -> None:
    facts: dict[str, str | int] = {"thread": row.thread, "asked": asked, "message": message}
    committed = None if actor is None else canonical.encode({"actor": actor.name})
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, scope, Event(kind, at, facts, committed))
