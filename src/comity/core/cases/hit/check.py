"""What became of a check that a partner asked for: as asked, lowered by the law of the place, less, more, or told to the person.

Implements docs/protocol/cases.md §20. Source: Regulation (EU) 2018/1862 Art. 37(3)-(6). Both nodes compute it from what the
owner asked for, the agreement that both signed, and the report. Rules:
    - the check that is to be made is the one asked for, or the next lower one that the place allows;
    - who made another one, or by whose check the person learned of what was asked discreetly, says why;
    - a report never hides more than was allowed: it travels, and shows as what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from comity.core.agreement.model import Agreement
from comity.core.cases.hit.report import HitReportBody, Outcome
from comity.core.codes.checks import CHECK, Check, lowered, rank, read_check


class Course(StrEnum):
    """What became of a check."""

    AS_ASKED = "as-asked"
    LOWERED = "lowered"
    NOT_MADE = "not-made"
    LESS = "less"
    MORE = "more"
    KNOWN = "known-to-person"


TO_EXPLAIN = frozenset({Course.LESS, Course.MORE, Course.KNOWN})
"""What the one who made the check says why."""


def asked_in(words: Mapping[str, Any] | None) -> Check | None:
    """Return the check that an answer or information asks for, if it does."""
    subject = (words or {}).get("subject")
    return read_check(subject.get(CHECK)) if isinstance(subject, Mapping) else None


def due_check(agreement: Agreement, place: str, asked: Check) -> Check:
    """Return the check that a service is to make, as its part of the agreement allows.

    Args:
        place: the service that found the person.
    """
    profile = agreement.profile(place)
    return lowered(asked, () if profile is None or profile.checks is None else profile.checks)


def course(body: HitReportBody, due: Check) -> Course | None:
    """Return what became of the check that a report speaks of; None where none was asked for.

    Args:
        due: the check that was to be made.
    """
    if body.asked is None:
        return None
    if body.taken is None:
        return Course.LESS if body.outcome is Outcome.LOCATED else Course.NOT_MADE
    if rank(body.taken) > rank(due):
        return Course.MORE
    if body.aware and due is Check.DISCREET:
        return Course.KNOWN
    if rank(body.taken) < rank(due):
        return Course.LESS
    return Course.AS_ASKED if due is body.asked else Course.LOWERED


def unexplained(body: HitReportBody, due: Check | None) -> bool:
    """Whether a report does not say why another check was made than the one that was due."""
    return due is not None and course(body, due) in TO_EXPLAIN and body.deviation is None
