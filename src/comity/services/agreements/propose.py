"""Propose an agreement to the other party, and sign it: both are messages, both are evidence.

Implements docs/protocol/agreement.md §9.
"""

from __future__ import annotations

from comity.core.agreement.messages import PROPOSAL, SIGNATURE, ProposalBody, SignatureBody
from comity.core.agreement.model import Agreement, write_agreement
from comity.core.agreement.standing import AgreementStanding, State
from comity.core.codes.exchange import Act
from comity.core.codes.marks import Role
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import to_text
from comity.core.crypto.signature import unverified_kid, verify_jws
from comity.errors import NodeError, Refused
from comity.services.agreements import store
from comity.services.agreements.standing import stored_standing
from comity.services.context import Actor, Node
from comity.services.exchange.submit import Outgoing, submit
from comity.storage import agreements as rows
from comity.storage.models.agreements import StoredSignature

_CLOSED = frozenset({State.ALTERED, State.TERMINATED, State.SUPERSEDED, State.EXPIRED})


def propose(node: Node, actor: Actor, agreement: str) -> str:
    """Send a draft to the other party; return the message id.

    Raises:
        InputError: ``agreement.not-found``.
        Refused: ``actor.person``, ``actor.role``, ``agreement.<state>`` when it is closed.
    """
    found = _open(node, actor, agreement)
    partner = store.counterpart(node, found.agreement)
    octets = write_agreement(found.agreement)
    outgoing = Outgoing(
        partner=partner,
        regime=found.agreement.regime,
        kind=PROPOSAL,
        act=Act.PROPOSE,
        body=ProposalBody(document=to_text(octets)).json_body(),
    )

    def within(_: str) -> None:
        rows.mark_proposed(node.alias, agreement, node.service, node.clock())
        store.witness(
            node,
            partner,
            found.agreement.regime,
            "agreement.proposed",
            agreement,
            by=node.service,
            actor=actor,
        )

    return submit(node, outgoing, actor, within=within)


def sign(node: Node, actor: Actor, agreement: str) -> str:
    """Sign an agreement for this service and send the signature; return the message id.

    The named person decides; the service's key signs the exact stored bytes.

    Raises:
        InputError: ``agreement.not-found``.
        Refused: ``actor.person``, ``actor.role``, ``agreement.signed``, ``agreement.<state>`` when it is closed.
        NodeError: ``agreement.damaged``, ``agreement.own-key``.
    """
    found = _open(node, actor, agreement)
    if node.service in found.signed_at:
        raise Refused("agreement.signed")
    partner = store.counterpart(node, found.agreement)
    regime = found.agreement.regime
    # 1. Sign exactly the stored bytes, outside any transaction, and check what came back.
    octets = write_agreement(found.agreement)
    token = node.keys.sign(regime, TokenType.AGREEMENT, [octets])[0]
    public = _own_public(node, found.agreement, token)
    if verify_jws(token, typ=TokenType.AGREEMENT, keys={unverified_kid(token): public}).payload != octets:
        raise NodeError("agreement.damaged")
    # 2. Signature, message and evidence in one transaction.
    signed_at = node.clock()
    body = SignatureBody(document=to_text(octets), signature=token, signed_at=signed_at)
    outgoing = Outgoing(partner=partner, regime=regime, kind=SIGNATURE, act=Act.SIGN, body=body.json_body())

    def within(_: str) -> None:
        row = StoredSignature(
            agreement=agreement, party=node.service, token=token, public_key=public, signed_at=signed_at
        )
        if not rows.add_signature(node.alias, row):
            raise Refused("agreement.signed")
        rows.mark_proposed(node.alias, agreement, node.service, signed_at)
        store.witness(node, partner, regime, "agreement.signed", agreement, by=node.service, actor=actor)

    return submit(node, outgoing, actor, within=within)


def _open(node: Node, actor: Actor, agreement: str) -> AgreementStanding:
    store.require_person(actor)
    found = stored_standing(node, agreement)
    actor.require(found.agreement.regime, Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
    state = found.state(node.clock())
    if state in _CLOSED:
        raise Refused(f"agreement.{state.value}")
    return found


def _own_public(node: Node, agreement: Agreement, token: str) -> bytes:
    kid = unverified_kid(token)
    for held in node.keys.held_keys(agreement.regime):
        if held.sign_kid == kid:
            return held.sign_public
    raise NodeError("agreement.own-key")
