"""The remarks of an OFAC entry: dates and places of birth, nationalities, papers, numbers, in one text.

Source: US Treasury, "SDN data formats"; the forms below are those that occur in the list. What no rule understands
stays a remark, so that nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from comity.core.register.birth import BirthDate, BirthPrecision, birth_of
from comity.core.register.countries import country_code
from comity.core.register.formats.draft import Draft
from comity.core.register.phone import e164
from comity.core.register.subject import MAX_REMARK, MAX_TEXT, NameRole, PlaceRole, SubjectKind

_DATE = re.compile(r"^(?:(?P<day>\d{1,2}) )?(?:(?P<month>[A-Z][a-z]{2}) )?(?P<year>\d{4})$")
_BIRTH = re.compile(r"^DOB (?P<circa>circa )?(?P<from>.+?)(?: to (?:circa )?(?P<to>.+)|-(?P<until>\d{4}))?$")
_NATION = re.compile(r"^(?:nationality|citizen) (?:of )?(?P<country>.+)$", re.IGNORECASE)
_GENDER = re.compile(r"^Gender (?P<sex>Male|Female)$")
_AKA = re.compile(r"^(?:[afn]\.?k\.?a\.?) '?(?P<name>.+?)'?$")
_EMAIL = re.compile(r"^Email Address (?P<address>\S+@\S+)$")
_PHONE = re.compile(
    r"^(?:Phone|Telephone|Mobile Phone|Fax)(?: Number| No\.)?:? (?P<number>[+\d(][\d\s().+-]+)$"
)
_PAPER = re.compile(
    r"^(?P<kind>(?:[A-Z][\w./'-]*\s)*?(?:Passport|Cedula(?: No\.?)?|National ID No\.?|Identification Number|"
    r"SSN|D\.N\.I\.|R\.F\.C\.|RFC|C\.U\.R\.P\.|NIT|RUC|RIF|I\.F\.E\.|Tax ID No\.?|Driver's License No\.?|"
    r"National Foreign ID Number|Residency Number|Birth Certificate Number|Stateless Person ID Card|"
    r"Personal ID Card|Electoral Registry No\.?|Credencial electoral|Italian Fiscal Code|Registration ID|"
    r"Registration Number|Company Number|Business Registration Number|Commercial Registry Number|"
    r"Matricula Mercantil No\.?|Folio Mercantil No\.?|V\.A\.T\. Number|D-U-N-S Number|US FEIN|"
    r"Trade License No\.?|Travel Document Number|C\.U\.I\.T\.|C\.U\.I\.P\.|C\.R\. No\.?))\s*"
    r"#?\s*(?P<number>[^()]*\d[^()]*?)(?: \((?P<country>[^()]+)\))?(?: (?:issued|expires|Expires) .*)?$"
)
_CRAFT = re.compile(
    r"^(?P<mark>Vessel Registration Identification IMO|MMSI|Aircraft Tail Number|"
    r"Aircraft Manufacturer's Serial Number \(MSN\)|"
    r"Aircraft Construction Number \(also called L/N or S/N or F/N\)|Aircraft Mode S Transponder Code) "
    r"(?P<number>\S.*)$"
)
_MARKS = {
    "Vessel Registration Identification IMO": "imo",
    "MMSI": "mmsi",
    "Aircraft Tail Number": "tail",
    "Aircraft Manufacturer's Serial Number (MSN)": "serial",
    "Aircraft Construction Number (also called L/N or S/N or F/N)": "serial",
    "Aircraft Mode S Transponder Code": "transponder",
}
_ACCOUNT = re.compile(
    r"^(?:(?P<wallet>Digital Currency Address) - (?P<currency>\w+)|(?P<bic>SWIFT/BIC)) (?P<number>\S+)$"
)
_LINKED = re.compile(r"^Linked To: (?P<name>.+)$")


def read_remarks(text: str, draft: Draft, type_: str, country: str | None) -> None:
    """Read the remarks of one entry into its draft; never a fault, at worst a remark.

    Args:
        text: the remarks, with their continuation.
        draft: the entry.
        type_: individual, entity, vessel or aircraft.
        country: ISO 3166 alpha-2 in which national phone numbers are read.
    """
    for part in text.split("; "):
        bare = part.strip().removesuffix(".").strip()
        if not bare:
            continue
        plain = re.sub(r"^alt\. ", "", bare, flags=re.IGNORECASE)
        if not any(rule(plain, draft, type_, country) for rule in _RULES):
            for start in range(0, len(bare), MAX_REMARK):
                draft.remark("remarks", bare[start : start + MAX_REMARK])


def read_birth_words(text: str, *, estimated: bool = False) -> BirthDate:
    """Parse ``10 Dec 1948``, ``Dec 1948``, ``1948``.

    Raises:
        ValueError: none of these.
    """
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise ValueError("no date of birth")
    month = datetime.strptime(found["month"], "%b").month if found["month"] else 0
    return birth_of(int(found["year"]), month, int(found["day"] or 0), estimated=estimated)


def _birth(text: str, draft: Draft, _type: str, _country: str | None) -> bool:
    found = _BIRTH.fullmatch(text)
    if found is None or draft.kind is not SubjectKind.PERSON:
        return False
    try:
        birth = read_birth_words(found["from"], estimated=bool(found["circa"]))
        if last := found["to"] or found["until"]:
            until = read_birth_words(last).year
            birth = BirthDate(year=birth.year, until=until, precision=BirthPrecision.RANGE)
    except ValueError:
        return False
    if birth not in draft.births:
        draft.births.append(birth)
    return True


def _place(text: str, draft: Draft, _type: str, _country: str | None) -> bool:
    if not text.startswith("POB ") or not 4 < len(text) <= MAX_TEXT:
        return False
    draft.place("remarks", text[4:].strip(), PlaceRole.BIRTH)
    return True


def _nation(text: str, draft: Draft, _type: str, _country: str | None) -> bool:
    found = _NATION.fullmatch(text)
    if found is None or country_code(found["country"]) is None:
        return False
    draft.nationality("remarks", found["country"])
    return True


def _gender(text: str, draft: Draft, _type: str, _country: str | None) -> bool:
    found = _GENDER.fullmatch(text)
    if found is not None:
        draft.gender("remarks", found["sex"])
    return found is not None


def _aka(text: str, draft: Draft, _type: str, _country: str | None) -> bool:
    found = _AKA.fullmatch(text)
    if found is None or len(found["name"]) > MAX_TEXT:
        return False
    draft.name("remarks", found["name"], NameRole.ALIAS)
    return True


def _paper(text: str, draft: Draft, _type: str, _country: str | None) -> bool:
    found = _PAPER.fullmatch(text)
    if found is None or len(text) > MAX_TEXT:
        return False
    country = country_code(found["country"]) if found["country"] else None
    draft.document("remarks", found["kind"].strip(), found["number"].strip(), country)
    return True


def _craft(text: str, draft: Draft, type_: str, _country: str | None) -> bool:
    found = _CRAFT.fullmatch(text)
    if found is None or len(text) > MAX_TEXT:
        return False
    draft.vehicle("remarks", type_, _MARKS[found["mark"]], found["number"])
    return True


def _account(text: str, draft: Draft, _type: str, _country: str | None) -> bool:
    found = _ACCOUNT.fullmatch(text)
    if found is None or len(text) > MAX_TEXT:
        return False
    kind = "bic" if found["bic"] else f"wallet-{found['currency'].lower()}"
    draft.account("remarks", kind, found["number"])
    return True


def _reach(text: str, draft: Draft, _type: str, country: str | None) -> bool:
    if found := _EMAIL.fullmatch(text):
        draft.email("remarks", found["address"])
        return len(text) <= MAX_TEXT
    found = _PHONE.fullmatch(text)
    if found is None:
        return False
    digits = "+" + re.sub(r"\D", "", found["number"])
    try:
        number = e164(digits, country)
    except ValueError:
        return False
    draft.phone("remarks", number, country)
    return True


def _linked(text: str, draft: Draft, _type: str, _country: str | None) -> bool:
    found = _LINKED.fullmatch(text)
    if found is None or len(found["name"]) > MAX_TEXT:
        return False
    draft.organisation("remarks", found["name"])
    return True


_Rule = Callable[[str, Draft, str, str | None], bool]
_RULES: tuple[_Rule, ...] = (
    _birth,
    _place,
    _nation,
    _gender,
    _aka,
    _linked,
    _craft,
    _account,
    _reach,
    _paper,
)
"""Tried in order; the first that understands the part takes it."""
