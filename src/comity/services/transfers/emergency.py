"""Pass on another service's information before it could be asked, to avert what cannot wait; tell it at once.

Implements docs/protocol/transfer.md §5; rule L18. Source: Directive (EU) 2016/680 Art. 35(2) (immediate and serious threat
to public security; the authority whose authorisation is missing is informed without delay); Regulation (EU) 2016/794
Art. 22(2) (imminent threat to life; the provider is informed, with the justification). Rules:
    - one message, one recipient, the purpose for which it came, no special category of data;
    - a named approver decides, having just proved with the second factor to be that person;
    - information and notice are submitted together or not at all, and the policy looks for the notice itself;
    - the notice is chased until the owner's node has taken it;
    - it stands in for the owner's consent and for nothing else: every other prohibition holds.
Attacks they stop: an emergency that is claimed and never told; a notice of what was never said or passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from comity.core import canonical
from comity.core.cases.consent import OVERRIDE_NOTICE, OverrideNoticeBody
from comity.core.cases.information import Origin
from comity.core.cases.messages import MAX_TEXT, open_body
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import Assertion
from comity.core.codes.transfer import OverrideGround
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant, write_instant
from comity.core.texts import typed
from comity.errors import PeerError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import require_approver
from comity.services.cases.decision import INFORM, Decided, decided, keep_decision
from comity.services.cases.thread.inform import Told, keep_given
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.submit import Outgoing, submit_many
from comity.services.protection.onward import (
    OwnWords,
    Theirs,
    onward_body,
    onward_outgoing,
    recipient_clause,
    theirs_of,
)
from comity.services.protection.owe import Correction, Owed, owe_sent
from comity.storage import cases
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Notice
from comity.storage.protection import notices, passages

MIN_REASON = 20
"""Fewest letters of an objective reason."""

CONFIRMED_WITHIN = timedelta(minutes=5)
"""How long ago the person may have given the second factor."""


def pass_on_at_once(
    node: Node,
    actor: Actor,
    thread: str,
    message: str,
    partner: ServiceId,
    agreement: str,
    ground: OverrideGround,
    matter: str,
    reason: str,
    *,
    assertions: Mapping[str, Assertion],
    confirmed_at: Instant | None,
    language: str = UNKNOWN,
) -> str:
    """Pass on what a partner said without its consent, tell it in the same transaction, and return the new thread.

    Args:
        agreement: hash, with the recipient. matter: one line for the recipient.
        reason: objective reason why it cannot wait; the recipient and the owner both read it.
        assertions: of `matter` and `reasons`, whether each is a fact or an assessment (LED Art. 7(1)).
        language: of matter and reason, as a BCP 47 tag. confirmed_at: when the person gave the second factor for this; None: not at all.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``case.request-field``, ``agreement.not-found``,
            ``override.reason``.
        Refused: ``case.approver``, ``override.unconfirmed``, ``case.restricted``, ``case.recalled``,
            ``case.conditions-open``, ``consent.own``, ``consent.onward-prohibited``, ``case.regime``,
            ``agreement.parties``, or the policy's ground; nothing is sent then, no notice either.
    """
    # 1. A named approver who is there now; an objective reason.
    theirs = theirs_of(node, actor, thread, message)
    regime, owner = Regime(theirs.row.regime), ServiceId(theirs.row.partner)
    require_approver(actor, regime)
    now = node.clock()
    if confirmed_at is None or not now - CONFIRMED_WITHIN <= confirmed_at <= now:
        raise Refused("override.unconfirmed")
    reason = typed(reason, "override.reason", least=MIN_REASON, most=MAX_TEXT)
    # 2. The purpose for which it came, and a clause of the agreement with the recipient.
    purpose = Purpose(theirs.row.purpose)
    standing = stored_standing(node, agreement)
    clause = recipient_clause(node, theirs, standing, partner, purpose)
    # 3. The decision; both messages bear its digest.
    content = {"origin": message, "recipient": partner, "override": ground.value, "reason": reason}
    made = decided(node, actor, INFORM, theirs.row, content)
    own = OwnWords(matter, reason, assertions, language)
    body = onward_body(theirs, clause, Origin(owner=owner, override=made.digest), own)
    outgoing = replace(
        onward_outgoing(theirs, partner, standing, clause, body), decision=made.digest, override=ground
    )
    notice = OverrideNoticeBody(
        message=message, recipient=partner, ground=ground, reason=reason, at=now, language=body.language
    )
    told = Told(outgoing, standing, clause, actor, origin=theirs.passage)

    # 4. Information, notice, decision and evidence: together or not at all.
    def within(sent: list[str]) -> None:
        keep_given(node, told, sent[0])
        keep_decision(node, theirs.row, made)
        _owe(node, actor, theirs, notice, made, sent[1])

    return submit_many(node, [outgoing, _outgoing(theirs, notice, made)], actor, within=within)[0]


@handler(OVERRIDE_NOTICE, {Act.NOTIFY})
def receive_notice(node: Node, message: Message) -> None:
    """Keep what a partner tells of an emergency; it waits until a person has taken note of it.

    Raises:
        PeerError: ``case.message-malformed``, ``case.header``.
    """
    body = open_body(OverrideNoticeBody, message.body)
    passage = passages.passage(node.alias, message.partner, body.message)
    ours = passage is not None and passage.direction == Direction.OUT and passage.thread == message.thread
    if passage is None or not ours or passage.regime != message.regime.value:
        raise PeerError("case.header")
    if not message.decision or body.recipient in (message.partner, node.service):
        raise PeerError("case.header")
    case = cases.find_case(node.alias, message.thread, message.partner)
    row = Notice(
        direction=notices.IN,
        partner=message.partner,
        regime=message.regime.value,
        thread=message.thread,
        target=body.message,
        act=message.act.value,
        kind=message.kind,
        ground=body.ground.value,
        opened_at=message.received_at,
        message=message.id,
        content={
            "recipient": body.recipient,
            "reason": body.reason,
            "at": write_instant(body.at),
            "language": body.language,
        },
    )
    notices.add_notice(node.alias, row)
    if case is not None:
        cases.update_case(node.alias, case, message.received_at)
    facts = _facts(message.thread, body, message.decision)
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event("transfer.override-told", message.received_at, facts))


def _outgoing(theirs: Theirs, notice: OverrideNoticeBody, made: Decided) -> Outgoing:
    return Outgoing(
        partner=ServiceId(theirs.row.partner),
        regime=Regime(theirs.row.regime),
        kind=OVERRIDE_NOTICE,
        act=Act.NOTIFY,
        body=notice.json_body(),
        thread=theirs.row.thread,
        decision=made.digest,
    )


def _owe(
    node: Node, actor: Actor, theirs: Theirs, notice: OverrideNoticeBody, made: Decided, sent: str
) -> None:
    """Write the notice down as owed, so that it is sent again until the owner's node has taken it."""
    owner, regime = ServiceId(theirs.row.partner), Regime(theirs.row.regime)
    carried = Correction(body=notice.json_body(), decision=made.digest)
    owed = Owed(owner, regime, theirs.row.thread, notice.message, Act.NOTIFY, notice.ground, carried)
    owe_sent(node, actor, owed, sent)
    facts = _facts(theirs.row.thread, notice, made.digest)
    committed = canonical.encode({"actor": actor.name, "reason": notice.reason})
    record(node, Bilateral(owner, regime), Event("transfer.overridden", node.clock(), facts, committed))


def _facts(thread: str, notice: OverrideNoticeBody, decision: str) -> dict[str, str | int]:
    return {
        "thread": thread,
        "target": notice.message,
        "recipient": notice.recipient,
        "ground": notice.ground.value,
        "decision": decision,
    }
