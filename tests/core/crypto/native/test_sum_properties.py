"""Weighted sums of points, compiled and by libsodium, are one; a proof is never accepted or refused by the compiled one alone."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import CDLL

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.crypto.voprf.cast import SEED, TOKENS, answers, pair, publics

from comity.core.crypto.native.library import MOST_POINTS, weighted_sum
from comity.core.crypto.voprf import client, proof, sodium
from comity.core.crypto.voprf.layout import SEARCH, KeyClass
from comity.core.crypto.voprf.seeded import SeededBlinding
from comity.core.crypto.voprf.sodium import ORDER
from comity.errors import PeerError

scalars = st.integers(min_value=1, max_value=ORDER - 1).map(lambda number: number.to_bytes(32, "little"))
points = st.binary(min_size=64, max_size=64).map(sodium.from_uniform).filter(sodium.is_element)
pairs = st.lists(st.tuples(scalars, points), min_size=1, max_size=20)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs)
def test_sums_are_those_of_libsodium(compiled: CDLL, some: list[tuple[bytes, bytes]]) -> None:
    weights, elements = [one for one, _ in some], [one for _, one in some]
    assert weighted_sum(compiled, weights, elements) == sodium.weighted_sum(weights, elements)


def test_sums_that_double_vanish_or_hold_nothing(compiled: CDLL) -> None:
    one, minus = (1).to_bytes(32, "little"), (ORDER - 1).to_bytes(32, "little")
    element = sodium.from_uniform(b"\7" * 64)
    assert weighted_sum(compiled, [one] * 9, [element] * 9) == sodium.multiply(
        (9).to_bytes(32, "little"), element
    )
    assert weighted_sum(compiled, [one, minus], [element] * 2) == sodium.IDENTITY
    assert weighted_sum(compiled, [bytes(32)], [element]) == sodium.IDENTITY
    assert weighted_sum(compiled, [], []) == sodium.IDENTITY


@pytest.mark.parametrize("count", [MOST_POINTS - 1, MOST_POINTS, MOST_POINTS + 1])
def test_sums_have_a_size(compiled: CDLL, count: int) -> None:
    weights = [(number + 1).to_bytes(32, "little") for number in range(count)]
    elements = [sodium.from_uniform(bytes([number + 1]) * 64) for number in range(count)]
    found = weighted_sum(compiled, weights, elements)
    assert found == (sodium.weighted_sum(weights, elements) if count <= MOST_POINTS else None)
    assert weighted_sum(compiled, weights, elements[:-1]) is None


def lying(_: CDLL, __: Sequence[bytes], elements: Sequence[bytes]) -> bytes | None:
    return elements[0]


def silent(_: CDLL, __: Sequence[bytes], ___: Sequence[bytes]) -> bytes | None:
    return None


@pytest.mark.parametrize("wrong", [lying, silent])
def test_a_wrong_sum_accuses_nobody_and_saves_nobody(monkeypatch: pytest.MonkeyPatch, wrong: object) -> None:
    monkeypatch.setattr(proof, "library", lambda: object())
    monkeypatch.setattr(proof, "weighted_sum", wrong)
    blinding = SeededBlinding(SEED, SEARCH, TOKENS)
    made = answers(SEARCH, blinding.elements)
    sent = blinding.elements[:2]
    client.verify_evaluation(sent, made[KeyClass.NUMBER], pair(KeyClass.NUMBER).public)
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        client.verify_evaluation(sent[::-1], made[KeyClass.NUMBER], pair(KeyClass.NUMBER).public)


@pytest.mark.parametrize("present", [True, False])
def test_with_and_without_it_the_outputs_are_the_same(
    compiled: CDLL, monkeypatch: pytest.MonkeyPatch, present: bool
) -> None:
    monkeypatch.setattr(proof, "library", lambda: compiled if present else None)
    blinding = SeededBlinding(SEED, SEARCH, TOKENS)
    found = blinding.finalize(answers(SEARCH, blinding.elements), publics(SEARCH))
    assert {name: len(one) for name, one in found.items()} == {"id": 1, "o": 5, "t": 0}
