"""What an import is asked to do, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from comity.core import canonical
from comity.core.codes.exchange import PURPOSE_GROUPS, Purpose, PurposeGroup, Regime
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
from comity.core.faults import named
from comity.core.register.formats.csv_ import read_csv
from comity.core.register.formats.ftm import read_ftm
from comity.core.register.formats.ofac import read_ofac
from comity.core.register.formats.reading import Defaults, Readings
from comity.core.register.formats.un import read_un
from comity.errors import Refused
from comity.services.context import Node

DEFAULT_RETENTION_DAYS = 3 * 365
"""Review or erasure after three years (Regulation (EU) 2016/794 Art. 31)."""

Chunks = Callable[[], Iterable[bytes]]
"""Opens a file and yields its bytes; called once for each import."""


class Format(StrEnum):
    """File formats that can be imported."""

    CSV = "csv"
    FTM = "ftm"
    OFAC = "ofac"
    UN = "un"


class ImportState(StrEnum):
    """Life of an import; done, failed and abandoned are its end, interrupted is one that waits to be resumed."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class ImportOrder:
    """What to import and under which marks.

    Args:
        source: name of the register or list; rows are recognised again by source and their own identifier.
        facts: categories of data that the source states as facts, for rows that say nothing themselves.
        as_of: day of which the file speaks, for rows that do not say. completeness: likewise.
        retention_days: days until erasure for rows that say nothing themselves.
        ignore_unknown: pass over undocumented columns of a CSV file.
    """

    format: Format
    source: str
    regime: Regime
    purposes: tuple[Purpose, ...]
    category: SubjectCategory
    handling: Handling = Handling.H0
    source_evaluation: SourceEvaluation = DEFAULT_EVALUATION[0]
    information_evaluation: InformationEvaluation = DEFAULT_EVALUATION[1]
    facts: tuple[DataCategory, ...] = ()
    as_of: date | None = None
    completeness: Completeness = SILENT_COMPLETENESS
    taints: tuple[Taint, ...] = ()
    retention_days: int = DEFAULT_RETENTION_DAYS
    ignore_unknown: bool = False

    def check(self, node: Node) -> None:
        """Refuse what this node may not hold.

        Raises:
            Refused: ``register.regime``, ``register.purpose`` (none, or one of another regime),
                ``register.as-of`` (a day to come).
        """
        if self.regime not in node.config.regimes:
            raise Refused("register.regime", regime=self.regime.value, allowed=named(node.config.regimes))
        returning = self.regime is Regime.RETURN_IDENTIFICATION
        fitting = [each for each in Purpose if (PURPOSE_GROUPS[each] is PurposeGroup.RETURN) == returning]
        if self.as_of is not None and self.as_of > node.clock().date():
            raise Refused("register.as-of")
        if not self.purposes or not set(self.purposes) <= set(fitting):
            raise Refused("register.purpose", regime=self.regime.value, allowed=named(fitting))

    def defaults(self, node: Node) -> Defaults:
        """Return the marks of rows that carry none of their own."""
        return Defaults(
            service=node.service,
            regime=self.regime,
            purposes=self.purposes,
            category=self.category,
            today=node.clock().date(),
            handling=self.handling,
            source_evaluation=self.source_evaluation,
            information_evaluation=self.information_evaluation,
            facts=self.facts,
            as_of=self.as_of,
            completeness=self.completeness,
            taints=self.taints,
            erase_after=timedelta(days=self.retention_days),
            country=node.config.country,
        )


@dataclass(frozen=True)
class ImportFiles:
    """The file, those beside it, and the SHA-256 over all of them (64 hex digits)."""

    digest: str
    main: Chunks
    alt: Chunks = tuple
    add: Chunks = tuple
    comments: Chunks = tuple

    def read(self, order: ImportOrder, defaults: Defaults) -> Readings:
        """Return the readings of the files in their format."""
        match order.format:
            case Format.CSV:
                return read_csv(self.main(), defaults, ignore_unknown=order.ignore_unknown)
            case Format.FTM:
                return read_ftm(self.main(), defaults)
            case Format.UN:
                return read_un(self.main(), defaults)
            case Format.OFAC:
                beside = {"alt": self.alt(), "add": self.add(), "comments": self.comments()}
                return read_ofac(self.main(), defaults, **beside)


def identity(order: ImportOrder, files: ImportFiles) -> str:
    """Return the digest of an order and its files: the same again is the same import, and can be resumed."""
    asked = {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(order).items()
    }
    asked["as_of"] = None if order.as_of is None else order.as_of.isoformat()
    return canonical.digest(canonical.encode({"order": asked, "files": files.digest}))


@dataclass
class Counts:
    """Rows by what became of them: rows = new + changed + unchanged + joined + refused."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    joined: int = 0
    refused: int = 0

    @property
    def stored(self) -> int:
        """Subjects that stand in the register."""
        return self.new + self.changed + self.unchanged


@dataclass(frozen=True)
class ImportReport:
    """How far an import came: `types` counts stored rows by the source's own type, `cautions` what speaks against some."""

    uid: str
    source: str
    format: str
    state: ImportState
    counts: Counts
    types: dict[str, int]
    faults: int
    cautions: int = 0
    absent: int = 0
    failure: str = ""
    started_on: date | None = None
    resumed: bool = field(default=False)
