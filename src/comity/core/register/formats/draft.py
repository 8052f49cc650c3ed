"""A subject being read: values collected under their column names, faults beside them, closed into a reading.

Readers put what they find into a draft; a value that cannot be read becomes a fault of its column, and a draft with a
fault closes into a refusal, so that no row is stored half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from pydantic import ValidationError

from comity.core.codes.checks import Check
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import (
    Completeness,
    DataCategory,
    Handling,
    InformationEvaluation,
    SourceEvaluation,
    SubjectCategory,
    Taint,
)
from comity.core.codes.sex import Sex, read_sex
from comity.core.names.parts import read_parts
from comity.core.register.birth import BirthDate, read_birth
from comity.core.register.contradictions import contradictions
from comity.core.register.countries import country_code
from comity.core.register.formats.reading import Defaults, Fault, Reading, Reason, Record, Refusal, Warned
from comity.core.register.numbers import ReadNumber, read_number
from comity.core.register.phone import e164
from comity.core.register.script import Script
from comity.core.register.subject import (
    MAX_PARTS,
    MAX_REMARK,
    MAX_TEXT,
    Account,
    Marks,
    Name,
    NameRole,
    Paper,
    Place,
    PlaceRole,
    Subject,
    SubjectKind,
    SubjectState,
    Vehicle,
    located,
    written,
)


@dataclass
class Draft:
    """What one row has given so far."""

    kind: SubjectKind = SubjectKind.PERSON
    names: list[Name] = field(default_factory=list)
    births: list[BirthDate] = field(default_factory=list)
    sex: Sex | None = None
    nationalities: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    documents: list[Paper] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    vehicles: list[Vehicle] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    numbers: list[tuple[str, ReadNumber]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, column: str, reason: Reason) -> None:
        """Note what is wrong with a column."""
        self.faults.append(Fault(column, reason))

    def fits(self, column: str, text: str, limit: int = MAX_TEXT) -> bool:
        """Tell whether a text may stand in a subject, and note a fault if it is too long."""
        if len(text) > limit:
            self.fault(column, Reason.TOO_LONG)
        return 0 < len(text) <= limit

    def name(self, column: str, text: str, role: NameRole) -> None:
        """Add a name unless it stands there already."""
        if self.fits(column, text) and (name := written(text, role)) not in self.names:
            self.names.append(name)

    def birth(self, column: str, text: str) -> None:
        """Add a birth date."""
        try:
            found = read_birth(text)
        except ValueError:
            self.fault(column, Reason.DATE)
            return
        if found not in self.births:
            self.births.append(found)

    def place(self, column: str, text: str, role: PlaceRole, country: str | None = None) -> None:
        """Add a place, with its country when the text ends in one."""
        if self.fits(column, text):
            code = country or country_code(text.rpartition(",")[2])
            if (place := located(text, role, code)) not in self.places:
                self.places.append(place)

    def nationality(self, column: str, text: str) -> None:
        """Add a nationality, as a code where the country is recognised."""
        value = country_code(text) or text
        if self.fits(column, value) and value not in self.nationalities:
            self.nationalities.append(value)

    def document(self, column: str, kind: str, number: str, country: str | None = None) -> None:
        """Add a document."""
        if self.fits(column, number) and self.fits(column, kind):
            paper = Paper(kind=kind, number=number, country=country)
            if paper not in self.documents:
                self.documents.append(paper)
                self.numbers.append((column, read_number(kind, number, country)))

    def phone(self, column: str, text: str, country: str | None) -> None:
        """Add a phone number."""
        try:
            number = e164(text, country)
        except ValueError:
            self.fault(column, Reason.PHONE)
            return
        if number not in self.phones:
            self.phones.append(number)

    def email(self, column: str, text: str) -> None:
        """Add an e-mail address, in small letters."""
        value = text.lower()
        if self.fits(column, value) and value not in self.emails:
            self.emails.append(value)

    def vehicle(self, column: str, kind: str, mark: str, number: str) -> None:
        """Add a vehicle by one of its marks."""
        if self.fits(column, number):
            vehicle = Vehicle(kind=kind, mark=mark, number=number)
            if vehicle not in self.vehicles:
                self.vehicles.append(vehicle)

    def account(self, column: str, kind: str, number: str) -> None:
        """Add an account."""
        if self.fits(column, number):
            account = Account(kind=kind, number=number)
            if account not in self.accounts:
                self.accounts.append(account)
                self.numbers.append((column, read_number(kind, number)))

    def gender(self, column: str, text: str) -> None:
        """Set the sex."""
        found = read_sex(text)
        if found is None:
            self.fault(column, Reason.CODE)
        self.sex = found

    def remark(self, column: str, text: str) -> None:
        """Add a remark."""
        if self.fits(column, text, MAX_REMARK) and text not in self.remarks:
            self.remarks.append(text)

    def organisation(self, column: str, text: str) -> None:
        """Add an organisation that the subject belongs to or works for."""
        if self.fits(column, text) and text not in self.organisations:
            self.organisations.append(text)

    def or_remark(self, column: str, text: str, add: Callable[[str, str], None]) -> None:
        """Add a value; keep it as a remark when it has no such form, so that a loose source loses nothing."""
        before = len(self.faults)
        add(column, text)
        if len(self.faults) > before:
            del self.faults[before:]
            for start in range(0, len(text), MAX_REMARK):
                self.remark(column, text[start : start + MAX_REMARK])

    def close(self, line: int, key: str, type_: str, marks: Marks, rows: int = 1) -> Reading:
        """Return the record, or the refusal when there is a fault."""
        self._split()
        self._bound()
        if self.faults:
            return Refusal(line, tuple(self.faults))
        births = self.births if self.kind is SubjectKind.PERSON else []
        try:
            subject = Subject(
                kind=self.kind,
                names=tuple(self.names),
                birth=births[0] if births else None,
                other_births=tuple(births[1:]),
                sex=self.sex,
                nationalities=tuple(self.nationalities),
                places=tuple(self.places),
                documents=tuple(self.documents),
                phones=tuple(self.phones),
                emails=tuple(self.emails),
                vehicles=tuple(self.vehicles),
                accounts=tuple(self.accounts),
                organisations=tuple(self.organisations),
                remarks=tuple(self.remarks),
                marks=marks,
            )
        except ValidationError as error:
            return Refusal(line, (_explained(error),))
        return Record(line, key, type_, subject, rows, tuple(self._warned(subject)))

    def _warned(self, subject: Subject) -> Iterator[Warned]:
        """Yield what the numbers of a subject say against it; each caution once for a column."""
        found = (
            Warned(column, caution)
            for column, number in self.numbers
            for caution in contradictions(number, subject.births, subject.sex)
        )
        yield from dict.fromkeys(found)

    def _split(self) -> None:
        """Add given and family name of a person of whom a script has a full name only, where the split is sure."""
        told = {name.script for name in self.names if name.role in (NameRole.GIVEN, NameRole.FAMILY)}
        if self.kind is not SubjectKind.PERSON or len(self.names) > MAX_PARTS - 2 * len(Script):
            return
        for name in [one for one in self.names if one.role is NameRole.FULL]:
            found = read_parts(name.text).split() if name.script not in told else None
            if found is not None:
                told.add(name.script)
                for text, role in ((found.given, NameRole.GIVEN), (found.family, NameRole.FAMILY)):
                    self.names.append(Name(text=text, script=name.script, role=role, split=True))

    def _bound(self) -> None:
        for column in ("names", "births", "nationalities", "places", "documents", "phones", "emails"):
            self._bound_one(column)
        for column in ("vehicles", "accounts", "organisations", "remarks"):
            self._bound_one(column)

    def _bound_one(self, column: str) -> None:
        if len(getattr(self, column)) > MAX_PARTS:
            self.fault(column, Reason.TOO_MANY)


@dataclass
class DraftMarks:
    """Marks of one row: those of the import, replaced by what the row says itself."""

    defaults: Defaults
    purposes: list[Purpose] = field(default_factory=list)
    category: SubjectCategory | None = None
    handling: Handling | None = None
    evaluation: tuple[SourceEvaluation, InformationEvaluation] | None = None
    facts: list[DataCategory] | None = None
    as_of: date | None = None
    completeness: Completeness | None = None
    check: Check | None = None
    taints: list[Taint] = field(default_factory=list)
    state: SubjectState | None = None
    erase_at: date | None = None

    def close(self) -> Marks:
        """Return the marks; taints of the import and of the row add up, the stricter state wins.

        What a row says of its facts stands alone: a row that calls only its names a fact calls nothing else one.
        """
        base = self.defaults.marks
        own = (
            self.purposes,
            self.category,
            self.handling,
            self.evaluation,
            self.facts is not None,
            self.as_of,
            self.completeness,
            self.check,
            self.taints,
            self.state,
            self.erase_at,
        )
        if not any(own):
            return base
        source, information = self.evaluation or (base.source_evaluation, base.information_evaluation)
        return Marks(
            owner=base.owner,
            regime=base.regime,
            purposes=tuple(dict.fromkeys(self.purposes)) or base.purposes,
            category=self.category or base.category,
            erase_at=self.erase_at or base.erase_at,
            handling=self.handling or base.handling,
            source_evaluation=source,
            information_evaluation=information,
            facts=base.facts if self.facts is None else tuple(sorted(set(self.facts))),
            as_of=self.as_of or base.as_of,
            completeness=self.completeness or base.completeness,
            check=self.check or base.check,
            taints=tuple(sorted({*base.taints, *self.taints})),
            state=base.state if base.state is not SubjectState.ACTIVE else self.state or base.state,
        )


def _explained(error: ValidationError) -> Fault:
    """Return the column of the first violation; its value stays out."""
    first = error.errors(include_input=False, include_url=False)[0]
    column = str(first["loc"][0]) if first["loc"] else "id"
    return Fault(column, Reason.INVALID if first["loc"] else Reason.NAMELESS)
