"""Kinds of writing that were mended by rule: what is held together by it, and what must stay apart all the same."""

from __future__ import annotations

import pytest
from bench.letter_rules import SLIP, SPELLED, VOWELS, may_sound, ruled
from hypothesis import given
from hypothesis import strategies as st

from comity.core.match.names.compare import compare_names, score_pairs
from comity.core.match.names.known import BEARER, DIFFERENT, NICKNAME, SAME, known
from comity.core.match.names.letters import letter_tables
from comity.core.match.names.reading import units


@pytest.mark.parametrize(
    ("arabic", "latin"), [("غ", "rh"), ("لر", "rra"), ("تش", "ch"), ("ه$", "et$"), ("كس", "x")]
)
def test_chunks_that_may_sound(arabic: str, latin: str) -> None:
    assert may_sound(arabic, latin)


@pytest.mark.parametrize(
    ("arabic", "latin"), [("يا", "fya"), ("ب", "bak"), ("ي$", "da$"), ("ق", "rak"), ("رب", "re")]
)
def test_chunks_with_a_consonant_from_nowhere(arabic: str, latin: str) -> None:
    assert not may_sound(arabic, latin)
    assert ruled([("al", arabic, latin, 5.0)])[0] != ("al", arabic, latin, 5.0)


@given(st.sampled_from(sorted(SPELLED)), st.sampled_from(VOWELS))
def test_every_consonant_is_spelled_with_every_short_vowel(letter: str, vowel: str) -> None:
    table = letter_tables()["al"]
    spelled = [one for one in SPELLED[letter].split() if len(one + vowel) <= 3 and "u" not in one]
    for one in spelled:
        row, column = table.first[letter], table.second[one + vowel]
        assert table.evidence[row, column] > SLIP


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("محمد حلمي", "Mohamed Hilmi"),
        ("ماكس بنسالم", "Max Bensalem"),
        ("زينب الغزوي", "Zineb Rhazoui"),
        ("عبد الرحيم شاكر", "Abderrahim Achchaker"),
        ("سيدعلي بناني", "Sid Ali Bennani"),
        ("مولاي رشيد العلوي", "Moulayrachid Alaoui"),
        ("جمال شتال", "Djamel Eddine Chatal"),
        ("صلاح الدين بناني", "Salah Bennani"),
        ("سالم الزيتوني", "Salim Zitouni"),
        ("حامد بنعمر", "Hamid Benomar"),
        ("اعمر الزاهي", "Amar Ezzahi"),
    ],
)
def test_mended_kinds_are_held_together(first: str, second: str) -> None:
    assert min(score_pairs([(first, second), (second, first)])) >= 0.5


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("سليم الزيتوني", "سالم الزيتوني"),
        ("سليم الزيتوني", "Salem Zitouni"),
        ("حميد بنعمر", "حامد بنعمر"),
        ("عمر الزاهي", "Ammar Ezzahi"),
        ("Jamal Eddine Chatal", "Kamal Eddine Chatal"),
        ("نور الدين بناني", "Nasr Bennani"),
    ],
)
def test_their_look_alikes_stay_apart(first: str, second: str) -> None:
    assert max(score_pairs([(first, second), (second, first)])) < 0.5


def test_a_form_that_writes_two_names_brings_no_others_with_it() -> None:
    salim, slim, salem = (known(units(word))[0] for word in ("Salim", "سليم", "سالم"))
    kept = [{group for group in row[DIFFERENT].tolist() if group >= 0} for row in (salim, slim, salem)]
    assert kept[0] & kept[1]
    assert kept[0] & kept[2]
    assert not kept[1] & kept[2]


def test_a_name_of_faith_is_a_nickname_of_its_first_part_and_no_other() -> None:
    djamel, whole, kamel = (known(units(word))[0] for word in ("Djamel", "جمال الدين", "Kamel"))
    shared = set(djamel[NICKNAME].tolist()) & set(whole[NICKNAME].tolist()) - {-1}
    assert shared
    assert not shared & set(kamel[NICKNAME].tolist())
    assert not set(djamel[SAME].tolist()) & set(whole[SAME].tolist()) - {-1}
    assert whole[BEARER].shape == djamel[BEARER].shape


def test_what_is_left_over_is_told_by_its_kind() -> None:
    middle = compare_names("محمد سليم فارس", "Mohamed Fares").figures
    last = compare_names("محمد فارس التازي", "Mohamed Fares").figures
    assert (middle["ends_left"], middle["given_left"], middle["family_left"]) == (0, 1, 0)
    assert last["ends_left"] == 1
    assert last["family_left"] > 0
    assert compare_names("Fares", "Fares").figures["other_script"] == 0
    assert compare_names("فارس", "Fares").figures["other_script"] == 1
