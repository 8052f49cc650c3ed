"""The audit of a search finds a swapped person, a smuggled slot and a seed chosen afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.crypto.voprf.cast import SEED, TOKENS, answers, publics, token

from comity.core.crypto.voprf import client, sodium
from comity.core.crypto.voprf.layout import SEARCH, KeyClass
from comity.core.crypto.voprf.seeded import SeededBlinding, blind_of
from comity.core.crypto.voprf.sodium import Secret
from comity.core.probe.audit import Opened, verify_search
from comity.core.probe.exchange import commitment
from comity.errors import PeerError

OPENED = Opened(b"\7" * 32, b'{"family":"Benali","given":"Nora"}', "2026/17", SEED)
OTHER = {KeyClass.CONJUNCTION: [token("example|names-year|SR+DRS|1975")]}


def committed(opened: Opened) -> str:
    return commitment(opened.nonce, opened.query, opened.case, opened.blind_seed)


def test_an_honest_search_passes() -> None:
    points = SeededBlinding(SEED, SEARCH, TOKENS).elements
    verify_search(OPENED, committed(OPENED), SEARCH, TOKENS, points)


def test_a_swapped_person_is_found() -> None:
    """Somebody else was searched for; the opening names the person who may be."""
    points = SeededBlinding(SEED, SEARCH, OTHER).elements
    with pytest.raises(PeerError, match=r"^probe\.audit-point") as raised:
        verify_search(OPENED, committed(OPENED), SEARCH, TOKENS, points)
    assert raised.value.facts == {"key_class": "id", "slot": 0}


def test_a_person_swapped_with_the_description_breaks_the_commitment() -> None:
    points = SeededBlinding(SEED, SEARCH, OTHER).elements
    other = replace(OPENED, query=b'{"family":"Idrissi","given":"Sara"}')
    with pytest.raises(PeerError, match=r"^probe\.audit-commitment"):
        verify_search(OPENED, committed(other), SEARCH, TOKENS, points)


@pytest.mark.parametrize("place", [1, 7, 11, 12, 15])
def test_a_smuggled_slot_is_found(place: int) -> None:
    """A second person is asked about in a slot that is said to be unused, with the blind that belongs there."""
    points = list(SeededBlinding(SEED, SEARCH, TOKENS).elements)
    points[place] = client.blind(OTHER[KeyClass.CONJUNCTION][0], blind_of(SEED, *SEARCH.place(place)))
    name, slot = SEARCH.place(place)
    with pytest.raises(PeerError, match=r"^probe\.audit-point") as raised:
        verify_search(OPENED, committed(OPENED), SEARCH, TOKENS, points)
    assert raised.value.facts == {"key_class": name.value, "slot": slot}


def test_a_slot_smuggled_under_a_blind_of_its_own_is_found() -> None:
    points = list(SeededBlinding(SEED, SEARCH, TOKENS).elements)
    points[9] = client.blind(OTHER[KeyClass.CONJUNCTION][0], Secret.of(b"\5" + bytes(31)))
    with pytest.raises(PeerError, match=r"^probe\.audit-point"):
        verify_search(OPENED, committed(OPENED), SEARCH, TOKENS, points)


def test_an_unused_slot_of_another_choice_is_found() -> None:
    """Any point but the one of the seed: a random one would hide a question that is opened later."""
    points = list(SeededBlinding(SEED, SEARCH, TOKENS).elements)
    points[15] = sodium.from_uniform(b"\3" * 64)
    with pytest.raises(PeerError, match=r"^probe\.audit-point"):
        verify_search(OPENED, committed(OPENED), SEARCH, TOKENS, points)


def test_a_seed_chosen_afterwards_breaks_the_commitment() -> None:
    other = replace(OPENED, blind_seed=b"\1" * 32)
    points = SeededBlinding(other.blind_seed, SEARCH, TOKENS).elements
    verify_search(other, committed(other), SEARCH, TOKENS, points)
    with pytest.raises(PeerError, match=r"^probe\.audit-commitment"):
        verify_search(other, committed(OPENED), SEARCH, TOKENS, points)


@pytest.mark.parametrize("count", [0, 15, 17])
def test_another_number_of_points_is_refused(count: int) -> None:
    points = (SeededBlinding(SEED, SEARCH, TOKENS).elements * 2)[:count]
    with pytest.raises(PeerError, match=r"^probe\.audit-size"):
        verify_search(OPENED, committed(OPENED), SEARCH, TOKENS, points)


@settings(max_examples=15)
@given(st.permutations(range(16)))
def test_points_in_another_order_are_found(order: list[int]) -> None:
    points = SeededBlinding(SEED, SEARCH, TOKENS).elements
    mixed = [points[at] for at in order]
    if mixed == list(points):
        verify_search(OPENED, committed(OPENED), SEARCH, TOKENS, mixed)
        return
    with pytest.raises(PeerError, match=r"^probe\.audit-point"):
        verify_search(OPENED, committed(OPENED), SEARCH, TOKENS, mixed)


@given(st.sampled_from(["nonce", "query", "case", "blind_seed"]))
def test_each_part_is_committed_to(part: str) -> None:
    other = "2026/18" if part == "case" else b"\2" * 32
    points = SeededBlinding(SEED, SEARCH, TOKENS).elements
    with pytest.raises(PeerError, match=r"^probe\.audit-commitment"):
        verify_search(replace(OPENED, **{part: other}), committed(OPENED), SEARCH, TOKENS, points)


def test_an_auditor_reads_the_signed_answer_as_the_asker_did() -> None:
    """Seed and answer yield the outputs, so what was opened can be compared with what these tokens open."""
    asked = SeededBlinding(SEED, SEARCH, TOKENS)
    signed = answers(SEARCH, asked.elements)
    found = asked.finalize(signed, publics(SEARCH))
    audited = SeededBlinding(OPENED.blind_seed, SEARCH, TOKENS)
    assert audited.finalize(signed, publics(SEARCH)) == found
