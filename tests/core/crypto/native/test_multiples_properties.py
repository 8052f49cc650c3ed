"""Multiples of points by blinds, compiled and by libsodium, are one; where they are not, libsodium's count."""

from __future__ import annotations

from ctypes import CDLL
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.crypto.voprf.cast import SEED, TOKENS, answers, publics

from comity.core.crypto.native import multiples as made
from comity.core.crypto.native.multiples import LEAST, multiples, natively
from comity.core.crypto.voprf import sodium
from comity.core.crypto.voprf.layout import SEARCH
from comity.core.crypto.voprf.seeded import SeededBlinding
from comity.core.crypto.voprf.sodium import ORDER, Secret

numbers = st.integers(min_value=0, max_value=ORDER - 1)
points = st.binary(min_size=64, max_size=64).map(sodium.from_uniform).filter(sodium.is_element)
EDGES = [0, 1, 2, 7, 8, 9, 15, 16, 0x88, (1 << 252) - 1, 1 << 252, ORDER - 1, ORDER - 8, int("8" * 62, 16)]


def secret(number: int) -> Secret:
    return Secret.of(number.to_bytes(32, "little"))


def by_sodium(some: list[tuple[int, bytes]]) -> list[bytes | None]:
    return [sodium.multiply(secret(number), point) for number, point in some]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(numbers, points), min_size=1, max_size=20))
def test_multiples_are_those_of_libsodium(compiled: CDLL, some: list[tuple[int, bytes]]) -> None:
    scalars, elements = [secret(number) for number, _ in some], [point for _, point in some]
    assert natively(compiled, scalars, elements) == by_sodium(some)


def test_scalars_at_the_edges_of_the_digits(compiled: CDLL) -> None:
    some = [(number, sodium.from_uniform(bytes([at + 1]) * 64)) for at, number in enumerate(EDGES)]
    found = natively(compiled, [secret(number) for number, _ in some], [point for _, point in some])
    assert found == by_sodium(some)
    assert found is not None
    assert found[0] is None


@pytest.mark.parametrize("count", [1, LEAST - 1, LEAST, 24, 65])
def test_each_with_its_own_scalar_whatever_their_number(compiled: CDLL, count: int) -> None:
    some = [(number + 3, sodium.from_uniform(bytes([number + 1]) * 64)) for number in range(count)]
    scalars, elements = [secret(number) for number, _ in some], [point for _, point in some]
    assert natively(compiled, scalars, elements) == by_sodium(some)
    assert multiples(scalars, elements) == by_sodium(some)
    with pytest.raises(ValueError, match="as many"):
        multiples(scalars, elements[1:])


class Wrong(SimpleNamespace):
    """A library that makes every product another one, or fails."""

    def comity_times(self, _: Any, octets: bytes, count: int, out: Any) -> int:
        self.calls += 1
        out.raw = octets[:32] * count
        return int(self.status)


@pytest.mark.parametrize("status", [0, -1])
def test_a_wrong_library_is_found_and_given_up(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    wrong = Wrong(calls=0, status=status)
    monkeypatch.setattr(made, "library", lambda: wrong)
    monkeypatch.setattr(made, "_given_up", [])
    some = [(number + 3, sodium.from_uniform(bytes([number + 1]) * 64)) for number in range(LEAST)]
    scalars, elements = [secret(number) for number, _ in some], [point for _, point in some]
    assert multiples(scalars, elements) == by_sodium(some)
    assert multiples(scalars, elements) == by_sodium(some)
    assert wrong.calls == 1


@pytest.mark.parametrize("present", [True, False])
def test_a_search_is_the_same_with_and_without_it(
    compiled: CDLL, monkeypatch: pytest.MonkeyPatch, present: bool
) -> None:
    blinding = SeededBlinding(SEED, SEARCH, TOKENS)
    expected = blinding.elements, blinding.finalize(answers(SEARCH, blinding.elements), publics(SEARCH))
    monkeypatch.setattr(made, "library", lambda: compiled if present else None)
    again = SeededBlinding(SEED, SEARCH, TOKENS)
    assert (
        again.elements,
        again.finalize(answers(SEARCH, again.elements), publics(SEARCH)),
    ) == expected
