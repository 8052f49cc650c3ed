"""The action plan that two services sign: objectives, measures, and the counters by which each is followed.

Implements docs/protocol/plan.md §1. A plan is an annex to an agreement: it names it by its hash and permits nothing
of its own. Its canonical bytes are what is signed, stored and sent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from comity.core import canonical
from comity.core.agreement.model import AgreementCode, ClauseId, Digest, Party, Title
from comity.core.agreement.written import Day, Frozen, Moment, ordered
from comity.core.cases.messages import WIRE_GROUNDS
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import RefusalGround
from comity.errors import PeerError

FORMAT = "comity-plan/1"
MAX_BYTES = 262_144
MAX_MEASURES = 200

Number = Annotated[int, Field(ge=0, le=10**9)]


class CounterKind(StrEnum):
    """What is counted; every one follows from receipts that both nodes hold (docs/protocol/plan.md §3)."""

    REQUESTS = "requests"
    HITS = "hits"
    ANSWERED = "answered"
    LATE = "late"
    OVERDUE = "overdue"
    REFUSED = "refused"
    RECALLED = "recalled"
    MEDIAN_HOURS = "median-hours"
    IDENTIFIED = "identified-in-45-days"


class Binding(Frozen):
    """One counter of a measure.

    Args:
        asked_by: whose requests count; None: both parties'.
        purpose: of the requests that count; None: all.
        ground: of the refusals that count, as it stands on the wire; None: all.
        least, most: what the parties aim at; None: nothing.
    """

    kind: CounterKind
    asked_by: Party | None = None
    purpose: Purpose | None = None
    ground: RefusalGround | None = None
    least: Number | None = None
    most: Number | None = None

    @model_validator(mode="after")
    def _check(self) -> Binding:
        if self.ground is not None and (
            self.kind is not CounterKind.REFUSED or self.ground not in WIRE_GROUNDS
        ):
            raise ValueError("a ground is that of a refusal, as it stands on the wire")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least is more than most")
        return self


class Measure(Frozen):
    """What one party does by a day.

    Args:
        id: readable, unique in the plan; a measure that is carried over keeps it.
        owner: who answers for it.
        carried: whether it stood, open, in the plan before.
    """

    id: ClauseId
    title: Title
    owner: Party
    due: Day
    counters: Annotated[tuple[Binding, ...], Field(min_length=1, max_length=8)]
    carried: bool = False


class Objective(Frozen):
    """What the measures under it are to reach."""

    id: ClauseId
    title: Title
    measures: Annotated[tuple[Measure, ...], Field(min_length=1, max_length=MAX_MEASURES)]


class ActionPlan(Frozen):
    """Everything that two services have undertaken for a period, known by the SHA-256 of its canonical bytes.

    Args:
        agreement: hash of the agreement whose exchanges are counted.
        valid_from, valid_before: the period that is counted.
        predecessor: hash of the plan that this one succeeds.
        given_up: measures of the predecessor that are still open and are not carried over.
        illustrative: written from public reports, not the signed text.
    """

    format: Literal["comity-plan/1"]
    code: AgreementCode
    agreement: Digest
    regime: Regime
    parties: Annotated[tuple[Party, ...], Field(min_length=2, max_length=2), AfterValidator(ordered)]
    title: Title
    illustrative: bool
    valid_from: Moment
    valid_before: Moment
    predecessor: Digest | None
    objectives: Annotated[tuple[Objective, ...], Field(min_length=1, max_length=50)]
    given_up: Annotated[tuple[ClauseId, ...], Field(max_length=MAX_MEASURES), AfterValidator(ordered)] = ()

    @model_validator(mode="after")
    def _check(self) -> ActionPlan:
        if self.valid_before <= self.valid_from:
            raise ValueError("validity ends before it begins")
        measures = [measure for objective in self.objectives for measure in objective.measures]
        names = [measure.id for measure in measures] + [objective.id for objective in self.objectives]
        if len(names) != len(set(names)) or len(measures) > MAX_MEASURES:
            raise ValueError("identifiers are unique")
        askers = {binding.asked_by for measure in measures for binding in measure.counters} - {None}
        if not {measure.owner for measure in measures} | askers <= set(self.parties):
            raise ValueError("an owner is a party")
        if set(self.given_up) & set(names) or (self.predecessor is None and self.given_up):
            raise ValueError("what is given up stood in the plan before and stands in none now")
        return self

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All measures, in order."""
        return tuple(measure for objective in self.objectives for measure in objective.measures)

    def other(self, service: str) -> ServiceId | None:
        """Return the other party, or None when the service is not a party."""
        if service not in self.parties:
            return None
        return ServiceId(self.parties[1] if service == self.parties[0] else self.parties[0])


def write_plan(plan: ActionPlan) -> bytes:
    """Return the canonical bytes (RFC 8785) that both services sign."""
    return canonical.encode(plan.model_dump(mode="json"))


def plan_hash(octets: bytes) -> str:
    """Return the name of a plan: the SHA-256 of its canonical bytes, in hex."""
    return canonical.digest(octets)


def open_plan(octets: bytes) -> ActionPlan:
    """Return the plan of canonical bytes, hostile or stored.

    Raises:
        PeerError: ``json.*``, ``plan.malformed``.
    """
    document = canonical.decode(octets, limit=MAX_BYTES)
    try:
        plan = ActionPlan.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))[:80]
        raise PeerError("plan.malformed", field=field or "document") from None
    if write_plan(plan) != octets:
        raise PeerError("plan.malformed", field="encoding")
    return plan
