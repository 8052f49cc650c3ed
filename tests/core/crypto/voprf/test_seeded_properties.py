"""A search from one seed: one shape, the right outputs, nothing without its proofs, nothing left behind."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import CDLL
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.crypto.voprf.cast import SEED, TOKENS, answers, key_id, key_seed, pair, publics

from comity.core.crypto import oprf
from comity.core.crypto.agent import Evaluation
from comity.core.crypto.native import multiples
from comity.core.crypto.voprf import seeded, server, sodium
from comity.core.crypto.voprf.layout import OPENINGS, SEARCH, KeyClass, SlotLayout
from comity.core.crypto.voprf.seeded import SeededBlinding, blind_of, dummy_of
from comity.core.crypto.voprf.sodium import Secret
from comity.errors import PeerError

seeds = st.binary(min_size=32, max_size=32)
some_tokens = st.lists(st.binary(min_size=1, max_size=40), max_size=4, unique=True)


@settings(max_examples=15)
@given(seeds, st.fixed_dictionaries({KeyClass.PAIR: some_tokens, KeyClass.CONJUNCTION: some_tokens}))
def test_outputs_are_those_of_the_key(seed: bytes, tokens: dict[KeyClass, list[bytes]]) -> None:
    blinding = SeededBlinding(seed, SEARCH, tokens)
    found = blinding.finalize(answers(SEARCH, blinding.elements), publics(SEARCH))
    assert found == {name: server.evaluate_own(pair(name), tokens.get(name, [])) for name, _ in SEARCH.slots}


def test_the_default_server_answers_it_too() -> None:
    blinding = SeededBlinding(SEED, SEARCH, TOKENS)
    theirs = {name: oprf.evaluator(key_seed(name), key_id(name)) for name, _ in SEARCH.slots}
    made = {
        name: oprf.evaluate(theirs[name], [blinding.elements[at] for at in places])
        for name, places in SEARCH.ranges()
    }
    found = blinding.finalize(made, {name: oprf.public_key(one) for name, one in theirs.items()})
    for name, tokens in TOKENS.items():
        assert found[name] == oprf.evaluate_own(theirs[name], tokens)


@settings(max_examples=15)
@given(seeds, some_tokens)
def test_every_request_has_one_shape(seed: bytes, tokens: list[bytes]) -> None:
    full = SeededBlinding(seed, SEARCH, {KeyClass.CONJUNCTION: tokens}).elements
    assert len(full) == SEARCH.total == 16
    assert len(set(full)) == 16
    assert all(map(sodium.is_element, full))


@given(seeds)
def test_blinds_and_unused_slots_differ_by_seed_class_and_slot(seed: bytes) -> None:
    places = [(name, slot) for name in KeyClass for slot in range(3)]
    other = bytes(32) if seed != bytes(32) else b"\1" * 32
    blinds = {blind_of(one, *place).revealed() for one in (seed, other) for place in places}
    dummies = {dummy_of(one, *place) for one in (seed, other) for place in places}
    assert len(blinds) == len(dummies) == 2 * len(places)
    assert not blinds & dummies


def test_a_slot_is_blinded_alike_whatever_stands_in_the_others() -> None:
    one = SeededBlinding(SEED, SEARCH, TOKENS).elements
    other = SeededBlinding(SEED, SEARCH, {KeyClass.NUMBER: TOKENS[KeyClass.NUMBER]}).elements
    assert one[:2] == other[:2]
    assert [at for at in range(16) if one[at] != other[at]] == [2, 3, 4, 5, 6]


def test_openings_are_two() -> None:
    blinding = SeededBlinding(SEED, OPENINGS, {KeyClass.OPENING: [bytes(16)]})
    assert len(blinding.elements) == 2
    found = blinding.finalize(answers(OPENINGS, blinding.elements), publics(OPENINGS))
    assert found == {KeyClass.OPENING: server.evaluate_own(pair(KeyClass.OPENING), [bytes(16)])}


@pytest.mark.parametrize("wrong", list(KeyClass)[:3])
def test_one_unproven_class_spoils_all(monkeypatch: pytest.MonkeyPatch, wrong: KeyClass) -> None:
    """Nothing is unblinded before every class is proven, classes without a token of ours included."""
    blinding = SeededBlinding(SEED, SEARCH, TOKENS)
    made = answers(SEARCH, blinding.elements)
    made[wrong] = replace(made[wrong], proof=made[wrong].proof[:-1] + b"\0")
    unblinded: list[int] = []
    monkeypatch.setattr(seeded.client, "unblind", lambda *_: unblinded.append(1))
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        blinding.finalize(made, publics(SEARCH))
    assert unblinded == []


def test_classes_exchanged_for_one_another_are_refused() -> None:
    layout = SlotLayout(((KeyClass.CONJUNCTION, 2), (KeyClass.PAIR, 2)))
    blinding = SeededBlinding(SEED, layout, {})
    made = answers(layout, blinding.elements)
    made[KeyClass.CONJUNCTION], made[KeyClass.PAIR] = made[KeyClass.PAIR], made[KeyClass.CONJUNCTION]
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        blinding.finalize(made, publics(layout))


def test_key_of_another_class_is_refused() -> None:
    blinding = SeededBlinding(SEED, SEARCH, TOKENS)
    keys = {**publics(SEARCH), KeyClass.NUMBER: pair(KeyClass.CONJUNCTION).public}
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        blinding.finalize(answers(SEARCH, blinding.elements), keys)


def missing(made: dict[KeyClass, Evaluation]) -> dict[KeyClass, Evaluation]:
    return {name: one for name, one in made.items() if name is not KeyClass.PAIR}


def added(made: dict[KeyClass, Evaluation]) -> dict[KeyClass, Evaluation]:
    return {**made, KeyClass.OPENING: made[KeyClass.PAIR]}


@pytest.mark.parametrize("change", [missing, added])
def test_all_classes_and_no_other_are_answered(change: object) -> None:
    assert callable(change)
    blinding = SeededBlinding(SEED, SEARCH, TOKENS)
    with pytest.raises(PeerError, match=r"^probe\.batch-size"):
        blinding.finalize(change(answers(SEARCH, blinding.elements)), publics(SEARCH))


@pytest.mark.parametrize("good", [True, False])
def test_blinds_are_wiped_whatever_comes_of_it(good: bool) -> None:
    blinding = SeededBlinding(SEED, SEARCH, TOKENS)
    kept = list(blinding._blinds)
    assert all(one.revealed() != bytes(32) for one in kept)
    made = answers(SEARCH, blinding.elements)
    if good:
        blinding.finalize(made, publics(SEARCH))
    else:
        with pytest.raises(PeerError):
            blinding.finalize(missing(made), publics(SEARCH))
    assert [one.revealed() for one in kept] == [bytes(32)] * 16
    with pytest.raises(ValueError, match="finalized already"):
        blinding.finalize(made, publics(SEARCH))


@pytest.mark.parametrize("compiled", [True, False])
def test_every_slot_costs_the_same_work(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    """As many multiplications for a search of one token as for one of sixteen, by whichever library."""
    counted: list[int] = []
    multiply, natively = sodium.multiply, multiples.natively
    if not compiled:
        monkeypatch.setattr(multiples, "library", lambda: None)
    elif multiples.library() is None:
        pytest.skip("the native evaluation was not compiled here")

    def counting(scalar: sodium.Scalar, point: bytes) -> bytes | None:
        counted[-1] += 1
        return multiply(scalar, point)

    def together(
        native: CDLL, scalars: Sequence[Secret], points: Sequence[bytes]
    ) -> list[bytes | None] | None:
        counted[-1] += len(points)
        return natively(native, scalars, points)

    few = {KeyClass.NUMBER: TOKENS[KeyClass.NUMBER]}
    full = {name: [bytes([place]) for place in range(count)] for name, count in SEARCH.slots}
    made = [answers(SEARCH, SeededBlinding(SEED, SEARCH, tokens).elements) for tokens in (few, full)]
    keys = publics(SEARCH)
    monkeypatch.setattr(sodium, "multiply", counting)
    monkeypatch.setattr(multiples, "natively", together)
    for tokens, answer in zip((few, full), made, strict=True):
        counted.append(0)
        SeededBlinding(SEED, SEARCH, tokens).finalize(answer, keys)
    assert counted[0] == counted[1] > 16


@pytest.mark.parametrize(
    "tokens",
    [
        {KeyClass.NUMBER: [b"1", b"2", b"3"]},
        {KeyClass.CONJUNCTION: [b"1", b"1"]},
        {KeyClass.OPENING: [b"1"]},
    ],
)
def test_tokens_that_do_not_fit_are_a_bug(tokens: dict[KeyClass, list[bytes]]) -> None:
    with pytest.raises(ValueError, match="token"):
        SeededBlinding(SEED, SEARCH, tokens)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SeededBlinding(bytes(size), SEARCH, {})


@pytest.mark.parametrize("slots", [(), ((KeyClass.PAIR, 0),), ((KeyClass.PAIR, 1), (KeyClass.PAIR, 1))])
def test_layouts_are_whole(slots: tuple[tuple[KeyClass, int], ...]) -> None:
    with pytest.raises(ValueError, match="each class once"):
        SlotLayout(slots)


def test_places_of_a_layout() -> None:
    assert SEARCH.place(0) == (KeyClass.NUMBER, 0)
    assert SEARCH.place(2) == (KeyClass.CONJUNCTION, 0)
    assert SEARCH.place(15) == (KeyClass.PAIR, 3)
    with pytest.raises(IndexError):
        SEARCH.place(16)
