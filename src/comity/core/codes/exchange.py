"""What may be done between services, under which regime, for which purpose.

Source: Directive (EU) 2023/977; Regulation (EU) 2018/1860 Art. 15; Belgium-Morocco action plans as reported by
the press; `docs/glossary.md`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NewType

from comity.errors import InputError

ServiceId = NewType("ServiceId", str)
"""``BE.federal-police``: ISO 3166 country, a point, a slug."""

_SERVICE = re.compile(r"^[A-Z]{2}\.[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")


def service_id(text: str) -> ServiceId:
    """Check and return a service identifier.

    Raises:
        InputError: ``service.malformed``.
    """
    if not _SERVICE.fullmatch(text):
        raise InputError("service.malformed")
    return ServiceId(text)


class Regime(StrEnum):
    """Legal regimes, which never mix (LED Art. 2(3); Reg. 2018/1860 Art. 15(2))."""

    POLICE = "police"
    RETURN_IDENTIFICATION = "return-identification"
    INTELLIGENCE = "intelligence"


class Purpose(StrEnum):
    """Why an act is done; a clause binds it (LED Art. 4(1)(b))."""

    TERRORISM = "terrorism"
    ORGANISED_CRIME = "organised-crime"
    DRUGS = "drugs"
    TRAFFICKING_IN_HUMAN_BEINGS = "trafficking-in-human-beings"
    BORDER_POST_DATA = "border-post-data"
    WANTED_PERSONS = "wanted-persons"
    MONEY_LAUNDERING = "money-laundering"
    SPORTING_EVENTS = "sporting-events"
    IDENTIFICATION = "identification"


class PurposeGroup(StrEnum):
    """Coarse group of purposes: all that a probe reveals of its purpose (private search, amendment 2)."""

    SERIOUS_CRIME = "serious-crime"
    WANTED = "wanted"
    RETURN = "return"


PURPOSE_GROUPS: dict[Purpose, PurposeGroup] = {
    Purpose.TERRORISM: PurposeGroup.SERIOUS_CRIME,
    Purpose.ORGANISED_CRIME: PurposeGroup.SERIOUS_CRIME,
    Purpose.DRUGS: PurposeGroup.SERIOUS_CRIME,
    Purpose.TRAFFICKING_IN_HUMAN_BEINGS: PurposeGroup.SERIOUS_CRIME,
    Purpose.MONEY_LAUNDERING: PurposeGroup.SERIOUS_CRIME,
    Purpose.SPORTING_EVENTS: PurposeGroup.SERIOUS_CRIME,
    Purpose.BORDER_POST_DATA: PurposeGroup.WANTED,
    Purpose.WANTED_PERSONS: PurposeGroup.WANTED,
    Purpose.IDENTIFICATION: PurposeGroup.RETURN,
}


class Act(StrEnum):
    """What a service does towards a partner."""

    BE_FOUND = "be-found"
    PROBE = "probe"
    REQUEST = "request"
    REPLY = "reply"
    REFUSE = "refuse"
    INFORM = "inform"
    PUBLISH_INDEX = "publish-index"
    COUNT = "count-common"
    PROPOSE = "propose"
    SIGN = "sign"
    SUSPEND = "suspend"
    TERMINATE = "terminate"
    RESUME = "resume"
    RENEW_CARD = "renew-card"
    RECALL = "recall"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    ERASE = "erase"
    RECEIPT = "receipt"
    EVIDENCE = "evidence"
    DELAY = "delay"
    CLARIFY = "clarify"
    REPORT_HIT = "report-hit"
    ATTACH = "attach"
    LIFT = "lift"
    ASK_CONSENT = "ask-consent"
    CONSENT = "consent"
    WITHDRAW_CONSENT = "withdraw-consent"
    NOTIFY = "notify"
    RIGHTS = "rights"


ALWAYS_PERMITTED: frozenset[Act] = frozenset(
    {
        Act.RECALL,
        Act.RECTIFY,
        Act.RESTRICT,
        Act.ERASE,
        Act.RECEIPT,
        Act.EVIDENCE,
        Act.DELAY,
        Act.SUSPEND,
        Act.TERMINATE,
        Act.WITHDRAW_CONSENT,
        Act.NOTIFY,
        Act.RIGHTS,
    }
)
"""Permitted towards a known partner whatever the state of the agreement: they only protect."""

BEFORE_AGREEMENT: frozenset[Act] = frozenset({Act.PROPOSE, Act.SIGN, Act.RESUME, Act.RENEW_CARD})
"""Permitted towards a confirmed partner without an agreement in force: they bring one into being, or back."""

IMPLIED: dict[Act, Act] = {
    Act.CLARIFY: Act.REPLY,
    Act.REPORT_HIT: Act.REPLY,
    Act.LIFT: Act.REPLY,
    Act.ASK_CONSENT: Act.REQUEST,
    Act.CONSENT: Act.REQUEST,
    Act.ATTACH: Act.REQUEST,
}
"""Acts inside a thread that carry no data (but for files): a clause that permits the act on the right permits them, also in its run-off.

Whoever may answer may ask what is meant, may give free again what it restricted, and is told what was done on it; consent belongs to new use, so it
ends with the clause's power to ask.
"""

CARRYING: frozenset[Act] = frozenset({Act.ATTACH})
"""Acts inside a thread that carry data of the person whom the thread concerns: files of a request."""
