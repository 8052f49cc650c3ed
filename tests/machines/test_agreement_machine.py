"""State machine of an agreement: signatures, stops, a successor and time, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.agreement.samples import BE, MA, in_force, shipped
from tests.machines.played import play

from comity.core.agreement.standing import AgreementStanding, State, Stop, StopKind, Successor
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.policy.decide import Permit, ProposedAct, decide

PARTIES = st.sampled_from([BE, MA])
FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
REQUEST = ProposedAct(
    act=Act.REQUEST, regime=Regime.POLICE, sender=BE, recipient=MA, purpose=Purpose.TERRORISM
)


class AgreementMachine(RuleBasedStateMachine):
    """The agreement, and beside it the plainest account of what it may permit."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2024, 11, 1, tzinfo=UTC)
        self.standing: AgreementStanding = replace(in_force(shipped("plan_2025")), signed_at={})
        self.seen_at: list[tuple[datetime, State]] = []
        self.suspended: set[str] = set()
        self.terminated = self.superseded = False

    @rule(days=st.integers(1, 400))
    def pass_time(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(party=PARTIES)
    def sign(self, party: str) -> None:
        if party not in self.standing.signed_at:
            self.standing = replace(self.standing, signed_at={**self.standing.signed_at, party: self.now})

    @rule(party=PARTIES)
    def suspend(self, party: str) -> None:
        if party not in self.suspended:
            self.suspended.add(party)
            stop = Stop(StopKind.SUSPEND, party, self.now)
            self.standing = replace(self.standing, stops=(*self.standing.stops, stop))

    @rule(party=PARTIES)
    def resume(self, party: str) -> None:
        """Each resumes its own suspension, and nobody the other's."""
        stops = [
            replace(stop, until=self.now)
            if (stop.by, stop.kind, stop.until) == (party, StopKind.SUSPEND, None)
            else stop
            for stop in self.standing.stops
        ]
        self.suspended.discard(party)
        self.standing = replace(self.standing, stops=tuple(stops))

    @precondition(lambda self: not self.terminated)
    @rule(party=PARTIES)
    def terminate(self, party: str) -> None:
        self.terminated = True
        self.standing = replace(
            self.standing, stops=(*self.standing.stops, Stop(StopKind.TERMINATE, party, self.now))
        )

    @precondition(lambda self: not self.superseded)
    @rule()
    def succeed(self) -> None:
        self.superseded = True
        self.standing = replace(self.standing, successors=(Successor("0" * 64, self.now),))

    @invariant()
    def only_in_force_it_permits(self) -> None:
        signed = len(self.standing.signed_at) == 2
        ended = bool(self.suspended) or self.terminated or self.superseded
        expected = signed and not ended and FIRST <= self.now < LAST
        assert (self.standing.state(self.now) is State.IN_FORCE) == expected
        assert isinstance(decide(self.standing, REQUEST, self.now), Permit) == expected

    @invariant()
    def what_is_terminated_stays_so(self) -> None:
        if self.terminated:
            assert self.standing.state(self.now) is State.TERMINATED
            assert self.standing.state(self.now + timedelta(days=4000)) is State.TERMINATED

    @invariant()
    def the_past_stays_what_it_was(self) -> None:
        """What happens later changes no state of an earlier day: a replay decides as was decided."""
        for at, state in self.seen_at:
            if at < self.now:
                assert self.standing.state(at) is state
        if not self.seen_at or self.seen_at[-1][0] < self.now:
            self.seen_at.append(
                (self.now - timedelta(seconds=1), self.standing.state(self.now - timedelta(seconds=1)))
            )


def test_an_agreement() -> None:
    play(AgreementMachine, 60, 25)
