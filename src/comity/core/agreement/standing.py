"""How an agreement stands at an instant: draft, half-signed, in force, or why not.

Implements docs/protocol/agreement.md §4. Pure: the instant is given. Both nodes hold the same signatures, stops and
successors, so both find the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from comity.core.agreement.model import Agreement
from comity.core.agreement.profile import StatusChange
from comity.core.codes.exchange import ServiceId
from comity.core.instant import Instant


class State(StrEnum):
    """States of an agreement; only IN_FORCE permits anything new."""

    ALTERED = "altered"
    DRAFT = "draft"
    HALF_SIGNED = "half-signed"
    NOT_YET_VALID = "not-yet-valid"
    IN_FORCE = "in-force"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    SUPERSEDED = "superseded"


class StopKind(StrEnum):
    """The two unilateral acts that end or halt an agreement at once."""

    SUSPEND = "suspend"
    TERMINATE = "terminate"


@dataclass(frozen=True, slots=True)
class Stop:
    """A party stopped the agreement: who, how, from when; until when, once that party has resumed it."""

    kind: StopKind
    by: ServiceId
    at: Instant
    until: Instant | None = None

    def binds(self, at: Instant) -> bool:
        """Whether the stop holds at an instant."""
        return self.at <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Successor:
    """A successor in force from an instant."""

    hash: str
    in_force_from: Instant


@dataclass(frozen=True, slots=True)
class AgreementStanding:
    """An agreement with everything that decides how it stands.

    Args:
        hash: name of the agreement.
        signed_at: verified signatures: party -> signed time. An unverified signature is not here.
        intact: whether the stored bytes are still those of the hash and every stored signature verified.
        stops: suspensions and terminations, by either party.
        successors: signed agreements that name this one as predecessor.
        changes: status changes of the parties that this node has noted.
    """

    agreement: Agreement
    hash: str
    signed_at: Mapping[str, Instant]
    intact: bool = True
    stops: tuple[Stop, ...] = ()
    successors: tuple[Successor, ...] = field(default=())
    changes: tuple[StatusChange, ...] = field(default=())

    def in_force_from(self) -> Instant | None:
        """Return the first instant at which both signatures and the validity hold; None if never yet."""
        times = [self.signed_at.get(party) for party in self.agreement.parties]
        known = [moment for moment in times if moment is not None]
        if not self.intact or len(known) != len(times):
            return None
        return max(*known, self.agreement.valid_from)

    def state(self, at: Instant) -> State:
        """Return the state at an instant."""
        # 1. An altered agreement is none.
        if not self.intact:
            return State.ALTERED
        # 2. Signatures.
        signed = [p for p in self.agreement.parties if p in self.signed_at and self.signed_at[p] <= at]
        # 3. Stops bind from their instant, even before the second signature.
        stops = {stop.kind for stop in self.stops if stop.binds(at)}
        if StopKind.TERMINATE in stops:
            return State.TERMINATED
        if len(signed) < 2:
            return State.HALF_SIGNED if signed else State.DRAFT
        if StopKind.SUSPEND in stops:
            return State.SUSPENDED
        # 4. A successor in force takes over.
        if any(successor.in_force_from <= at for successor in self.successors):
            return State.SUPERSEDED
        # 5. Validity, half open.
        if at < self.agreement.valid_from:
            return State.NOT_YET_VALID
        if self.agreement.valid_before is not None and at >= self.agreement.valid_before:
            return State.EXPIRED
        return State.IN_FORCE

    def stopped_by(self, service: str, at: Instant) -> bool:
        """Whether a stop of this service itself holds; binds it by its own clock, not the sender's."""
        return any(stop.by == service and stop.binds(at) for stop in self.stops)


def successor_of(heir: AgreementStanding, own: Agreement) -> Successor | None:
    """Return the successor, if it is one: same parties and regime, and at some instant in force."""
    since = heir.in_force_from()
    if since is None or heir.agreement.parties != own.parties or heir.agreement.regime != own.regime:
        return None
    return Successor(heir.hash, since) if heir.state(since) is State.IN_FORCE else None
