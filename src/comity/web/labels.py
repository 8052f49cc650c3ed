"""The words for the codes of the field, in the reader's language; the codes themselves stay what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.cases.messages import UrgencyGround
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.handling import HandlingCode, SubCode, Tlp
from comity.core.codes.marks import (
    Assertion,
    Completeness,
    DataCategory,
    DelayGround,
    RefusalGround,
    Role,
    SubjectCategory,
    Urgency,
)
from comity.core.register.links.model import LinkKind
from comity.core.watch.justified import Aim, Profession
from comity.web import isolation, spoken
from comity.web.hits import words as checked
from comity.web.oversight import words as overseen
from comity.web.persons import words as concerned
from comity.web.transfers import words as transferred

Words = Promise | str

REGIMES: dict[Regime, Words] = {
    Regime.POLICE: _("police cooperation"),
    Regime.RETURN_IDENTIFICATION: _("identification for return"),
    Regime.INTELLIGENCE: _("intelligence"),
}
PURPOSES: dict[Purpose, Words] = {
    Purpose.TERRORISM: _("terrorism"),
    Purpose.ORGANISED_CRIME: _("organised crime"),
    Purpose.DRUGS: _("drugs"),
    Purpose.TRAFFICKING_IN_HUMAN_BEINGS: _("trafficking in human beings"),
    Purpose.BORDER_POST_DATA: _("border-post data"),
    Purpose.WANTED_PERSONS: _("wanted persons"),
    Purpose.MONEY_LAUNDERING: _("money laundering"),
    Purpose.SPORTING_EVENTS: _("sporting events"),
    Purpose.IDENTIFICATION: _("identification"),
}
CATEGORIES: dict[DataCategory, Words] = {
    DataCategory.NAMES: _("names"),
    DataCategory.BIRTH: _("date and place of birth"),
    DataCategory.SEX: _("sex"),
    DataCategory.NATIONALITIES: _("nationalities"),
    DataCategory.PARENTS: _("names of the parents"),
    DataCategory.DOCUMENTS: _("identity documents"),
    DataCategory.PHONES: _("telephone numbers"),
    DataCategory.ADDRESSES: _("addresses"),
    DataCategory.VEHICLES: _("vehicles"),
    DataCategory.ACCOUNTS: _("bank accounts"),
    DataCategory.ORGANISATIONS: _("organisations"),
    DataCategory.BORDER_CROSSINGS: _("border crossings"),
    DataCategory.WANTED_STATUS: _("wanted status"),
    DataCategory.CRIMINAL_RECORD: _("criminal record"),
    DataCategory.CASE_FACTS: _("facts of the case"),
    DataCategory.FINGERPRINTS: _("fingerprints"),
}
SUBJECTS: dict[SubjectCategory, Words] = {
    SubjectCategory.SUSPECT: _("suspect"),
    SubjectCategory.CONVICTED: _("convicted person"),
    SubjectCategory.REASONABLE_GROUNDS: _("person with reasonable grounds of suspicion"),
    SubjectCategory.VICTIM: _("victim"),
    SubjectCategory.WITNESS: _("witness"),
    SubjectCategory.INFORMANT: _("person who can provide information"),
    SubjectCategory.CONTACT: _("contact"),
    SubjectCategory.ASSOCIATE: _("associate"),
    SubjectCategory.MISSING: _("missing person"),
    SubjectCategory.TO_BE_IDENTIFIED: _("person to be identified"),
}
GROUNDS: dict[RefusalGround, Words] = {
    RefusalGround.A: _("the information is not available here"),
    RefusalGround.B: _("the request does not meet the conditions of the agreement"),
    RefusalGround.C: _("the judicial authorisation was refused"),
    RefusalGround.D: _("the data lie outside the permitted categories"),
    RefusalGround.E: _("the information is inaccurate, incomplete or out of date"),
    RefusalGround.F1: _("essential interests of national security"),
    RefusalGround.F2: _("an ongoing investigation, or the safety of a person"),
    RefusalGround.F3: _("undue harm to protected interests of a legal person"),
    RefusalGround.G1: _("the offence is punishable here by one year or less"),
    RefusalGround.G2: _("the act is not an offence here"),
    RefusalGround.H: _("obtained from another State that has not consented"),
    RefusalGround.N1: _("risk of torture or of return contrary to international law"),
    RefusalGround.N2: _("no assurance against the death penalty"),
    RefusalGround.N3: _("a political, military, religious or racial matter"),
}
ASSERTIONS: dict[Assertion, Words] = {
    Assertion.FACT: _("fact"),
    Assertion.ASSESSMENT: _("assessment"),
}
COMPLETENESS: dict[Completeness, Words] = {
    Completeness.COMPLETE: _("all that its source knows"),
    Completeness.PARTIAL: _("known to be incomplete"),
    Completeness.UNKNOWN: _("not stated"),
}
LINKS: dict[LinkKind, Words] = {
    LinkKind.FAMILY: _("family"),
    LinkKind.ACQUAINTANCE: _("acquaintance"),
    LinkKind.ACCOMPLICE: _("accomplice"),
    LinkKind.EMPLOYMENT: _("employment"),
    LinkKind.MEMBERSHIP: _("membership"),
    LinkKind.TRAVELLED: _("travelled together"),
    LinkKind.COMMUNICATED: _("communicated"),
    LinkKind.FINANCED: _("financed"),
    LinkKind.USES: _("uses"),
    LinkKind.OWNS: _("owns"),
}
ROLES: dict[Role, Words] = {
    Role.OFFICER: _("officer"),
    Role.APPROVER: _("approver"),
    Role.HEAD_OF_DESK: _("head of desk"),
    Role.DATA_PROTECTION_OFFICER: _("data-protection officer"),
    Role.ADMINISTRATOR: _("administrator"),
    Role.AUDITOR: _("auditor"),
}
URGENCIES: dict[Urgency, Words] = {
    Urgency.URGENT_DIRECT: _("urgent, directly accessible"),
    Urgency.URGENT_INDIRECT: _("urgent, not directly accessible"),
    Urgency.ORDINARY: _("ordinary"),
}
URGENCY_GROUNDS: dict[UrgencyGround, Words] = {
    UrgencyGround.THREAT: _("immediate and serious threat to public security"),
    UrgencyGround.LIFE: _("danger to the life or physical integrity of a person"),
    UrgencyGround.LIBERTY: _("decision on depriving a person of liberty"),
    UrgencyGround.RELEVANCE: _("the information is about to lose its relevance"),
}
HANDLINGS: dict[HandlingCode, Words] = {
    HandlingCode.H0: _("H0: no restriction beyond the agreement"),
    HandlingCode.H1: _("H1: not as evidence without consent"),
    HandlingCode.H2: _("H2: not passed on without consent"),
    HandlingCode.H3: _("H3: other restrictions"),
}
SUB_CODES: dict[SubCode, Words] = {
    SubCode.NAMED_OFFICERS: _("only for the officer who has taken the case"),
    SubCode.CASE_ONLY: _("only for the case for which it was given"),
    SubCode.NO_COURT: _("never to a court"),
    SubCode.NO_ONWARD: _("never passed on"),
    SubCode.CONSULT_FIRST: _("ask its owner before any measure"),
    SubCode.AS_WRITTEN: _("as the conditions say"),
}
COLOURS: dict[Tlp, Words] = {
    Tlp.CLEAR: _("no limit on disclosure"),
    Tlp.GREEN: _("for the community of services, not in public"),
    Tlp.AMBER: _("for the service and those it acts for, as far as they need to know"),
    Tlp.AMBER_STRICT: _("for the service alone"),
    Tlp.RED: _("for named persons alone"),
}
STATES: dict[str, Words] = {
    "queued": _("waiting to be sent"),
    "unacknowledged": _("sent, not acknowledged"),
    "delivered": _("delivered"),
    "disputed": _("receipt disputed"),
    "withdrawn": _("withdrawn"),
    "accepted": _("received"),
    "refused": _("refused"),
    "expired": _("expired"),
    "waiting": _("on its way"),
    "open": _("open"),
    "due-soon": _("due soon"),
    "overdue": _("overdue"),
    "clarifying": _("waits for a clarification"),
    "answered-in-time": _("answered in time"),
    "answered-late": _("answered late"),
    "rejected": _("not accepted by the partner's node"),
    "recalled": _("recalled"),
    "awaited": _("the other party is counting"),
    "confirmed": _("confirmed"),
    "disputed-figures": _("disputed"),
    "draft": _("draft"),
    "half-signed": _("half-signed"),
    "not-yet-valid": _("not yet valid"),
    "in-force": _("in force"),
    "suspended": _("suspended"),
    "terminated": _("terminated"),
    "superseded": _("superseded"),
    "altered": _("altered"),
}
"""How a message, a request or an agreement stands."""
TONES: dict[str, str] = {
    "answered-in-time": "good",
    "confirmed": "good",
    "disputed-figures": "bad",
    "delivered": "good",
    "in-force": "good",
    "half-signed": "warn",
    "unacknowledged": "warn",
    "disputed": "warn",
    "due-soon": "warn",
    "clarifying": "warn",
    "answered-late": "warn",
    "suspended": "warn",
    "overdue": "bad",
    "rejected": "bad",
    "refused": "bad",
    "altered": "bad",
    "terminated": "bad",
}
"""How a state is coloured: good, warn or bad; plain when it is none."""
ACTS: dict[Act, Words] = {
    Act.BE_FOUND: _("be found by a probe"),
    Act.PROBE: _("probe"),
    Act.REQUEST: _("request information"),
    Act.REPLY: _("answer"),
    Act.REFUSE: _("refuse"),
    Act.INFORM: _("inform"),
    Act.PUBLISH_INDEX: _("publish an index"),
    Act.COUNT: _("count numbers in common"),
    Act.PROPOSE: _("propose an agreement"),
    Act.SIGN: _("sign an agreement"),
    Act.SUSPEND: _("suspend an agreement"),
    Act.TERMINATE: _("terminate an agreement"),
    Act.RESUME: _("resume an agreement"),
    Act.RENEW_CARD: _("renew the card"),
    Act.RECALL: _("recall"),
    Act.RECTIFY: _("rectify"),
    Act.RESTRICT: _("restrict"),
    Act.ERASE: _("erase"),
    Act.RECEIPT: _("acknowledge receipt"),
    Act.EVIDENCE: _("exchange evidence"),
    Act.DELAY: _("tell of a delay"),
    Act.CLARIFY: _("clarify a request"),
    Act.REPORT_HIT: _("report a hit"),
    Act.LIFT: _("lift a restriction"),
    Act.ASK_CONSENT: _("ask for consent"),
    Act.CONSENT: _("decide on consent"),
    Act.WITHDRAW_CONSENT: _("withdraw consent"),
    Act.ATTACH: _("attach a file"),
    Act.NOTIFY: _("tell of an emergency or a breach"),
    Act.RIGHTS: _("serve a person concerned"),
}
DELAY_GROUNDS: dict[DelayGround, Words] = {
    DelayGround.JUDICIAL_AUTHORISATION: _("a judicial authorisation is needed"),
    DelayGround.OTHER_AUTHORITY: _("another authority must be asked"),
    DelayGround.COMPLEXITY: _("the matter is complex"),
    DelayGround.TRANSLATION: _("a translation is needed"),
    DelayGround.TECHNICAL: _("a technical failure"),
    DelayGround.OTHER: _("another reason"),
}
RULES: dict[str, Words] = {
    "number-year": _("the number of a document and the year of birth"),
    "number-name": _("the number of a document and a name"),
    "names-year": _("two names and the year of birth"),
    "names-year-place": _("two names, the year and the province of birth"),
    "names-decade": _("two names, the day, the month and the decade of birth"),
    "names-digit": _("two names, the day, the month and the last digit of the year of birth"),
    "names-date": _("two names and the full date of birth"),
    "name-date": _("a name and the full date of birth"),
    "name-date-place": _("a name, the full date and the province of birth"),
    "spelled-year": _("two names in a near spelling and the year of birth"),
    "spelled-month": _("two names in a near spelling, the year and the month of birth"),
    "spelled-place": _("two names in a near spelling and the province of birth"),
    "spelled-date-place": _("a name in a near spelling, the full date and the province of birth"),
    "near-date": _("a name, two consonants of another and the full date of birth"),
    "near-year-place": _("a name, two consonants of another, the year and the province of birth"),
    "spelled-parent": _("two names in a near spelling and the name of a parent"),
}
"""What the rules of a probe compare."""
SUBJECT_STATES: dict[str, Words] = {
    "active": _("active"),
    "restricted": _("restricted"),
    "quarantined": _("quarantined"),
}
SIDES: dict[str, Words] = {
    "asked": _("we ask"),
    "received": _("they ask"),
    "gave": _("we informed"),
    "told": _("they inform"),
}
DECISIONS: dict[str, Words] = {
    "release": _("released"),
    "refusal": _("refused"),
    "block": _("stopped by the law"),
    "stopped": _("not permitted to leave"),
    "negative": _("nothing found"),
    "correction": _("corrected"),
    "consent": _("consent decided"),
    "inform": _("informed"),
    "identification": _("decided on an identification"),
}

STEPS: dict[str, Words] = {
    "owner": _("the time runs out, and it is yours"),
    "substitute": _("the time runs out, and you stand in for its owner"),
    "head": _("the time has nearly run out"),
    "missed": _("the deadline was missed"),
    "core-owner": _("the 48 hours for the core data run out, and the case is yours"),
    "core-substitute": _("the 48 hours for the core data run out, and you stand in for the owner"),
    "core-head": _("the 48 hours for the core data have nearly run out"),
    "core-missed": _("the core data were not told within 48 hours"),
    "again": _("the deadline was missed long ago: take it up with the partner, or recall the request"),
}

YEAR_STATES: dict[str, Words] = {
    "due": _("not stated yet"),
    "late": _("not stated, and late"),
    "stated": _("stated"),
}

LOOKS: dict[str, Words] = {
    "replay": _("replayed"),
    "bundle": _("bundle made of"),
    "sample": _("searches drawn"),
    "open": _("justification opened of"),
    "settle": _("settled:"),
}

AIMS: dict[Aim, Words] = {
    Aim.IDENTIFY: _("to identify somebody"),
    Aim.LEARN_MORE: _("to learn more about a known person"),
}
PROFESSIONS: dict[Profession, Words] = {
    Profession.LAWYER: _("lawyer"),
    Profession.JOURNALIST: _("journalist"),
    Profession.PHYSICIAN: _("physician"),
    Profession.CLERGY: _("minister of religion"),
    Profession.PARLIAMENT: _("member of parliament"),
    Profession.MAGISTRATE: _("magistrate"),
    Profession.DIPLOMAT: _("diplomat"),
}

_TABLES: tuple[dict[Any, Words], ...] = (
    REGIMES,
    PURPOSES,
    CATEGORIES,
    SUBJECTS,
    GROUNDS,
    ASSERTIONS,
    COMPLETENESS,
    LINKS,
    ROLES,
    URGENCIES,
    HANDLINGS,
    SUB_CODES,
    COLOURS,
    ACTS,
    URGENCY_GROUNDS,
    DELAY_GROUNDS,
    AIMS,
    PROFESSIONS,
)


def label(value: Any) -> str:
    """Return the words for a code: an enumeration's member, or a state; unknown ones as they are."""
    if isinstance(value, StrEnum):
        for table in _TABLES:
            if any(key is value for key in table):
                return str(table[value])
    found = STATES.get(str(value))
    return str(found) if found else isolation.without_controls(str(value))


