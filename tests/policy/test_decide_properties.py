"""What holds of `decide` for every act and every agreement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.agreement.samples import BE, MA, PLANS, SIGNED, TODAY, in_force, shipped

from comity.core.agreement.model import Agreement, Quotas
from comity.core.agreement.standing import AgreementStanding, State, Stop, StopKind, Successor
from comity.core.codes.exchange import ALWAYS_PERMITTED, BEFORE_AGREEMENT, Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint, Urgency
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide
from comity.core.policy.law import NOT_FINDABLE

moments = st.datetimes(
    datetime(2017, 1, 1),
    datetime(2028, 1, 1),
    timezones=st.just(UTC),
)
services = st.sampled_from([BE, MA])
agreements = st.sampled_from([shipped(name) for name in (*PLANS, "memorandum_2016")])


@st.composite
def standings(draw: st.DrawFn) -> AgreementStanding:
    """Any agreement, signed or not, stopped or not, followed or not."""
    agreement = draw(agreements)
    signed = draw(st.dictionaries(services, moments))
    stops = draw(st.lists(st.builds(Stop, st.sampled_from(StopKind), services, moments), max_size=2))
    heirs = draw(st.lists(st.builds(Successor, st.just("0" * 64), moments), max_size=1))
    intact = draw(st.integers(0, 9)) > 0
    base = in_force(agreement)
    either = signed if draw(st.booleans()) else dict.fromkeys(agreement.parties, agreement.valid_from)
    return replace(base, signed_at=either, stops=tuple(stops), successors=tuple(heirs), intact=intact)


def subsets(kind: Any, most: int = 3) -> st.SearchStrategy[Any]:
    return st.frozensets(st.sampled_from(kind), max_size=most)


@st.composite
def acts(draw: st.DrawFn) -> ProposedAct:
    """Any well-typed act; often near a clause, so that many are permitted."""
    agreement = draw(agreements)
    clause = draw(st.sampled_from(agreement.clauses))
    near = draw(st.booleans())
    sender, recipient = draw(st.sampled_from([(BE, MA), (MA, BE), (BE, BE), (BE, "FR.dcpj")]))
    return ProposedAct(
        act=draw(st.sampled_from(clause.acts)) if near else draw(st.sampled_from(Act)),
        regime=agreement.regime if near else draw(st.sampled_from(Regime)),
        sender=sender,
        recipient=recipient,
        purpose=clause.purpose if near else draw(st.none() | st.sampled_from(Purpose)),
        clause=draw(st.none() | st.just(clause.id)),
        data=draw(subsets(clause.data) | subsets(DataCategory, 1)) if near else draw(subsets(DataCategory)),
        subjects=draw(subsets(clause.subjects) | subsets(SubjectCategory, 1))
        if near
        else draw(subsets(SubjectCategory)),
        handling=draw(
            st.none() | st.sampled_from([Handling.H0, Handling.H1, Handling("H3/no-court TLP:RED")])
        ),
        taints=draw(st.just(frozenset()) | subsets(Taint)),
        thread_opened_at=draw(st.none() | moments),
        probes_today=draw(st.sampled_from([0, 5, 1000])),
        probes_in_case=draw(st.sampled_from([0, 5, 20])),
        decision=draw(st.none() | st.just("0" * 64)),
        urgency=draw(st.none() | st.sampled_from(Urgency)),
    )


def permitted(standing: AgreementStanding | None, act: ProposedAct, now: datetime) -> bool:
    return isinstance(decide(standing, act, now), Permit)


@st.composite
def restrictions(draw: st.DrawFn, standing: AgreementStanding) -> AgreementStanding:
    """The same standing with one restriction more."""
    agreement = standing.agreement
    index = draw(st.integers(0, len(agreement.clauses) - 1))
    clause = agreement.clauses[index]

    def with_clause(**change: Any) -> AgreementStanding:
        clauses = list(agreement.clauses)
        clauses[index] = clause.model_copy(update=change)
        return replace(standing, agreement=agreement.model_copy(update={"clauses": tuple(clauses)}))

    def with_agreement(**change: Any) -> AgreementStanding:
        return replace(standing, agreement=agreement.model_copy(update=change))

    kept = tuple(each for each in agreement.clauses if each.id != clause.id)
    end = draw(moments)
    return draw(
        st.sampled_from(
            [
                lambda: with_agreement(clauses=kept),
                lambda: with_agreement(assurances=()),
                lambda: with_agreement(valid_from=max(agreement.valid_from, end)),
                lambda: with_agreement(valid_before=min(agreement.valid_before or end, end)),
                lambda: with_agreement(quotas=Quotas(probes_per_day=3, probes_per_case=1)),
                lambda: with_clause(acts=clause.acts[1:]),
                lambda: with_clause(data=clause.data[1:]),
                lambda: with_clause(subjects=clause.subjects[1:]),
                lambda: with_clause(run_off=()),
                lambda: with_clause(deadlines={}),
                lambda: with_clause(necessity=None),
                lambda: with_clause(quotas=Quotas(probes_per_day=0, probes_per_case=0)),
                lambda: replace(standing, signed_at={}),
                lambda: replace(standing, intact=False),
                lambda: replace(standing, stops=(*standing.stops, Stop(StopKind.SUSPEND, BE, end))),
                lambda: replace(standing, stops=(*standing.stops, Stop(StopKind.TERMINATE, MA, end))),
                lambda: replace(standing, successors=(*standing.successors, Successor("1" * 64, end))),
            ]
        )
    )()


@given(st.data())
def test_a_restriction_never_permits_more(data: st.DataObject) -> None:
    standing, act, now = data.draw(standings()), data.draw(acts()), data.draw(moments)
    narrower = data.draw(restrictions(standing))
    if permitted(narrower, act, now):
        assert permitted(standing, act, now)


@given(standings(), acts(), moments, st.sampled_from(Taint))
def test_a_taint_never_permits_more(
    standing: AgreementStanding, act: ProposedAct, now: datetime, taint: Taint
) -> None:
    if permitted(standing, replace(act, taints=act.taints | {taint}), now):
        assert permitted(standing, act, now)


@given(standings(), acts(), moments)
def test_nothing_new_outside_the_validity(
    standing: AgreementStanding, act: ProposedAct, now: datetime
) -> None:
    agreement = standing.agreement
    assume(
        now < agreement.valid_from or (agreement.valid_before is not None and now >= agreement.valid_before)
    )
    assume(act.act not in ALWAYS_PERMITTED | BEFORE_AGREEMENT)
    decision = decide(standing, replace(act, thread_opened_at=None), now)
    assert isinstance(decision, Refuse)
    later = decide(standing, act, now)
    if isinstance(later, Permit):
        clause = agreement.clause(later.clause or "")
        assert clause is not None
        assert act.act in clause.run_off
        assert act.thread_opened_at is not None
        assert standing.state(act.thread_opened_at) is State.IN_FORCE


@given(standings(), acts(), moments)
def test_a_permit_cites_a_clause_that_says_so(
    standing: AgreementStanding, act: ProposedAct, now: datetime
) -> None:
    decision = decide(standing, act, now)
    if isinstance(decision, Refuse):
        assert decision.grounds
        assert all(ground.code for ground in decision.grounds)
        return
    if act.act in ALWAYS_PERMITTED | BEFORE_AGREEMENT:
        assert decision.clause is None
        return
    clause = standing.agreement.clause(decision.clause or "")
    assert clause is not None
    assert act.act in clause.acts
    assert act.purpose == clause.purpose
    assert act.data <= set(clause.data)
    assert act.subjects <= set(clause.subjects)
    assert {act.sender, act.recipient} == set(standing.agreement.parties)


@given(standings(), acts(), moments, st.sampled_from(sorted(NOT_FINDABLE)))
def test_no_agreement_makes_the_protected_findable(
    standing: AgreementStanding, act: ProposedAct, now: datetime, taint: Taint
) -> None:
    for finding in (Act.BE_FOUND, Act.PUBLISH_INDEX):
        assert not permitted(standing, replace(act, act=finding, taints=frozenset({taint})), now)


strange = st.one_of(st.text(max_size=8), st.integers(), st.none(), st.binary(max_size=4), st.just(object()))


@given(st.data())
def test_total_and_unknown_values_are_refused(data: st.DataObject) -> None:
    standing, act, now = data.draw(st.none() | standings()), data.draw(acts()), data.draw(moments)
    field = data.draw(
        st.sampled_from(
            [
                "act",
                "regime",
                "purpose",
                "handling",
                "urgency",
                "data",
                "subjects",
                "taints",
                "thread_opened_at",
            ]
        )
    )
    value = data.draw(strange)
    assume(value is not None)
    wrong: Any = frozenset({value}) if field in {"data", "subjects", "taints"} else value
    decision = decide(standing, replace(act, **{field: wrong}), now)
    assert isinstance(decision, Refuse)
    assert decision.code == "policy.unknown-value"
    naive: Any = data.draw(st.sampled_from([None, "now", datetime(2026, 1, 1), 5]))
    assert isinstance(decide(standing, act, naive), Refuse)


@given(standings(), acts(), moments)
def test_both_sides_decide_alike(standing: AgreementStanding, act: ProposedAct, now: datetime) -> None:
    """The other node holds the same facts in another order, and never the taints."""
    mirrored = replace(
        standing,
        agreement=Agreement.model_validate_json(standing.agreement.model_dump_json()),
        signed_at=dict(reversed(standing.signed_at.items())),
        stops=tuple(reversed(standing.stops)),
    )
    bare = replace(act, taints=frozenset())
    assert decide(mirrored, bare, now) == decide(standing, bare, now)
    if permitted(standing, act, now):
        assert permitted(mirrored, bare, now)


def test_the_sample_space_is_not_all_refusals() -> None:
    """Guards the properties above against being true of nothing."""
    act = ProposedAct(act=Act.PROBE, regime=Regime.POLICE, sender=BE, recipient=MA, purpose=Purpose.DRUGS)
    assert permitted(in_force(shipped("plan_2025")), act, TODAY)
    assert not permitted(in_force(shipped("plan_2025")), act, SIGNED - timedelta(days=1))
