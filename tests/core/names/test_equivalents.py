"""The table of equivalent name forms: readable, folded, without repetition and without contradiction."""

from __future__ import annotations

from itertools import combinations

import pytest

from comity.core.names.equivalents import (
    APART,
    CONFUSABLES,
    EQUIVALENTS,
    GROUPS,
    Apart,
    Group,
    read,
    relation,
)
from comity.core.names.letters import fold, is_arabic


def test_the_table_is_as_large_as_promised() -> None:
    assert len([one for one in GROUPS.values() if one.strength == "same"]) >= 300
    assert len([one for one in GROUPS.values() if one.strength == "nickname"]) >= 100
    assert len(APART) >= 60
    assert sum(any(map(is_arabic, one.forms)) for one in GROUPS.values()) >= 300


def test_every_form_is_folded_and_stands_once_in_a_name() -> None:
    rows = [(key, one.forms) for key, one in GROUPS.items()]
    rows += [(key, name) for key, one in APART.items() for name in one.names]
    assert [(key, form) for key, forms in rows for form in forms if fold(form) != form or " " in form] == []
    assert [key for key, forms in rows if len({form.casefold() for form in forms}) != len(forms)] == []


def test_every_group_gives_its_reason() -> None:
    reasons = [(key, one.why) for key, one in GROUPS.items()] + [(key, one.why) for key, one in APART.items()]
    assert [key for key, why in reasons if len(why) < 3 or why != why.strip()] == []


def test_groups_are_symmetric() -> None:
    for key, one in GROUPS.items():
        assert all(key in EQUIVALENTS[form] for form in one.forms)
        assert all(
            relation(first, second) == relation(second, first) in ("same", "nickname")
            for first, second in combinations(one.forms[:8], 2)
        )
    assert {form for key in GROUPS for form in GROUPS[key].forms} == set(EQUIVALENTS)


def test_no_two_groups_hold_the_same_forms() -> None:
    forms = [frozenset(one.forms) for one in GROUPS.values()]
    assert len(set(forms)) == len(forms)


def test_nothing_is_both_equivalent_and_held_apart() -> None:
    both = [
        (key, first, second)
        for key, one in APART.items()
        for left, right in combinations(one.names, 2)
        for first in left
        for second in right
        if one.holds_apart(first, second)
        and set(EQUIVALENTS.get(first, ())) & set(EQUIVALENTS.get(second, ()))
    ]
    assert both == []


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("Ismaïl", "سماعين", "same"),
        ("Smaïn", "إسماعيل", "same"),
        ("Youssef", "Josef", "same"),
        ("Muhand", "محمد", "same"),
        ("M'hamed", "Mohamed", "nickname"),
        ("Yasmine", "Jasmina", "same"),
        ("Amidou", "حميدو", "same"),
        ("Lahcen", "حسن", "same"),
        ("Fadma", "Fátima", "same"),
        ("Kada", "Abdelkader", "nickname"),
        ("Khaddouj", "خديجة", "nickname"),
        ("Pieter", "بيير", "same"),
        ("Jorge", "خورخي", "same"),
        ("Serhiy", "Sergueï", "same"),
        ("Mykola", "Nikolai", "same"),
        ("Peggy", "Margaret", "nickname"),
        ("Sjef", "Jozef", "nickname"),
        ("Aziz", "عزيزة", "different"),
        ("Hassan", "Hussein", "different"),
        ("Omar", "Amar", "different"),
        ("Ahmed", "محمد", "different"),
        ("Khalid", "Walid", "different"),
        ("James", "Yacoub", None),
        ("Rachid", "Pieter", None),
        ("no", "names", None),
    ],
)
def test_what_the_table_says(first: str, second: str, said: str | None) -> None:
    assert relation(fold(first), fold(second)) == said
    assert relation(fold(second), fold(first)) == said


def test_a_form_of_two_names_does_not_chain() -> None:
    assert relation("jacob", "yacoub") == "same"
    assert relation("jacob", "james") == "nickname"
    assert relation("james", "yacoub") is None


def test_a_form_of_one_row_is_not_held_from_its_own() -> None:
    aziza = APART["confusable.aziz"]
    assert aziza.holds_apart("aziz", "aziza")
    assert not aziza.holds_apart("aziza", "azizah")
    assert not aziza.holds_apart("aziz", "karim")
    assert "confusable.aziz" in CONFUSABLES["aziz"]


def test_a_form_that_writes_two_names_is_held_apart_from_neither() -> None:
    amrani = APART["confusable.amrani"]
    assert amrani.holds_apart("omari", "amri")
    assert not amrani.holds_apart("عمري", "amri")
    assert not amrani.holds_apart("omari", "عمري")


@pytest.mark.parametrize(
    "forms", [("one",), ("one", "one"), ("One", "two"), ("é", "two"), ("two words", "one"), ("", "one")]
)
def test_a_bad_group_is_refused(forms: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="x"):
        Group("same.x", "same", forms, "why")
    with pytest.raises(ValueError, match="x"):
        Apart("confusable.x", tuple((form,) for form in forms), "why")


@pytest.mark.parametrize("why", ["", " ", "two\nlines"])
def test_a_group_without_a_reason_is_refused(why: str) -> None:
    with pytest.raises(ValueError, match="reason"):
        Group("same.x", "same", ("one", "two"), why)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[same",
        '[same.x]\nforms=["a","b"]\nwhy="w"\n[nickname]\n[confusable]\n[other]\n',
        '[same.x]\nforms=["a","b"]\n[nickname]\n[confusable]\n',
        '[same.x]\nforms=["a","b"]\nwhy="w"\nstrength="same"\n[nickname]\n[confusable]\n',
        "[same]\nx = 1\n[nickname]\n[confusable]\n",
        '[same]\n[nickname]\n[confusable.x]\nnames=[["a"], []]\nwhy="w"\n',
    ],
)
def test_a_bad_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)
