"""The native evaluation is the library's, bit for bit; where it is not, the index stops."""

from __future__ import annotations

import hashlib
import threading
from ctypes import CDLL, create_string_buffer
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.crypto.voprf.cast import key_id, key_seed, pair

from comity.core.crypto import oprf
from comity.core.crypto.native import library, own
from comity.core.crypto.native.own import OwnTokens
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.crypto.voprf.sodium import ORDER, Secret
from comity.errors import NodeError

NAME = KeyClass.CONJUNCTION
REFERENCE = oprf.evaluator(key_seed(NAME), key_id(NAME))
many = st.lists(st.binary(min_size=32, max_size=32), max_size=20)
shared = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def evaluator(native: CDLL | None) -> OwnTokens:
    return OwnTokens(REFERENCE, key_seed(NAME), oprf.key_context(key_id(NAME)), native)


def tokens(count: int) -> list[bytes]:
    return [hashlib.sha256(number.to_bytes(4, "big")).digest() for number in range(count)]


@shared
@given(many)
def test_outputs_are_those_of_the_library(compiled: CDLL, some: list[bytes]) -> None:
    assert evaluator(compiled).evaluate(some) == oprf.evaluate_own(REFERENCE, some)


@shared
@given(st.binary(min_size=32, max_size=32))
def test_every_key_evaluates_alike(compiled: CDLL, seed: bytes) -> None:
    reference = oprf.evaluator(seed, key_id(NAME))
    made = OwnTokens(reference, seed, oprf.key_context(key_id(NAME)), compiled)
    assert made.evaluate(tokens(9)) == oprf.evaluate_own(reference, tokens(9))


@pytest.mark.parametrize(
    "scalar",
    [
        1,
        2,
        7,
        8,
        9,
        15,
        16,
        0x88,
        (1 << 252) - 1,
        1 << 252,
        ORDER - 1,
        ORDER - 8,
        int("8" * 62, 16),
        int("7" * 62, 16),
    ],
)
def test_scalars_at_the_edges_of_the_digits(compiled: CDLL, scalar: int) -> None:
    """Carries through all digits, the highest digit, multiples that pass through the identity."""
    from comity.core.crypto.voprf import server

    private = Secret.of(scalar.to_bytes(32, "little"))
    expected = server.evaluate_own(server.KeyPair(private, b""), tokens(8))
    made = create_string_buffer(64 * 8)
    assert compiled.comity_evaluate(private.buffer, b"".join(tokens(8)), 8, made) == 0
    assert bytes(made) == b"".join(expected)


def test_ten_thousand_tokens(compiled: CDLL) -> None:
    assert evaluator(compiled).evaluate(tokens(10_001)) == oprf.evaluate_own(REFERENCE, tokens(10_001))


@pytest.mark.parametrize("size", [1, 31, 33, 65_535])
def test_tokens_of_another_size_go_to_the_library(compiled: CDLL, size: int) -> None:
    some = [*tokens(3), bytes(size)]
    assert evaluator(compiled).evaluate(some) == oprf.evaluate_own(REFERENCE, some)
    with pytest.raises(ValueError, match="65,535"):
        evaluator(compiled).evaluate([b""])


def test_without_it_everything_is_evaluated() -> None:
    assert evaluator(None).evaluate(tokens(5)) == oprf.evaluate_own(REFERENCE, tokens(5))
    assert evaluator(None).evaluate([]) == []


class Wrong(SimpleNamespace):
    """A library that flips one bit of the output of a given token, or fails."""

    def comity_evaluate(self, scalar: Any, octets: bytes, count: int, made: Any) -> int:
        honest = oprf.evaluate_own(REFERENCE, [octets[32 * at : 32 * at + 32] for at in range(count)])
        at = octets.find(self.victim)
        if at >= 0 and at % 32 == 0:
            honest[at // 32] = bytes([honest[at // 32][0] ^ 1]) + honest[at // 32][1:]
        made.raw = b"".join(honest)
        return int(self.status)


def wrong(victim: bytes, status: int = 0) -> CDLL:
    return Wrong(victim=victim, status=status)  # type: ignore[return-value]


def test_a_library_that_is_wrong_from_the_start_is_refused() -> None:
    with pytest.raises(NodeError, match=r"^probe\.native-wrong"):
        evaluator(wrong(hashlib.sha256(b"\3").digest()))
    with pytest.raises(NodeError, match=r"^probe\.native-wrong"):
        evaluator(wrong(b"none", status=-1))


def test_a_library_that_becomes_wrong_is_found_in_the_sample() -> None:
    sampled = b"\0\0\1\0" + bytes(28)
    made = evaluator(wrong(sampled))
    assert made.evaluate(tokens(5)) == oprf.evaluate_own(REFERENCE, tokens(5))
    with pytest.raises(NodeError, match=r"^probe\.native-wrong"):
        made.evaluate([*tokens(5), sampled, *tokens(5)])
    with pytest.raises(NodeError, match=r"^probe\.native-wrong"):
        evaluator(wrong(tokens(300)[299])).evaluate(tokens(300)[::-1])


def test_about_one_in_ten_thousand_is_sampled() -> None:
    chosen = sum(int.from_bytes(token[:4], "big") < own._SAMPLED for token in tokens(200_000))
    assert 5 <= chosen <= 45


def test_a_library_of_other_sources_is_passed_over(
    compiled: CDLL, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    path = compiled._name
    assert library.load(path) is not None
    monkeypatch.setattr(library, "VERSION", library.VERSION + 1)
    assert library.load(path) is None
    assert library.load(str(tmp_path / "none.so")) is None
    (tmp_path / "junk.so").write_bytes(b"\x7fELF junk")
    assert library.load(str(tmp_path / "junk.so")) is None


def test_other_threads_run_meanwhile(compiled: CDLL) -> None:
    """The interpreter is free while tokens are evaluated: a counter in another thread goes on."""
    private, octets, made = pair(NAME).private, b"".join(tokens(2000)), create_string_buffer(64 * 2000)
    counted, done = [0], threading.Event()

    def count() -> None:
        while not done.is_set():
            counted[0] += 1

    beside = threading.Thread(target=count)
    beside.start()
    before = counted[0]
    compiled.comity_evaluate(private.buffer, octets, 2000, made)
    during = counted[0] - before
    done.set()
    beside.join()
    assert during > 1000
