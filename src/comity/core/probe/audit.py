"""The audit of a search: what the asker opened is what it was committed to, and what it asked.

Implements docs/protocol/probe.md §4.8. The caller has verified the signature of the request and has made the tokens anew
from the opened description, with the rules of the profile that the request names.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from comity.core.crypto.voprf.audit import verify_points
from comity.core.crypto.voprf.layout import OPENINGS, KeyClass, SlotLayout
from comity.core.crypto.voprf.seeded import Tokens
from comity.core.probe.exchange import commitment
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
