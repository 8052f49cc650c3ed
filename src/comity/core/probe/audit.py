"""The audit of a search: what the asker opened is what it was committed to, and what it asked.

Implements docs/protocol/probe.md §4.8. The caller has verified the signature of the request and has made the tokens anew
from the opened description, with the rules of the profile that the request names.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from comity.core.crypto.agent import Evaluation
from comity.core.crypto.encoding import from_text
from comity.core.crypto.oprf import ELEMENT_BYTES, PROOF_BYTES
from comity.core.crypto.voprf.audit import verify_points
from comity.core.crypto.voprf.layout import OPENINGS, KeyClass, SlotLayout
from comity.core.crypto.voprf.seeded import Tokens
from comity.core.probe.exchange import Asked, ProbeAnswer, commitment
from comity.core.probe.opening import Replica, candidates
from comity.errors import PeerError


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """What a justification holds of a search.

    Args:
        nonce: 32 random bytes.
        query: canonical description of the person.
        case: number of the case at the asker.
        blind_seed: 32 bytes from which blinds and unused slots follow.
    """

    nonce: bytes
    query: bytes
    case: str
    blind_seed: bytes


def verify_search(
    opened: Opened, committed: str, layout: SlotLayout, tokens: Tokens, points: Sequence[bytes]
) -> None:
    """Refuse a search that is not the one opened.

    Args:
        opened: from the justification.
        committed: commitment of the signed request, 64 hex digits.
        layout: shape of the request.
        tokens: tokens of each class, made anew from `opened.query`.
        points: blinded elements of the signed request.

    Raises:
        PeerError: ``probe.audit-commitment``, ``probe.audit-size``, ``probe.audit-point``.
    """
    # 1. Person, case and seed are those of the commitment.
    verify_commitment(opened, committed)
    # 2. Every point follows from them.
    verify_points(opened.blind_seed, layout, tokens, points)


def verify_commitment(opened: Opened, committed: str) -> None:
    """Refuse what is not what a search was committed to.

    Raises:
        PeerError: ``probe.audit-commitment``.
    """
    found = commitment(opened.nonce, opened.query, opened.case, opened.blind_seed)
    if not hmac.compare_digest(found, committed):
        raise PeerError("probe.audit-commitment")


def verify_openings(opened: Opened, keys: Sequence[bytes], points: Sequence[bytes]) -> None:
    """Refuse openings that are not those of the record keys stated.

    Args:
        opened: from the justification.
        keys: record keys opened, at most two.
        points: blinded elements of the signed request for openings.

    Raises:
        PeerError: ``probe.audit-size``, ``probe.audit-point``.
    """
    verify_points(opened.blind_seed, OPENINGS, {KeyClass.OPENING: list(keys)}, points)


def verify_digest(made: str, stated: str) -> None:
    """Refuse a request that is not the one made anew: its digest covers every point and the pseudonym of the case.

    Args:
        made: digest of the request that follows from the justification.
        stated: digest in the evidence, one's own or the partner's.

    Raises:
        PeerError: ``probe.audit-request``.
    """
    if not hmac.compare_digest(made, stated):
        raise PeerError("probe.audit-request")


def answered_octets(answer: ProbeAnswer) -> bytes:
    """Return what is kept of an answer for the audit: elements, then proofs; of one size, whatever was found."""
    return b"".join(from_text(one) for one in (*answer.elements, *answer.proofs))


def verify_opened(asked: Asked, answered: bytes, replicas: Sequence[Replica], keys: Sequence[bytes]) -> None:
    """Refuse record keys that the tokens of the search do not give in the index that was searched.

    Args:
        asked: the search, made anew from its seed and its tokens.
        answered: from `answered_octets`; verified here once more, against the keys of the manifest.
        replicas: the index searched, and later ones of its epoch: a search that was taken up again read the newest.
        keys: record keys opened, at most two.

    Raises:
        PeerError: ``probe.audit-opened``; ``probe.proof``, ``probe.element``, ``probe.batch-size``: the answer kept is not
            one of the issuer to this search.
    """
    manifest = replicas[0].manifest
    evaluations = _evaluations(manifest.rules.layout, answered)
    outputs = asked.blinding.finalize(evaluations, manifest.publics)
    tokens = [token for own in asked.tokens.values() for token in own]
    values = [output for key_class in asked.tokens for output in outputs[key_class]]
    standing = {one.key for replica in replicas for one in candidates(replica, tokens, values)}
    if not standing.issuperset(keys):
        raise PeerError("probe.audit-opened")


def _evaluations(layout: SlotLayout, answered: bytes) -> dict[KeyClass, Evaluation]:
    proofs = layout.total * ELEMENT_BYTES
    if len(answered) != proofs + len(layout.slots) * PROOF_BYTES:
        raise PeerError("probe.batch-size", limit=layout.total)
    elements = [answered[at : at + ELEMENT_BYTES] for at in range(0, proofs, ELEMENT_BYTES)]
    return {
        key_class: Evaluation(
            tuple(elements[places.start : places.stop]),
            answered[proofs + PROOF_BYTES * at : proofs + PROOF_BYTES * (at + 1)],
        )
        for at, (key_class, places) in enumerate(layout.ranges())
    }
