"""A Subject: one person or thing as the register holds it, with the marks that follow it everywhere.

Rules:
- every Subject can be told apart by at least one name, document, phone, vehicle or account;
- owner, regime, purposes, category and retention are mandatory; a silent evaluation counts as X4;
- what the source does not state as a fact is an assessment;
- "unknown" is no category of data subject (Directive (EU) 2016/680 Art. 6).

Source: Regulation (EU) 2016/794 Annex II.B (ceiling of fields) and Art. 29 (evaluation); Directive (EU) 2016/680
Art. 4 to 7; `docs/import.md` for how files map to it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from comity.core.codes.checks import Check
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import (
    DEFAULT_EVALUATION,
    SILENT_COMPLETENESS,
    Completeness,
    DataCategory,
    Handling,
    InformationEvaluation,
    SourceEvaluation,
    SubjectCategory,
    Taint,
)
from comity.core.codes.sex import Sex
from comity.core.register.birth import BirthDate
from comity.core.register.script import Script, script_of

MAX_TEXT = 400
MAX_REMARK = 4000
MAX_PARTS = 200
"""Greatest number of names, documents, and so on, of one Subject."""

UID = re.compile(r"^[0-9a-f]{32}$")
"""A subject's identifier in its own register: 16 random bytes in hex, without meaning."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT)]
Remark = Annotated[str, StringConstraints(min_length=1, max_length=MAX_REMARK)]


class Frozen(BaseModel):
    """Shared configuration of the documents of the register."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SubjectKind(StrEnum):
    """What the register can hold."""

    PERSON = "person"
    ORGANISATION = "organisation"
    DOCUMENT = "document"
    PHONE = "phone"
    VEHICLE = "vehicle"
    ACCOUNT = "account"


class NameRole(StrEnum):
    """Which name it is; father's and mother's names are decisive for Moroccan identities."""

    GIVEN = "given"
    FAMILY = "family"
    FULL = "full"
    ALIAS = "alias"
    FATHER = "father"
    MOTHER = "mother"


OWN_ROLES = frozenset({NameRole.GIVEN, NameRole.FAMILY, NameRole.FULL, NameRole.ALIAS})
"""Names of the subject itself; the others are its parents'."""


class Name(Frozen):
    """One name as written in the source, its script and its role.

    `split` marks a given or family name that was read from a full name by the software: the source does not say it,
    and the full name stands beside it.
    """

    text: Text
    script: Script
    role: NameRole
    split: bool = False


class PlaceRole(StrEnum):
    """What the subject has to do with a place."""

    BIRTH = "birth"
    ADDRESS = "address"
    FLAG = "flag"


class Place(Frozen):
    """A place as written, with its country (ISO 3166 alpha-2) where it is known."""

    text: Text
    script: Script
    role: PlaceRole
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")


class Paper(Frozen):
    """An identity document or a registration: kind, number, issuing country where known."""

    kind: Text
    number: Text
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")


class Vehicle(Frozen):
    """A car, vessel or aircraft: by plate, VIN, IMO number, MMSI, tail or serial number."""

    kind: Text
    mark: Text
    number: Text


class Account(Frozen):
    """A bank account, wallet or other means of payment."""

    kind: Text
    number: Text


