"""Marks that every item, fact and link carries.

Handling code, sub-code and colour: `comity.core.codes.handling`. Source: Regulation (EU) 2016/794 Art. 29 (4x4 evaluation);
Directive (EU) 2016/680 Art. 6 (categories), Art. 7(1) (facts and assessments), 7(2) (up to date, complete); Regulation (EU) 2024/1358 Art. 49, 50; Regulation (EU) 2018/1862
Art. 65.
"""

from __future__ import annotations

from enum import StrEnum

from comity.core.codes.handling import Handling as Handling


class SourceEvaluation(StrEnum):
    """Reliability of the source."""

    A = "A"
    B = "B"
    C = "C"
    X = "X"


class InformationEvaluation(StrEnum):
    """Accuracy of the information."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"


DEFAULT_EVALUATION = (SourceEvaluation.X, InformationEvaluation.FOUR)
"""What counts when the provider is silent (Reg. 2016/794 Art. 29(4))."""


class Assertion(StrEnum):
    """What a statement rests on: facts, or somebody's personal assessment (LED Art. 7(1))."""

    FACT = "fact"
    ASSESSMENT = "assessment"


SILENT_ASSERTION = Assertion.ASSESSMENT
"""What counts for an entry of the register whose source does not say: nothing passes for a fact unsaid."""


class Completeness(StrEnum):
    """Whether what is told is all that its source knows in those categories (LED Art. 7(2))."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNKNOWN = "not-stated"


SILENT_COMPLETENESS = Completeness.UNKNOWN
"""What counts when nobody says: neither whole nor known to lack anything."""


class SubjectCategory(StrEnum):
    """Categories of data subjects; mandatory, and "unknown" is none (LED Art. 6)."""

    SUSPECT = "suspect"
    CONVICTED = "convicted"
    REASONABLE_GROUNDS = "reasonable-grounds"
    VICTIM = "victim"
    WITNESS = "witness"
    INFORMANT = "informant"
    CONTACT = "contact"
    ASSOCIATE = "associate"
    MISSING = "missing"
    TO_BE_IDENTIFIED = "to-be-identified"


class DataCategory(StrEnum):
    """Categories of data that a clause may permit (Reg. 2016/794 Annex II.B)."""

    NAMES = "names"
    BIRTH = "birth"
    SEX = "sex"
    NATIONALITIES = "nationalities"
    PARENTS = "parents"
    DOCUMENTS = "documents"
    PHONES = "phones"
    ADDRESSES = "addresses"
    VEHICLES = "vehicles"
    ACCOUNTS = "accounts"
    ORGANISATIONS = "organisations"
    BORDER_CROSSINGS = "border-crossings"
    WANTED_STATUS = "wanted-status"
    CRIMINAL_RECORD = "criminal-record"
    CASE_FACTS = "case-facts"
    FINGERPRINTS = "fingerprints"


class Taint(StrEnum):
    """Origin and status marks that follow an item into every derivative."""

    SIS = "sis"
    EURODAC = "eurodac"
    ASYLUM = "asylum"
    RETURN_ALERT = "return-alert"
    RETURN_SUSPENDED = "return-suspended"
    TORTURE_RISK = "torture-risk"
    CAPITAL_OFFENCE = "capital-offence"
    WITNESS = "witness"
    VICTIM = "victim"
    MINOR = "minor"
    RESTRICTED = "restricted"
    QUARANTINED = "quarantined"


class Urgency(StrEnum):
    """Urgency of a request (Directive 2023/977 Art. 5)."""

    URGENT_DIRECT = "urgent-direct"
    URGENT_INDIRECT = "urgent-indirect"
    ORDINARY = "ordinary"


class RefusalGround(StrEnum):
    """Closed list of grounds (Directive 2023/977 Art. 6(1); n1-n3 for a third country)."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    E = "e"
    F1 = "f1"
    F2 = "f2"
    F3 = "f3"
    G1 = "g1"
    G2 = "g2"
    H = "h"
    N1 = "n1"
    N2 = "n2"
    N3 = "n3"


class DelayGround(StrEnum):
    """Why an answer takes more time than the deadline gives (Directive 2023/977 Art. 5(2), and what clauses add)."""

    JUDICIAL_AUTHORISATION = "judicial-authorisation"
    OTHER_AUTHORITY = "other-authority"
    COMPLEXITY = "complexity"
    TRANSLATION = "translation"
    TECHNICAL = "technical"
    OTHER = "other"


class Role(StrEnum):
    """Roles of people at a node."""

    OFFICER = "officer"
    APPROVER = "approver"
    HEAD_OF_DESK = "head-of-desk"
    DATA_PROTECTION_OFFICER = "data-protection-officer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
