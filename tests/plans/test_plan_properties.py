"""Properties of the follow-up and of the counters: both nodes, in whatever order things arrive, find the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.agreement.samples import shipped
from tests.cases.test_clock_properties import courses
from tests.federation.world import BE, MA
from tests.plans.samples import ANNEX

from comity.core.agreement.model import agreement_hash, write_agreement
from comity.core.cases.statistics import Matter, Period
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import RefusalGround, Urgency
from comity.core.plan.counting import Exchanged, tally
from comity.core.plan.followup import Entry, EntryBody, EntryKind, MeasureState, against, follow
from comity.core.plan.model import Binding, CounterKind, open_plan, plan_hash, write_plan
from comity.core.plan.source import compile_plan, read_plan_source

START = datetime(2026, 1, 1, tzinfo=UTC)
AGREED = shipped("plan_2025")
PLAN = compile_plan(
    read_plan_source(ANNEX), agreement=AGREED, agreement_hash=agreement_hash(write_agreement(AGREED))
)
NAME = plan_hash(write_plan(PLAN))
OWNERS = {measure.id: measure.owner for measure in PLAN.measures}
parties = st.sampled_from((BE, MA))
names = st.integers(0, 7).map(lambda number: f"{number:032x}")
bodies = st.one_of(
    st.builds(
        EntryBody,
        plan=st.just(NAME),
        entry=st.just(EntryKind.STATE),
        measure=st.sampled_from([*OWNERS, "none"]),
        state=st.sampled_from(MeasureState),
    ),
    st.builds(
        EntryBody,
        plan=st.just(NAME),
        entry=st.just(EntryKind.DECISION),
        text=st.just("x"),
        owner=parties,
        due=st.just(START.date()),
    ),
    st.builds(
        EntryBody,
        plan=st.just(NAME),
        entry=st.sampled_from([EntryKind.AGREED, EntryKind.CARRIED_OUT, EntryKind.DISMISSED]),
        of=names,
    ),
    st.builds(
        EntryBody,
        plan=st.just(NAME),
        entry=st.just(EntryKind.APPOINTED),
        function=st.just("f"),
        name=st.just("n"),
        reach=st.just("r"),
    ),
)
entries = st.lists(
    st.builds(
        Entry,
        message=names,
        by=parties,
        at=st.integers(0, 9).map(lambda hours: START + timedelta(hours=hours)),
        body=bodies,
    ),
    max_size=12,
    unique_by=lambda entry: entry.message,
)


@given(entries, st.randoms())
def test_the_order_of_arrival_is_indifferent(found: list[Entry], source: Any) -> None:
    assert follow(PLAN, found) == follow(PLAN, source.sample(found, len(found)))


@given(entries)
def test_nobody_speaks_for_the_other(found: list[Entry]) -> None:
    said = follow(PLAN, found)
    made = {entry.message: entry for entry in found}
    for name, stand in said.stands.items():
        if stand.at is not None:
            assert any(
                entry.by == OWNERS[name] and entry.at == stand.at and entry.body.measure == name
                for entry in found
            )
    for decision in said.decisions.values():
        agreed = [e for e in found if e.body.entry is EntryKind.AGREED and e.body.of == decision.message]
        assert decision.agreed_at is None or any(e.by != decision.by for e in agreed)
        assert decision.done_at is None or decision.agreed_at is not None
    for contact in said.contacts.values():
        assert made[contact.message].by == contact.party
        ended = [e for e in found if e.body.entry is EntryKind.DISMISSED and e.body.of == contact.message]
        assert contact.dismissed_at is None or any(e.by == contact.party for e in ended)


@given(entries, entries)
def test_what_stands_against_an_entry_is_what_the_fold_passes_over(
    found: list[Entry], more: list[Entry]
) -> None:
    known = {entry.message for entry in found}
    later = [
        Entry(e.message, e.by, e.at + timedelta(days=1), e.body) for e in more if e.message not in known
    ][:1]
    said = follow(PLAN, found)
    for entry in later:
        changed = follow(PLAN, [*found, entry]) != said
        assert changed == (against(PLAN, said, entry.by, entry.body) is None)


exchanged = st.lists(
    st.builds(
        Exchanged,
        matter=st.builds(
            Matter,
            course=courses,
            urgency=st.sampled_from(Urgency),
            ground=st.none() | st.sampled_from(RefusalGround),
        ),
        asked_by=parties,
        purpose=st.sampled_from(Purpose),
        by_hit=st.booleans(),
        recalls=st.lists(
            st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)), max_size=2
        ).map(tuple),
    ),
    max_size=6,
)
YEAR = Period(first=START, before=START + timedelta(days=365))


@given(exchanged, st.sampled_from(CounterKind), st.randoms())
def test_a_counter_is_total_and_in_any_order(found: list[Exchanged], kind: CounterKind, source: Any) -> None:
    binding = Binding(kind=kind)
    value = tally(binding, found, YEAR)
    assert value == tally(binding, source.sample(found, len(found)), YEAR)
    assert value is None or value >= 0
    if kind is not CounterKind.MEDIAN_HOURS:
        parts = [tally(Binding(kind=kind, asked_by=party), found, YEAR) for party in (BE, MA)]
        assert value == sum(part or 0 for part in parts)


def test_a_plan_is_its_own_bytes() -> None:
    assert open_plan(write_plan(PLAN)) == PLAN
