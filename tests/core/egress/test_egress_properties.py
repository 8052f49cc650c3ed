"""Marks only grow; values are found whatever is written around them; nothing that is read raises."""

from __future__ import annotations

from functools import reduce

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.egress.scene import protected

from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import Taint
from comity.core.egress.finding import Texts, found_in, inherited
from comity.core.egress.inherit import Inheritance, Source, SourceKind, derived, open_inheritance
from comity.core.egress.reading import read, texts_in
from comity.core.egress.values import Known
from comity.core.policy.decide import Refuse, decide
from comity.core.policy.law import prohibited
from comity.core.policy.model import ProposedAct

taints = st.frozensets(st.sampled_from(Taint))
sources = st.frozensets(
    st.builds(
        Source,
        st.sampled_from(SourceKind),
        st.text("0123456789abcdef", min_size=1, max_size=32),
        st.integers(0, 9),
    ),
    max_size=4,
)
carried = st.builds(Inheritance, taints, sources)
BLOCKING = frozenset(
    {Taint.ASYLUM, Taint.RETURN_SUSPENDED, Taint.TORTURE_RISK, Taint.RESTRICTED, Taint.QUARANTINED}
)


@given(st.lists(carried, max_size=6))
def test_a_derivative_has_the_union(parents: list[Inheritance]) -> None:
    made = derived(parents)
    assert made.taints == frozenset().union(*(one.taints for one in parents))
    assert made.sources == frozenset().union(*(one.sources for one in parents))
    for one in parents:
        assert one.taints <= made.taints
        assert one.sources <= made.sources
    assert derived([made, *parents]) == made
    assert derived(reversed(parents)) == made
    assert open_inheritance(made.document()) == made


@given(
    st.lists(st.tuples(st.sampled_from(["copy", "note", "paste", "pass-on", "export"]), carried), max_size=8),
    carried,
)
def test_no_chain_of_derivations_loses_a_mark(
    steps: list[tuple[str, Inheritance]], first: Inheritance
) -> None:
    """Copy, note, paste, pass on, export, in any order and mixed with anything: what the first bore, the last bears."""
    last = reduce(lambda made, step: derived([made, step[1]]), steps, first)
    assert first.taints <= last.taints
    act = ProposedAct(
        act=Act.INFORM,
        regime=Regime.POLICE,
        sender=ServiceId("MA.dgsn"),
        recipient=ServiceId("BE.federal-police"),
        taints=last.taints,
        decision="0",
    )
    if first.taints & BLOCKING:
        assert "law.protected" in [ground.code for ground in prohibited(act, None, None)]


plain = st.text("abcdefghijklmnop قلمنهوي\n.,", max_size=60)


@given(
    plain, plain, st.sampled_from(["AB 123 456", "AB-123-456", "ab123456", "0661 99 88 77", "+212661998877"])
)
def test_a_number_is_found_whatever_stands_around_it(before: str, after: str, number: str) -> None:
    known = Known("a" * 32, protected(Taint.ASYLUM))
    [hit] = found_in(Texts(read([f"{before} ; {number} ; {after}"])), [known])
    assert hit.taints == {Taint.ASYLUM}


@given(taints, st.booleans())
def test_what_is_found_is_what_the_entry_bears(marks: frozenset[Taint], touched: bool) -> None:
    known = Known("a" * 32, protected(*sorted(marks)), touched)
    hits = found_in(Texts(read(["passport ab123456"])), [known])
    assert inherited(hits) == marks


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    known = Known("a" * 32, protected(Taint.ASYLUM), touched=True)
    reading = read([text, text])
    assert isinstance(found_in(Texts(reading), [known]), tuple)
    assert len(reading.numbers) <= 40 * (len(reading.words) + 1) * 13


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_every_text_of_a_body_is_looked_at(body: dict[str, object]) -> None:
    found = texts_in({**body, "deep": [{"er": [{"est": "needle"}]}]})
    assert "needle" in found


@given(st.sampled_from(sorted(Act)), st.sampled_from(sorted(BLOCKING)))
def test_no_act_that_holds_words_lets_a_mark_pass(act: Act, taint: Taint) -> None:
    """Without an agreement most acts are refused anyway; none that is always permitted may pass with a mark.

    A restriction, which its own contestation may have brought, does not keep a person from being served (LED Art. 16(3)).
    """
    assume((act, taint) != (Act.RIGHTS, Taint.RESTRICTED))
    proposed = ProposedAct(
        act=act,
        regime=Regime.POLICE,
        sender=ServiceId("MA.dgsn"),
        recipient=ServiceId("BE.federal-police"),
        taints=frozenset({taint}),
    )
    from datetime import UTC, datetime

    assert isinstance(decide(None, proposed, datetime(2026, 11, 30, tzinfo=UTC)), Refuse)
