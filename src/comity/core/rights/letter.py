"""The answer to a person: one shape, so that "restricted" reads like "nothing is held".

Source: LED Art. 14 (what is told), 15(1), (3) (restriction; its reasons are left out where they would tell), 15(4) (they are
documented), 16(4), 17(3) (all necessary verifications have taken place). Rules:
    - an answer of which nothing may be told and one of which nothing is held are the same bytes but for the request's number
      and its time;
    - whether an answer that tells something tells all does not stand in it;
    - it is padded to a size class before it is signed.
Attack it stops: a person, or who sends one to ask, learns from code, length or date of an answer that a service holds what
it may not tell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from comity.core import canonical
from comity.core.instant import Instant, write_instant
from comity.core.rights.codes import LetterCode, Outcome, RestrictionReason, RightsKind
from comity.errors import InputError

FORMAT = "comity-rights-letter/1"
SIZE_CLASSES = tuple(16_384 * 4**step for step in range(6))
"""Sizes of the signed bytes: 16 KiB to 16 MiB."""

MIN_REASONING, MAX_REASONING = 20, 8_000


def code_of(kind: RightsKind, outcome: Outcome) -> LetterCode:
    """Return all that the answer says of its outcome."""
    if outcome is Outcome.NEITHER:
        return LetterCode.VERIFIED
    return LetterCode.TOLD if kind is RightsKind.ACCESS else LetterCode.DONE


def verify_outcome(
    outcome: Outcome,
    held: int,
    told: int,
    reasons: Collection[RestrictionReason],
    reasoning: str,
    *,
    fields: int = 0,
) -> None:
    """Refuse a decision that does not fit what was found, or leaves something out without documented reasons.

    Args:
        held: findings that concern the person. told: those of them that the answer tells.
        reasons: why the others are left out; none when none is.
        reasoning: the same in words (LED Art. 15(4)), for fields that stay out too; empty when nothing is left out.
        fields: how many single fields of what is told stay out, each with a reason of its own.

    Raises:
        InputError: ``rights.outcome``, ``rights.reasons``.
    """
    whole = told == held and not fields
    expected = Outcome.NEITHER if told == 0 else Outcome.FULL if whole else Outcome.PARTIAL
    if outcome is not expected:
        raise InputError("rights.outcome", expected=expected.value)
    explained = MIN_REASONING <= len(reasoning.strip()) <= MAX_REASONING
    silent = not reasoning.strip()
    if bool(reasons) != (told < held) or not (silent if told == held and not fields else explained):
        raise InputError("rights.reasons", least=MIN_REASONING, most=MAX_REASONING)


def write_letter(
    *,
    service: str,
    supervisor: str,
    number: str,
    kind: RightsKind,
    code: LetterCode,
    received: Instant,
    leaves: Instant,
    told: Sequence[Mapping[str, Any]] = (),
    recipients: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Return the canonical bytes of an answer, padded to a size class.

    Args:
        supervisor: authority with which a complaint may be lodged and through which the rights may be exercised.
        leaves: `release_at`; the day on which it was decided does not stand in it.

    Raises:
        InputError: ``rights.too-large``.
    """
    document = {
        "format": FORMAT,
        "service": service,
        "supervisor": supervisor,
        "number": number,
        "kind": kind.value,
        "code": code.value,
        "received_at": write_instant(received),
        "answered_at": write_instant(leaves),
        "told": [dict(each) for each in told],
        "recipients": [dict(each) for each in recipients],
        "padding": "",
    }
    length = len(canonical.encode(document))
    size = next((each for each in SIZE_CLASSES if each >= length), None)
    if size is None:
        raise InputError("rights.too-large", limit=SIZE_CLASSES[-1])
    return canonical.encode({**document, "padding": "0" * (size - length)})
