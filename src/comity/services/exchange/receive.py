"""Receive a batch: verify, open, decide, store, receipt. Implements docs/protocol/envelope.md §6 (recipient) and §7.

A batch that is not what it claims to be is refused as a whole and leaves no trace but a count. In a batch that is, each
message stands for itself: a refused one changes nothing but the receipt and the evidence, and blocks no other.
"""

from __future__ import annotations

from typing import Any

from comity.core.crypto.agent import TokenType
from comity.core.crypto.signature import unverified_kid
from comity.core.envelope.batch import VerifiedEnvelope, read_envelope, verify_envelope
from comity.core.envelope.content import open_content, unverified_token
from comity.core.envelope.header import Header, check_times
from comity.core.envelope.receipt import pack_receipt
from comity.core.instant import Instant
from comity.errors import PeerError, Refused
from comity.services.context import Node
from comity.services.crashpoint import reach
from comity.services.exchange.accept import Candidate, accept
from comity.services.exchange.trust import Trust, skew, transit, trust_in
from comity.services.partners.directory import signing_keys


def receive_batch(node: Node, octets: bytes) -> bytes:
    """Receive a batch and return the frame of its signed receipt.

    The same batch, again, is answered with the same receipt and has no further effect.

    Args:
        node: this node.
        octets: hostile bytes, as they came.

    Raises:
        PeerError: the batch as a whole is wrong: ``frame.*``, ``json.*``, ``signature.*``, ``envelope.*``,
            ``batch.replayed``.
        Refused: ``partner.*``, ``envelope.regime``.
    """
    # 1. Verify the batch: nothing in it is believed before.
    envelope = read_envelope(octets)
    claimed = envelope.claimed
    if claimed.regime not in node.config.regimes:
        raise Refused("envelope.regime", regime=claimed.regime.value)
    now = node.clock()
    trust = trust_in(node, claimed.sender, claimed.regime, now)
    verified = verify_envelope(envelope, trust.keys, recipient=node.service)
    if verified.manifest.sent_at > now + skew(node):
        raise PeerError("envelope.future")
    # 2. Open and verify each content, outside the transaction.
    candidates = _open(node, verified, trust, now)
    reach("receive.verified")
    # 3. Decide, handle and store in one transaction; the receipt is fixed in it. A batch that is known is answered as
    #    it was.
    receipt = accept(node, verified, candidates)
    reach("receive.after-commit")
    token = node.keys.sign(claimed.regime, TokenType.RECEIPT, [receipt])[0]
    reach("receive.signed")
    return pack_receipt(token)


def _open(node: Node, verified: VerifiedEnvelope, trust: Trust, now: Instant) -> list[Candidate]:
    entries = verified.manifest.messages
    opened = node.keys.open(verified.manifest.regime, verified.sealed())
    candidates = []
    for entry, plaintext in zip(entries, opened, strict=True):
        try:
            token, body = _open_one(node, entry.header, plaintext, trust, now)
            candidates.append(Candidate(entry.header, entry.sealed, token, body, None))
        except (PeerError, Refused) as error:
            candidates.append(Candidate(entry.header, entry.sealed, "", None, error.code))
    return candidates


def _open_one(
    node: Node, header: Header, plaintext: bytes | None, trust: Trust, now: Instant
) -> tuple[str, dict[str, Any]]:
    # 1. The partner's state: a suspended partner may still recall and erase.
    closed = trust.refusal(header.act)
    if closed is not None:
        raise Refused(closed)
    # 2. The signed time by which both sides decide.
    check_times(header, now, skew=skew(node), transit=transit(node))
    # 3. The seal.
    if plaintext is None:
        raise PeerError("envelope.sealed")
    # 4. The author's signature, by a key that was valid when it signed.
    token = unverified_token(plaintext)
    keys = trust.keys
    if unverified_kid(token) not in keys:
        keys = signing_keys(node, header.sender, header.regime, header.sent_at, protective=True)
    return token, open_content(token, header, keys)