class SubjectState(StrEnum):
    """Life of a subject; only an active one can be found."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    QUARANTINED = "quarantined"
    ERASED = "erased"


class Marks(Frozen):
    """What follows the subject, every copy of it and everything derived from it.

    Args:
        facts: categories of data that the source states as facts; all others are assessments (LED Art. 7(1)).
        as_of: day of which the source says that it was so; None: it does not say. completeness: whether it is all that the
            source knows (LED Art. 7(2)).
        check: that is asked of whoever finds the person (Regulation (EU) 2018/1862 Art. 36).
    """

    owner: ServiceId
    regime: Regime
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    category: SubjectCategory
    erase_at: date
    handling: Handling = Handling.H0
    source_evaluation: SourceEvaluation = DEFAULT_EVALUATION[0]
    information_evaluation: InformationEvaluation = DEFAULT_EVALUATION[1]
    facts: tuple[DataCategory, ...] = ()
    as_of: date | None = None
    completeness: Completeness = SILENT_COMPLETENESS
    check: Check | None = None
    taints: tuple[Taint, ...] = ()
    state: SubjectState = SubjectState.ACTIVE


class Subject(Frozen):
    """One person or thing as the register holds it.

    `nationalities` are ISO 3166 alpha-2 codes where the country was recognised, the text of the source otherwise;
    `phones` are E.164; `other_births` are further birth dates that the source gives for the same person.
    """

    kind: SubjectKind
    names: Annotated[tuple[Name, ...], Field(max_length=MAX_PARTS)] = ()
    birth: BirthDate | None = None
    other_births: Annotated[tuple[BirthDate, ...], Field(max_length=MAX_PARTS)] = ()
    sex: Sex | None = None
    nationalities: Annotated[tuple[Text, ...], Field(max_length=MAX_PARTS)] = ()
    places: Annotated[tuple[Place, ...], Field(max_length=MAX_PARTS)] = ()
    documents: Annotated[tuple[Paper, ...], Field(max_length=MAX_PARTS)] = ()
    phones: Annotated[tuple[Text, ...], Field(max_length=MAX_PARTS)] = ()
    emails: Annotated[tuple[Text, ...], Field(max_length=MAX_PARTS)] = ()
    vehicles: Annotated[tuple[Vehicle, ...], Field(max_length=MAX_PARTS)] = ()
    accounts: Annotated[tuple[Account, ...], Field(max_length=MAX_PARTS)] = ()
    organisations: Annotated[tuple[Text, ...], Field(max_length=MAX_PARTS)] = ()
    remarks: Annotated[tuple[Remark, ...], Field(max_length=MAX_PARTS)] = ()
    marks: Marks

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if not any((self.own_names, self.documents, self.phones, self.emails, self.vehicles, self.accounts)):
            raise ValueError("nothing tells this subject apart")
        return self

    @property
    def own_names(self) -> tuple[Name, ...]:
        """Names of the subject itself, as the source gives them."""
        return tuple(name for name in self.names if name.role in OWN_ROLES and not name.split)

    @property
    def given_names(self) -> tuple[Name, ...]:
        """Given names, those read from a full name among them."""
        return tuple(name for name in self.names if name.role is NameRole.GIVEN)

    @property
    def parents(self) -> tuple[Name, ...]:
        """Names of its father and mother."""
        return tuple(name for name in self.names if name.role not in OWN_ROLES)

    @property
    def births(self) -> tuple[BirthDate, ...]:
        """Every birth date that the source gives."""
        return (*((self.birth,) if self.birth else ()), *self.other_births)

    def full_names(self) -> Iterator[str]:
        """Yield each whole name: given and family name of one script joined, then full names and aliases."""
        for script in dict.fromkeys(name.script for name in self.names):
            parts = [
                name.text
                for role in (NameRole.GIVEN, NameRole.FAMILY)
                for name in self.own_names
                if name.role is role and name.script is script
            ]
            if parts:
                yield " ".join(parts)
        yield from (name.text for name in self.names if name.role in (NameRole.FULL, NameRole.ALIAS))

    def to_octets(self, *, without: Collection[str] = ()) -> bytes:
        """Return this subject as JSON, always in the same order: for one's own storage and digests, not for the wire.

        Args:
            without: marks to leave out, some of which `open_subject` needs.
        """
        left_out = {"marks": set(without)} if without else None
        return self.model_dump_json(exclude_defaults=True, exclude=left_out).encode()


def open_subject(octets: bytes) -> Subject:
    """Return the subject that `to_octets` wrote.

    Raises:
        ValueError: the bytes are no subject; as they come from one's own sealed storage, that is a bug.
    """
    return Subject.model_validate_json(octets)


def written(text: str, role: NameRole) -> Name:
    """Return a name with its script detected."""
    return Name(text=text, script=script_of(text), role=role)


def located(text: str, role: PlaceRole, country: str | None = None) -> Place:
    """Return a place with its script detected."""
    return Place(text=text, script=script_of(text), role=role, country=country)