_NAMED: dict[str, Mapping[Any, Words]] = {
    "regime": REGIMES,
    "purpose": PURPOSES,
    "category": CATEGORIES,
    "subject": SUBJECTS,
    "ground": GROUNDS,
    "assertion": ASSERTIONS,
    "completeness": COMPLETENESS,
    "link": LINKS,
    "urgency": URGENCIES,
    "urgency-ground": URGENCY_GROUNDS,
    "act": ACTS,
    "rule": RULES,
    "side": SIDES,
    "subject-state": SUBJECT_STATES,
    "decision": DECISIONS,
    "delay-ground": DELAY_GROUNDS,
    "step": STEPS,
    "look": LOOKS,
    "year-state": YEAR_STATES,
    **spoken.NAMED,
    **transferred.NAMED,
    **concerned.NAMED,
    **overseen.NAMED,
    **checked.NAMED,
    "statement": {**CATEGORIES, **spoken.REPORTED, **spoken.STATEMENTS},
    "watch-code": {**PROFESSIONS, **transferred.EMERGENCIES},
}


def words(table: str, value: str) -> str:
    """Return the words for a code that is written as text; an unknown one as it is.

    Raises:
        KeyError: there is no such table (a bug of the caller).
    """
    found = _NAMED[table].get(value)
    return str(found) if found else isolation.without_controls(value)


def choices(members: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Return members with their words, for a form."""
    return [(member.value, label(member)) for member in members]
