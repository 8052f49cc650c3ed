"""What an agreement says of each party as one that transfers and one that receives.

Implements docs/protocol/transfer.md §1. Source: Directive (EU) 2016/680 Art. 35-38, recitals 68, 71, 72; Moroccan law
09-08 Art. 43, 44; Convention 108+ Art. 14. All of it stands in the bytes that both sign; what has changed since is a
`StatusChange`, which a node notes for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from comity.core.agreement.written import Day, Frozen, Span, ordered
from comity.core.codes.checks import Check
from comity.core.codes.exchange import Purpose
from comity.core.codes.transfer import (
    BALANCED,
    DEROGATIONS,
    LAW_OF,
    Assurance,
    Law,
    TransferGround,
    Treaty,
    TreatyStanding,
)
from comity.core.instant import Instant
from comity.core.texts import PlainLine

Said = Annotated[PlainLine, Field(min_length=1, max_length=500, pattern=r"\w")]
"""A name or reference: something is said, not only blanks and dashes."""
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class _Dated(Frozen):
    """Something that holds from its first to its last day, both counted, in UTC; open-ended without a last one."""

    since: Day
    until: Day | None = None

    @model_validator(mode="after")
    def _check_days(self) -> _Dated:
        if self.until is not None and self.until < self.since:
            raise ValueError("ends before it begins")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


class GivenAssurance(_Dated):
    """An assurance that a party has given: in which document, from when, until when."""

    assurance: Assurance
    reference: Said


class TreatyStatus(_Dated):
    """How a party's State stands to a treaty."""

    treaty: Treaty
    status: TreatyStanding


class Cap(Frozen):
    """Greatest number of transfers under a derogation within a time that ends with each of them."""

    transfers: Annotated[int, Field(ge=1, le=10_000)]
    within: Span


class StatedGround(_Dated):
    """One ground on which a party transfers.

    Args:
        reference: the decision, instrument or assessment.
        filing: reference at the supervisory authority; law 09-08 asks for that of the CNDP.
        rests_on: treaties to which the recipient's State must be party for the ground to hold, sorted.
        cap: of a derogation, and only of one. balance: why the public interest prevails (LED Art. 38(2)).
    """

    ground: TransferGround
    reference: Said
    filing: Said | None = None
    rests_on: Annotated[tuple[Treaty, ...], AfterValidator(ordered)] = ()
    cap: Cap | None = None
    balance: Said | None = None

    @model_validator(mode="after")
    def _check(self) -> StatedGround:
        if (self.cap is not None) != (self.ground in DEROGATIONS):
            raise ValueError("a derogation, and only one, has a cap")
        if self.ground in BALANCED and self.balance is None:
            raise ValueError("this ground needs its balance")
        if LAW_OF[self.ground] is Law.LAW_09_08 and self.filing is None:
            raise ValueError("a ground of law 09-08 needs its filing")
        return self


class TransferProfile(Frozen):
    """One party, as one that transfers and one that receives.

    Args:
        authority: its name. competence: text of law that makes it competent. competent_for: for which purposes.
        supervisor: authority to which it reports its transfers (LED Art. 37(2)).
        grounds: on which it transfers, in the order in which they are tried; at most one derogation.
        assurances: that it gives as a recipient. treaties: status of its State.
        checks: that its law knows when it finds somebody for whom a partner asks one; without it, discreet ones.
    """

    authority: Said
    competence: Said
    competent_for: Annotated[tuple[Purpose, ...], AfterValidator(ordered)]
    supervisor: Said
    grounds: Annotated[tuple[StatedGround, ...], Field(max_length=8)] = ()
    assurances: Annotated[tuple[GivenAssurance, ...], Field(max_length=16)] = ()
    treaties: Annotated[tuple[TreatyStatus, ...], Field(max_length=16)] = ()
    checks: Annotated[tuple[Check, ...], Field(min_length=1), AfterValidator(ordered)] | None = None

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        document: dict[str, Any] = write(self)
        # It came after the first agreements were signed: absent, they keep their bytes.
        if document.get("checks") is None:
            document.pop("checks", None)
        return document

    @model_validator(mode="after")
    def _check(self) -> TransferProfile:
        if len([each for each in self.grounds if each.ground in DEROGATIONS]) > 1:
            raise ValueError("at most one derogation")
        return self

    @property
    def derogation(self) -> StatedGround | None:
        """The derogation among the grounds."""
        return next((each for each in self.grounds if each.ground in DEROGATIONS), None)


class ChangeKind(StrEnum):
    """Whose status has changed."""

    ASSURANCE = "assurance"
    TREATY = "treaty"
    GROUND = "ground"


class ChangeEffect(StrEnum):
    """Whether it holds no more, or holds (again)."""

    ENDED = "ended"
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What a node has noted since the signatures: an assurance withdrawn, a treaty denounced, a ground repealed.

    An assurance or a ground that `holds` again holds within its signed dates; a State may join a treaty at any time.

    Args:
        country: of the party. name: value of the assurance, treaty or ground. at: from when.
    """

    country: str
    kind: ChangeKind
    name: str
    effect: ChangeEffect
    at: Instant


def latest(
    changes: Iterable[StatusChange], country: str, kind: ChangeKind, name: str, at: Instant
) -> ChangeEffect | None:
    """Return what the latest change by an instant says, or None when there is none; of two at once, that it ended."""
    found = [
        each
        for each in changes
        if (each.country, each.kind, each.name) == (country, kind, name) and each.at <= at
    ]
    if not found:
        return None
    last = max(each.at for each in found)
    ended = any(each.effect is ChangeEffect.ENDED for each in found if each.at == last)
    return ChangeEffect.ENDED if ended else ChangeEffect.HOLDS
