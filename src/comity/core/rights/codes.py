"""What a person may ask for, where it is looked for, how it is answered, and what a breach is.

Source: Directive (EU) 2016/680 (LED) Art. 13(3), 14-17 (rights and their restriction), 25(2) (uses of logs), 30 (breach).
"""

from __future__ import annotations

from enum import StrEnum


class RightsKind(StrEnum):
    """What a person asks for (LED Art. 14, 16(1), 16(3))."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    RESTRICTION = "restriction"


class Origin(StrEnum):
    """Over whom a request came: from the person, through the supervisory authority (LED Art. 17), from a partner."""

    PERSON = "person"
    AUTHORITY = "authority"
    PARTNER = "partner"


class Outcome(StrEnum):
    """What was decided; kept sealed, since the letter of `NEITHER` is that of "nothing is held"."""

    FULL = "full"
    PARTIAL = "partial"
    NEITHER = "neither"


class LetterCode(StrEnum):
    """All that an answer says of its outcome."""

    TOLD = "told"
    DONE = "done"
    VERIFIED = "verified"


class RestrictionReason(StrEnum):
    """Why an answer leaves something out (LED Art. 15(1)(a)-(e), 16(4))."""

    INQUIRY = "inquiry"
    PREVENTION = "prevention"
    PUBLIC_SECURITY = "public-security"
    NATIONAL_SECURITY = "national-security"
    OTHERS = "rights-of-others"


class SearchPlace(StrEnum):
    """Everywhere a node holds something on persons."""

    REGISTER = "register"
    CASES = "cases"
    MESSAGES = "messages"
    NOTES = "notes"
    SEARCHES = "searches"
    JUSTIFICATIONS = "justifications"


class LogUse(StrEnum):
    """The only uses of the logs of processing (LED Art. 25(2))."""

    LAWFULNESS = "verify-lawfulness"
    SELF_MONITORING = "self-monitoring"
    INTEGRITY = "integrity-and-security"
    PROCEEDINGS = "criminal-proceedings"


class BreachNature(StrEnum):
    """What was lost of personal data (LED Art. 3(11))."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"
