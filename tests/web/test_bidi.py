"""Two hundred values that a page of the other direction could turn around, and the one filter that keeps them."""

from __future__ import annotations

import itertools

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from comity.web import isolation
from comity.web.templatetags import desk

NAMES = [
    "Jansen, P.",
    "Van den Broeck",
    "El Idrissi",
    "يوسف بنجلون",
    "بن علي، ف.",
    "ⵢⵓⵙⴼ",
    "O'Neill (Jr.)",
    "سلمى (Salma)",
]
NUMBERS = [
    "+212 661-234567",
    "-2",
    "(02) 555 12 34",
    "BK482913",
    "1-ABC-123",
    "12/34/56",
    "50%",
    "3.14",
    "€ 20",
]
DATES = ["1984-05-17", "1984-05", "2026-11-23 20:15 UTC", "17/05/1984"]
CODES = [
    "BE-MA-2025",
    "terrorism.request",
    "f2",
    "H1",
    "X4",
    "a1b2c3d4",
    "police:officer",
    "BE.federal-police",
]
MARKS = ["!", "?", "...", "[x]", "<b>", "&amp;", '"', "«»"]
CORPUS = sorted(
    {
        *NAMES, *NUMBERS, *DATES, *CODES, *MARKS,
        *(f"{one} {two}" for one, two in itertools.product(NAMES, NUMBERS)),
        *(f"{one}{two}" for one, two in itertools.product(NAMES, MARKS)),
        *(f"{one} – {two}" for one, two in itertools.product(CODES, DATES)),
        *(f"{one}: {two}" for one, two in itertools.product(["رقم", "nr"], NUMBERS)),
    }
)  # fmt: skip
RTL = {"يوسف بنجلون", "بن علي، ف.", "سلمى (Salma)"}


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 200


@pytest.mark.parametrize("value", CORPUS)
def test_each_value_is_isolated_escaped_and_whole(value: str) -> None:
    shown = Template("{% load desk %}{{ value|isolate }}").render(Context({"value": value}))
    assert shown.startswith('<bdi dir="')
    assert shown.endswith("</bdi>")
    inner = shown.partition(">")[2].removesuffix("</bdi>")
    assert "<" not in inner
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert inner == escaped.replace('"', "&quot;").replace("'", "&#x27;")


def test_direction_follows_the_first_letter_and_numbers_are_left_to_right() -> None:
    assert {name for name in NAMES if isolation.direction(name) == "rtl"} == RTL
    assert {isolation.direction(value) for value in (*NUMBERS, *DATES, *CODES, *MARKS)} == {"ltr"}


@given(st.text())
def test_no_control_of_direction_survives(text: str) -> None:
    spiked = "\u202e" + text + "\u2066\u200f"
    assert not set(isolation.without_controls(spiked)) & isolation.CONTROLS
    inside = isolation.isolated_text(spiked)[1:-1]
    assert not set(inside) & isolation.CONTROLS


def test_dates_keep_latin_digits_in_arabic() -> None:
    from datetime import UTC, datetime

    with translation.override("ar"):
        shown = desk.instant(datetime(2026, 11, 23, 20, 15, tzinfo=UTC))
    assert '<bdi dir="ltr">2026-11-23 20:15 UTC</bdi>' in shown
