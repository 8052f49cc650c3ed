"""Lists as octets beside the body: nothing is lost, nothing is added, nothing hostile passes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.crypto.encoding import to_text
from comity.core.probe.wire import LISTS, MOST, put_together, take_apart
from comity.errors import PeerError

CODE = "probe.request-malformed"
points = st.lists(st.binary(min_size=32, max_size=32).map(to_text), max_size=5)
proofs = st.lists(st.binary(min_size=64, max_size=64).map(to_text), max_size=3)
labels = st.lists(st.binary(min_size=8, max_size=8).map(bytes.hex), max_size=5)
wholes = st.fixed_dictionaries(
    {"rid": st.text(max_size=5)},
    optional={
        "points": points,
        "elements": points,
        "proofs": proofs,
        "tombstones": st.fixed_dictionaries({"head": st.none(), "labels": labels}),
    },
)


@given(wholes)
def test_what_was_taken_apart_is_put_together_as_it_was(whole: dict[str, Any]) -> None:
    body, attachment = take_apart(whole)
    assert put_together(body, attachment, CODE) == whole


@given(wholes)
def test_the_body_holds_numbers_where_lists_stood(whole: dict[str, Any]) -> None:
    body, attachment = take_apart(whole)
    entries = [whole[name] for name in ("points", "elements", "proofs") if name in whole]
    assert [body[name] for name in ("points", "elements", "proofs") if name in whole] == list(
        map(len, entries)
    )
    assert len(attachment) <= sum(64 * len(each) for each in entries) + 40


@given(
    st.recursive(
        st.none() | st.integers() | st.booleans() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["points", "proofs", "tombstones", "labels", "x"]), inner)
        ),
    ),
    st.binary(max_size=100),
)
def test_hostile_bodies_are_put_together_or_refused(body: Any, attachment: bytes) -> None:
    try:
        whole = put_together(body, attachment, CODE)
    except PeerError as error:
        assert error.code == CODE
    else:
        assert take_apart(whole) == (body, attachment)


@pytest.mark.parametrize("count", [-1, 3, 1.0, True, "2", None, [], MOST + 1])
def test_another_number_than_there_are_octets_is_refused(count: Any) -> None:
    with pytest.raises(PeerError, match=rf"^{CODE}"):
        put_together({"points": count}, bytes(64), CODE)
    with pytest.raises(PeerError, match=rf"^{CODE}"):
        put_together({"points": 2}, bytes(65), CODE)


def test_the_body_that_was_given_stays_as_it_was() -> None:
    whole = {"tombstones": {"labels": ["00" * 8]}}
    take_apart(whole)
    assert whole == {"tombstones": {"labels": ["00" * 8]}}
    assert {one.path[-1] for one in LISTS} == {"points", "elements", "proofs", "labels"}
