"""The words for the codes of the field, in the reader's language; the codes themselves stay what they are."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import (
    DataCategory,
    Handling,
    RefusalGround,
    Role,
    SubjectCategory,
    Urgency,
)
from comity.web import isolation

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
HANDLINGS: dict[Handling, Words] = {
    Handling.H0: _("H0: no restriction beyond the agreement"),
    Handling.H1: _("H1: not as evidence without consent"),
    Handling.H2: _("H2: not passed on without consent"),
    Handling.H3: _("H3: other restrictions"),
}
STATES: dict[str, Words] = {
    "draft": _("draft"),
    "queued": _("queued"),
    "sent": _("sent"),
    "delivered": _("delivered"),
    "received": _("received"),
    "opened": _("opened"),
    "open": _("open"),
    "answered": _("answered"),
    "refused": _("refused"),
    "unacknowledged": _("unacknowledged"),
    "disputed": _("disputed"),
    "overdue": _("overdue"),
    "running": _("running"),
    "met": _("met"),
    "missed": _("missed"),
    "active": _("active"),
    "confirmed": _("confirmed"),
    "unconfirmed": _("unconfirmed"),
    "suspended": _("suspended"),
    "revoked": _("revoked"),
    "expired": _("expired"),
    "terminated": _("terminated"),
    "superseded": _("superseded"),
    "in-force": _("in force"),
    "not-yet-valid": _("not yet valid"),
    "half-signed": _("half-signed"),
    "unsigned": _("unsigned"),
    "proposed": _("proposed"),
}
OUTCOMES: dict[str, Words] = {
    "hit": _("hit"),
    "possible": _("possible hit"),
    "miss": pgettext_lazy("outcome of a probe", "nothing found"),
    "insufficient": _("not enough to search with"),
}

_TABLES: tuple[dict[Any, Words], ...] = (
    REGIMES,
    PURPOSES,
    CATEGORIES,
    SUBJECTS,
    GROUNDS,
    ROLES,
    URGENCIES,
    HANDLINGS,
)


def label(value: Any) -> str:
    """Return the words for a code: an enumeration's member, a state or an outcome; unknown ones as they are."""
    if isinstance(value, StrEnum):
        for table in _TABLES:
            if any(key is value for key in table):
                return str(table[value])
    found = STATES.get(str(value)) or OUTCOMES.get(str(value))
    return str(found) if found else isolation.without_controls(str(value))


def choices(members: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Return members with their words, for a form."""
    return [(member.value, label(member)) for member in members]
