"""L24: the conditions under which a person's particulars go to a third country to identify that person for return.

Implements docs/protocol/identification.md §4. Source: Regulation (EU) 2018/1860 Art. 15(2)-(4): sole purpose, listed
fields, the person informed, the agreement of the issuing State; Regulation (EU) 2024/1358 Art. 50. Suspended returns are
stopped by the mark itself (L25). Both nodes ask this; neither has a switch.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from comity.core.cases.consent import CONSENT_REQUEST
from comity.core.cases.hit.report import HIT_REPORT
from comity.core.cases.information import INFORMATION
from comity.core.cases.messages import REPLY, REQUEST
from comity.core.cases.thread import CLARIFICATION, CLARIFICATION_REQUEST, NEGATIVE_REPLY, PARTIAL_REPLY
from comity.core.codes.checks import CHECK
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import DataCategory, SubjectCategory
from comity.core.identification.attachment import ATTACHMENT_PART
from comity.core.identification.messages import (
    IDENTIFICATION_ANSWER,
    IDENTIFICATION_REQUEST,
    IDENTIFICATION_SUPPLEMENT,
    IdentificationBody,
)
from comity.core.instant import Instant
from comity.core.policy.law import RETURN_FIELDS
from comity.core.policy.model import Ground
from comity.core.register.release import is_as_released

RULE = "L24"
FORM, FIELDS, INFORMED, ISSUER, ADDRESSEE = (
    "law.return-form",
    "law.return-fields",
    "law.return-informed",
    "law.return-issuer",
    "law.return-addressee",
)
_DAY = timedelta(days=1)
"""A date is written where the person was told: it may be a day ahead of UTC."""


IDENTIFYING = frozenset(
    {IDENTIFICATION_REQUEST, IDENTIFICATION_SUPPLEMENT, IDENTIFICATION_ANSWER, ATTACHMENT_PART}
)
"""Kinds of messages that exist for identification only."""

UNBOUNDED = frozenset(
    {
        REQUEST,
        REPLY,
        PARTIAL_REPLY,
        NEGATIVE_REPLY,
        CLARIFICATION_REQUEST,
        CLARIFICATION,
        HIT_REPORT,
        INFORMATION,
        CONSENT_REQUEST,
    }
)
"""Kinds that no list of fields bounds, having free text, or that serve another purpose."""


def form_grounds(regime: Regime, kind: str) -> tuple[Ground, ...]:
    """Return what stands against a kind of message under a regime: for return, only identification, and only there."""
    returning = regime is Regime.RETURN_IDENTIFICATION
    wrong = kind in (UNBOUNDED if returning else IDENTIFYING)
    return (Ground(FORM, "law", RULE),) if wrong else ()


def identification_grounds(
    body: IdentificationBody, *, sender: str, recipient: str, at: Instant
) -> tuple[Ground, ...]:
    """Return every condition of L24 that a request for identification does not meet; empty when it may go.

    Args:
        body: of the request, one's own or hostile.
        sender: service that asks. recipient: service that is asked. at: signed time of the request.
    """
    missing = (
        (FIELDS, not _fields_fit(body)),
        (INFORMED, body.informed is None or body.informed.on > (at + _DAY).date()),
        (ISSUER, not _issuer_agrees(body, sender, at)),
        (ADDRESSEE, body.nationality.presumed != recipient[:2]),
    )
    return tuple(Ground(code, "law", RULE) for code, fails in missing if fails)


def person_fits(subject: Mapping[str, Any], named: frozenset[DataCategory]) -> bool:
    """Whether released particulars hold nothing but the fields that are named, of a person to be identified."""
    fits = is_as_released(subject, named & RETURN_FIELDS, SubjectCategory.TO_BE_IDENTIFIED)
    return fits and CHECK not in subject


def _fields_fit(body: IdentificationBody) -> bool:
    carried = frozenset(body.subject.get("fields", ())) | {each.category.value for each in body.attachments}
    named = frozenset(body.categories)
    return (
        named <= RETURN_FIELDS
        and body.subject_category is SubjectCategory.TO_BE_IDENTIFIED
        and person_fits(body.subject, named)
        and carried == frozenset(each.value for each in named)
    )


def _issuer_agrees(body: IdentificationBody, sender: str, at: Instant) -> bool:
    issuing = body.issuing
    if issuing is None:
        return False
    if issuing.country == sender[:2]:
        return True
    return issuing.agreed_on is not None and issuing.agreed_on <= (at + _DAY).date()
