"""Bodies by which consent to a further use is asked, given, refused and withdrawn, or an emergency that passed it by told.

Implements docs/protocol/protection.md §9 and docs/protocol/transfer.md §5. Source: Directive (EU) 2016/680 Art. 4(1)(b), 9(3), 35(1)(e); Regulation (EU)
2016/794 Art. 19(1) (the provider sets the purpose), 23(6) (consent to onward transfer may be withdrawn at any time).
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import model_validator

from comity.core.agreement.written import Moment
from comity.core.cases.messages import Body, Text, Worded
from comity.core.cases.thread import MessageId
from comity.core.codes.exchange import Purpose, service_id
from comity.core.codes.transfer import OverrideGround
from comity.errors import ComityError

CONSENT_REQUEST = "consent-request"
CONSENT = "consent"
CONSENT_WITHDRAWAL = "consent-withdrawal"
OVERRIDE_NOTICE = "override-notice"


class Use(StrEnum):
    """What consent is asked for."""

    PURPOSE = "other-purpose"
    ONWARD = "onward-transfer"
    COURT = "judicial-use"
    PERSON = "answer-to-person"


class ConsentRequestBody(Worded):
    """May this message be used further?

    Args:
        message: of the addressee. use: what for. purpose: under which purpose.
        recipient: service to which it would go; for an onward transfer, and only that.
        reasons: why.
    """

    message: MessageId
    use: Use
    purpose: Purpose
    recipient: str | None = None
    reasons: Text

    @model_validator(mode="after")
    def _check(self) -> ConsentRequestBody:
        if (self.recipient is not None) != (self.use is Use.ONWARD):
            raise ValueError("a recipient belongs to an onward transfer")
        if self.recipient is not None:
            try:
                service_id(self.recipient)
            except ComityError:
                raise ValueError("no service") from None
        return self


class ConsentBody(Body):
    """Yes or no to one question."""

    asked: MessageId
    given: bool


class ConsentWithdrawalBody(Body):
    """A consent that was given no longer holds."""

    asked: MessageId


class OverrideNoticeBody(Worded):
    """Words of the addressee were passed on before it could be asked (LED Art. 35(2); Reg. 2016/794 Art. 22(2)).

    Args:
        message: of the addressee. recipient: service to which it went. at: when.
        reason: the objective reason, in words.
    """

    message: MessageId
    recipient: str
    ground: OverrideGround
    reason: Text
    at: Moment

    @model_validator(mode="after")
    def _check(self) -> OverrideNoticeBody:
        try:
            service_id(self.recipient)
        except ComityError:
            raise ValueError("no service") from None
        return self
