"""Bodies and grounds of what follows information to whoever holds it: correction, restriction, recall, erasure.

Implements docs/protocol/protection.md §2. Source: Directive (EU) 2016/680 Art. 7(3) (recipients are told of wrong
data at once), Art. 16(1)-(3), (5), (6) (rectification, erasure, restriction and their notification to recipients);
Regulation (EU) 2016/794 Art. 19(2) (restrictions that become necessary after the transfer).

Rules:
    - the ground comes from a closed list for each act, and none of it tells a protected status: a restriction or recall
      that rests on one bears the provider's decision as its ground, the true one is kept sealed;
    - a correction names the message it corrects and carries the whole new body of the same kind;
    - it never widens: no new reference, clause, urgency or category of data.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import model_validator

from comity.core.cases.hit.report import HIT_REPORT, HitReportBody
from comity.core.cases.information import INFORMATION, InformationBody
from comity.core.cases.messages import REPLY, REQUEST, Body, ReplyBody, RequestBody, open_body
from comity.core.cases.thread import (
    CLARIFICATION,
    CLARIFICATION_REQUEST,
    PARTIAL_REPLY,
    ClarificationBody,
    ClarificationRequestBody,
    MessageId,
)
from comity.core.codes.exchange import Act
from comity.errors import PeerError

RECTIFICATION = "rectification"
RESTRICTION = "restriction"
RESTRICTION_LIFTED = "restriction-lifted"

CORRECTABLE: Mapping[str, type[Body]] = {
    REQUEST: RequestBody,
    REPLY: ReplyBody,
    PARTIAL_REPLY: ReplyBody,
    CLARIFICATION: ClarificationBody,
    CLARIFICATION_REQUEST: ClarificationRequestBody,
    INFORMATION: InformationBody,
    HIT_REPORT: HitReportBody,
}
"""Kinds of messages whose words can be corrected, and the form of those words."""


class CaseOutcome(StrEnum):
    """How proceedings ended without a conviction."""

    ACQUITTED = "acquitted"
    DROPPED = "dropped"


class ProtectionGround(StrEnum):
    """Why information is corrected, restricted, recalled or erased, as the recipient is told."""

    INACCURATE = "inaccurate"
    INCOMPLETE = "incomplete"
    OUT_OF_DATE = "out-of-date"
    CONTESTED = "accuracy-contested"
    KEPT_AS_EVIDENCE = "kept-as-evidence"
    UNLAWFUL = "unlawfully-processed"
    NOT_NEEDED = "no-longer-needed"
    LEGAL_OBLIGATION = "legal-obligation"
    PROVIDER = "provider-decision"
    CONSENT_WITHDRAWN = "consent-withdrawn"


_TAKING_BACK = frozenset(
    {
        ProtectionGround.INACCURATE,
        ProtectionGround.UNLAWFUL,
        ProtectionGround.NOT_NEEDED,
        ProtectionGround.LEGAL_OBLIGATION,
        ProtectionGround.PROVIDER,
        ProtectionGround.CONSENT_WITHDRAWN,
    }
)

GROUNDS: Mapping[Act, frozenset[ProtectionGround]] = {
    Act.RECTIFY: frozenset(
        {ProtectionGround.INACCURATE, ProtectionGround.INCOMPLETE, ProtectionGround.OUT_OF_DATE}
    ),
    Act.RESTRICT: frozenset(
        {ProtectionGround.CONTESTED, ProtectionGround.KEPT_AS_EVIDENCE, ProtectionGround.PROVIDER}
    ),
    Act.RECALL: _TAKING_BACK,
    Act.ERASE: _TAKING_BACK,
}
"""Grounds of each act (LED Art. 7(3), 16(1)-(3); Reg. 2016/794 Art. 19(2))."""


class WithdrawalBody(Body):
    """Of a recall and of an erasure: the thread in the header says of what; the ground may be left out."""

    ground: ProtectionGround | None = None

    @model_validator(mode="after")
    def _check(self) -> WithdrawalBody:
        if self.ground is not None and self.ground not in _TAKING_BACK:
            raise ValueError("no ground of a recall")
        return self


class RectificationBody(Body):
    """A correction of one message: the whole new body, so that nothing of the old one need be kept."""

    message: MessageId
    ground: ProtectionGround
    corrected: dict[str, Any]

    @model_validator(mode="after")
    def _check(self) -> RectificationBody:
        if self.ground not in GROUNDS[Act.RECTIFY]:
            raise ValueError("no ground of a correction")
        return self


class RestrictionBody(Body):
    """One message may be kept and no longer used."""

    message: MessageId
    ground: ProtectionGround

    @model_validator(mode="after")
    def _check(self) -> RestrictionBody:
        if self.ground not in GROUNDS[Act.RESTRICT]:
            raise ValueError("no ground of a restriction")
        return self


class LiftingBody(Body):
    """The restriction of one message has ended."""

    message: MessageId


_FIXED_IN_REQUEST = ("reference", "urgency", "categories", "cites")


def open_correction(kind: str, former: Mapping[str, Any] | None, corrected: Mapping[str, Any]) -> Body:
    """Return the corrected body of a message, having checked that it corrects and does not widen.

    Args:
        kind: of the message that is corrected. former: its body; None when it is not held any more.
        corrected: hostile or one's own.

    Raises:
        PeerError: ``case.message-malformed`` (no body of that kind), ``case.correction-widens``.
    """
    model = CORRECTABLE.get(kind)
    if model is None:
        raise PeerError("case.message-malformed", field="message")
    body = open_body(model, corrected)
    if former is not None and _widens(model.model_validate(dict(former)), body):
        raise PeerError("case.correction-widens")
    return body


def _widens(former: Body, body: Body) -> bool:
    if isinstance(former, RequestBody) and isinstance(body, RequestBody):
        return any(getattr(former, name) != getattr(body, name) for name in _FIXED_IN_REQUEST)
    if isinstance(former, ClarificationBody) and isinstance(body, ClarificationBody):
        return former.question != body.question
    if isinstance(former, HitReportBody) and isinstance(body, HitReportBody):
        return former.message != body.message or not body.handling.is_within(former.handling)
    if isinstance(former, ReplyBody) and isinstance(body, ReplyBody):
        return not body.handling.is_within(former.handling)
    if isinstance(former, InformationBody) and isinstance(body, InformationBody):
        fixed = (former.origin, former.cites) == (body.origin, body.cites)
        return not body.handling.is_within(former.handling) or not fixed
    return False
