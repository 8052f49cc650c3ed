"""What every reader yields, row by row: a record to store, a row that joined a record, or a refusal with its reason.

Rows in = stored + joined + refused, whatever the file holds. A refusal names the line, the column and a reason from a
closed list, and never repeats a value of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

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
from comity.core.register.subject import Marks, Subject, SubjectState


class Reason(StrEnum):
    """Why a row was refused; explained in `docs/import.md`."""

    ENCODING = "not-utf8"
    BINARY = "binary"
    TOO_LONG = "too-long"
    TOO_MANY = "too-many-values"
    QUOTE = "quote-not-closed"
    TOO_FEW_CELLS = "too-few-cells"
    TOO_MANY_CELLS = "too-many-cells"
    MISSING = "missing"
    DATE = "no-date"
    PHONE = "no-phone"
    COUNTRY = "no-country"
    CODE = "unknown-code"
    JSON = "no-json"
    SCHEMA = "schema-not-held"
    NAMELESS = "nothing-tells-it-apart"
    NO_PARENT = "no-such-entry"
    REPEATED = "repeated-id"
    ERASED = "erased-here"
    INVALID = "invalid"


class Caution(StrEnum):
    """What speaks against a row that is stored all the same, unchanged; explained in `docs/import.md`."""

    NUMBER_DAMAGED = "number-damaged"
    NUMBER_BIRTH = "number-other-birth"
    NUMBER_SEX = "number-other-sex"


CAUTIONS = frozenset(caution.value for caution in Caution)


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing that speaks against a row: its column by the column's own name, and what."""

    column: str
    caution: Caution


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a row: its column by the column's own name, and the reason."""

    column: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Record:
    """A subject read from the file: where it starts, what the source calls it, how many rows made it, and cautions."""

    line: int
    key: str
    type: str
    subject: Subject
    rows: int = 1
    warned: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not stored: file part (``""`` for the main file), line and faults."""

    line: int
    faults: tuple[Fault, ...]
    part: str = ""


Reading = Record | Refusal
Readings = Iterator[Reading]


@dataclass(frozen=True)
class Defaults:
    """Marks of every row that carries none of its own, and how national values are read.

    Args:
        service: owner of the rows.
        facts: categories of data that the source states as facts; of the others it is silent.
        as_of: day of which the source speaks, of the file as a whole. completeness: whether it is all that it knows.
        erase_after: retention from the day of the import.
        country: ISO 3166 alpha-2 in which national phone numbers are read.
    """

    service: ServiceId
    regime: Regime
    purposes: tuple[Purpose, ...]
    category: SubjectCategory
    today: date
    handling: Handling = Handling.H0
    source_evaluation: SourceEvaluation = DEFAULT_EVALUATION[0]
    information_evaluation: InformationEvaluation = DEFAULT_EVALUATION[1]
    facts: tuple[DataCategory, ...] = ()
    as_of: date | None = None
    completeness: Completeness = SILENT_COMPLETENESS
    taints: tuple[Taint, ...] = ()
    state: SubjectState = SubjectState.ACTIVE
    erase_after: timedelta = field(default=timedelta(days=3 * 365))
    country: str | None = None

    @cached_property
    def marks(self) -> Marks:
        """Marks of a row that carries none of its own."""
        return Marks(
            owner=self.service,
            regime=self.regime,
            purposes=self.purposes,
            category=self.category,
            erase_at=self.today + self.erase_after,
            handling=self.handling,
            source_evaluation=self.source_evaluation,
            information_evaluation=self.information_evaluation,
            facts=self.facts,
            as_of=self.as_of,
            completeness=self.completeness,
            taints=self.taints,
            state=self.state,
        )
