"""Incoming messages about agreements. Each runs inside the accepting transaction.

Implements docs/protocol/agreement.md §9 and §10. Attacks they stop: an agreement between others, or of another
regime than the message's; a signature over other bytes, by another key or backdated; a stop, or the end of one, in another's name; a flood
of proposals.
"""

from __future__ import annotations

from datetime import timedelta

from comity.core.agreement.messages import (
    PROPOSAL,
    RESUMPTION,
    SIGNATURE,
    STOP,
    ProposalBody,
    ResumptionBody,
    SignatureBody,
    StopBody,
    open_body,
)
from comity.core.agreement.model import Agreement, agreement_hash, open_agreement
from comity.core.agreement.standing import StopKind
from comity.core.codes.exchange import Act
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import from_text
from comity.core.crypto.signature import unverified_kid, verify_jws
from comity.errors import PeerError, Refused
from comity.services.agreements import store
from comity.services.context import Node
from comity.services.exchange.handlers import Message, handler
from comity.services.partners.directory import signing_keys
from comity.storage import agreements as rows
from comity.storage.models.agreements import StoredSignature, StoredStop

MAX_UNSIGNED = 100
"""Greatest number of proposals of one partner that wait for our signature."""

MAX_LAG = timedelta(minutes=5)
"""Greatest time between signing or stopping and the signed time of the message."""

_STOP_ACTS = {StopKind.SUSPEND: Act.SUSPEND, StopKind.TERMINATE: Act.TERMINATE}
_STOP_EVENTS = {StopKind.SUSPEND: "agreement.suspended", StopKind.TERMINATE: "agreement.terminated"}


@handler(PROPOSAL, {Act.PROPOSE})
def receive_proposal(node: Node, message: Message) -> None:
    """Store a proposed agreement as a draft.

    Raises:
        PeerError: ``agreement.*``, ``json.*``.
    """
    body = open_body(ProposalBody, message.body)
    octets = from_text(body.document)
    agreement = _fitting(node, message, octets)
    _keep(node, message, agreement, octets)


@handler(SIGNATURE, {Act.SIGN})
def receive_signature(node: Node, message: Message) -> None:
    """Store the partner's signature after verifying it over the exact bytes.

    Raises:
        PeerError: ``agreement.*``, ``signature.*``, ``json.*``.
    """
    body = open_body(SignatureBody, message.body)
    octets = from_text(body.document)
    # 1. The document is between us two, of this regime.
    agreement = _fitting(node, message, octets)
    # 2. The signing time is the message's, give or take the lag: both nodes decide by it.
    if not body.signed_at <= message.sent_at <= body.signed_at + MAX_LAG:
        raise PeerError("agreement.time")
    # 3. Signed by a key of the partner that was valid then, over exactly these bytes.
    keys = signing_keys(node, message.partner, message.regime, body.signed_at)
    verified = verify_jws(body.signature, typ=TokenType.AGREEMENT, keys=keys)
    if verified.payload != octets:
        raise PeerError("agreement.signature-other")
    # 4. Store both; a second signature of the same party changes nothing.
    _keep(node, message, agreement, octets)
    name = agreement_hash(octets)
    row = StoredSignature(
        agreement=name,
        party=message.partner,
        token=body.signature,
        public_key=keys[unverified_kid(body.signature)],
        signed_at=body.signed_at,
    )
    if rows.add_signature(node.alias, row):
        _witness(node, message, "agreement.signed", name)


@handler(STOP, _STOP_ACTS.values())
def receive_stop(node: Node, message: Message) -> None:
    """Record that the partner suspended or terminated an agreement; it binds from the partner's signed time.

    Raises:
        PeerError: ``agreement.message-malformed``, ``agreement.time``.
        Refused: ``agreement.unknown``.
    """
    body = open_body(StopBody, message.body)
    if message.act != _STOP_ACTS[body.kind]:
        raise PeerError("agreement.message-malformed")
    _known(node, message, body)
    # A partner whose clock is ahead has stopped by ours too, once we know.
    at = min(body.at, message.received_at)
    stop = StoredStop(agreement=body.agreement, kind=body.kind.value, by=message.partner, at=at, reason=None)
    if store.bind_stop(node, stop):
        _witness(node, message, _STOP_EVENTS[body.kind], body.agreement)


@handler(RESUMPTION, {Act.RESUME})
def receive_resumption(node: Node, message: Message) -> None:
    """Record that the partner ended its own suspension; ours, if there is one, stays.

    Raises:
        PeerError: ``agreement.message-malformed``, ``agreement.time`` (older than the suspension, too).
        Refused: ``agreement.unknown``, ``agreement.not-suspended``.
    """
    body = open_body(ResumptionBody, message.body)
    _known(node, message, body)
    since = rows.suspended_since(node.alias, body.agreement, message.partner)
    if since is None:
        raise Refused("agreement.not-suspended")
    if not store.end_suspension(node, body.agreement, message.partner, body.at):
        raise PeerError("agreement.time")
    _witness(node, message, "agreement.resumed", body.agreement)


def _known(node: Node, message: Message, body: StopBody | ResumptionBody) -> None:
    """Refuse a message on an agreement that is not one of ours with this partner, or whose time is not its own."""
    row = rows.agreement_row(node.alias, body.agreement)
    if row is None or row.partner != message.partner or row.regime != message.regime.value:
        raise Refused("agreement.unknown")
    if not body.at <= message.sent_at <= body.at + MAX_LAG:
        raise PeerError("agreement.time")


def _fitting(node: Node, message: Message, octets: bytes) -> Agreement:
    agreement = open_agreement(octets)
    if set(agreement.parties) != {node.service, message.partner}:
        raise PeerError("agreement.parties")
    if agreement.regime != message.regime or agreement.regime not in node.config.regimes:
        raise PeerError("agreement.regime")
    return agreement


def _keep(node: Node, message: Message, agreement: Agreement, octets: bytes) -> None:
    name = agreement_hash(octets)
    if rows.agreement_row(node.alias, name) is not None:
        return
    if rows.unsigned_count(node.alias, message.partner) >= MAX_UNSIGNED:
        raise PeerError("agreement.too-many", limit=MAX_UNSIGNED)
    store.keep(node, agreement, octets, partner=message.partner, proposed_at=message.sent_at)
    _witness(node, message, "agreement.proposed", name)


def _witness(node: Node, message: Message, kind: str, agreement: str) -> None:
    store.witness(node, message.partner, message.regime, kind, agreement, by=message.partner, actor=None)
