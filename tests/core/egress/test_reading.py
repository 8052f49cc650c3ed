"""Words, numbers and dates of a text, whatever script, spacing or invisible sign."""

from __future__ import annotations

from datetime import date

import pytest

from comity.core.egress.dates import of_islamic
from comity.core.egress.reading import OPAQUE_FROM, read, texts_in

DAY = (1985, 3, 12)


@pytest.mark.parametrize(
    "text",
    [
        "né le 12 mars 1985",
        "NÉ LE 12 MARS 85",
        "12/03/1985",
        "12.03.85",
        "12-3-1985",
        "1985-03-12",
        "1985/12/03",
        "19850312",
        "12031985",
        "031285",
        "120385",
        "03/12/1985",
        "12.III.1985",
        "March 12th, 1985",
        "12th of March 1985",
        "1985, 12 mars",
        "geboren op 12 maart 1985",
        "nacido el 12 de marzo de 1985",
        "12mars1985",
        "١٢/٠٣/١٩٨٥",
        "١٢ مارس ١٩٨٥",
        "12 آذار 1985",
        "في 12 من شهر مارس لسنة 1985",
        "1\u200b2 mars 19\u200f85",
        "20 جمادى الآخرة 1405",
        "٢٠/٠٦/١٤٠٥ هـ",
    ],
)
def test_a_day_is_read_in_every_usual_spelling(text: str) -> None:
    assert DAY in read([text]).dates


@pytest.mark.parametrize(
    "text", ["1985", "mars 1985", "12 mars", "31/02/1985", "12 maisons en 1985", "douze mars 85", "0/0/0"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert DAY not in read([text]).dates


@pytest.mark.parametrize(
    ("islamic", "day"),
    [((1446, 9, 1), date(2025, 3, 1)), ((1, 1, 1), date(622, 7, 19)), ((1400, 1, 1), date(1979, 11, 20))],
)
def test_tabular_islamic_calendar(islamic: tuple[int, int, int], day: date) -> None:
    """Days of the civil tabular calendar (Dershowitz and Reingold); 1 Muharram 1 is 19 July 622, Gregorian.

    The third differs by one day from the civil date (21 November 1979 by sighting): hence the tolerance.
    """
    found = of_islamic(*islamic)
    assert found is not None
    assert abs((found - day).days) <= 1
    assert of_islamic(1400, 13, 1) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+212 661-99.88.77", "212661998877"),
        ("00212661998877", "212661998877"),
        ("appelé au 0661 99 88 77 hier", "212661998877"),
        ("+212 (0)661 99 88 77", "212661998877"),
        ("٠٦٦١٩٩٨٨٧٧", "212661998877"),
        ("passport AB-123-456.", "ab123456"),
        ("BE68 5390 0754 7034", "be68539007547034"),
        ("85.03.12-123.45", "85031212345"),
        ("karim.t@mail.ma", "karimtmailma"),
        ("plate 12345 A 6", "12345a6"),
        ("karim\u200b.t@ma\u00adil.ma", "karimtmailma"),
        ("karim.t @ mail . ma", "karimtmailma"),
        ("karim.t\uff20mail.ma", "karimtmailma"),
        ("write to karim.t@mail.ma. Then wait", "karimtmailma"),
        ("passport AB\u3164123\u115f456", "ab123456"),
    ],
)
def test_numbers_are_read_without_separators(text: str, number: str) -> None:
    assert number in read([text]).numbers


def test_a_number_does_not_reach_from_one_text_into_another() -> None:
    assert "ab123456" not in read(["AB 123", "456"]).numbers


def test_every_text_of_a_body_is_read_and_encoded_bytes_are_not() -> None:
    body = {"a": "x", "b": [{"c": "y"}, "z"], "d": "A" * OPAQUE_FROM, "n": 4711, "t": True, "none": None}
    assert sorted(texts_in(body)) == ["4711", "x", "y", "z"]
    assert texts_in({"d": "A " * OPAQUE_FROM}) != []


@pytest.mark.parametrize("before", range(90, 125))
def test_a_table_without_blanks_is_cut_between_its_values(before: int) -> None:
    """A row that was pasted from a table may have no blank in it: names and dates must not be cut in the middle."""
    text = ",".join("x" for _ in range(before // 2)) + ";Karim;Tazi;12/03/1985;AB123456;end"
    found = read([text])
    assert {"karim", "tazi"} <= found.shown
    assert (1985, 3, 12) in found.dates
    assert "ab123456" in found.numbers


def test_a_word_without_end_is_read_all_the_same() -> None:
    assert "".join(read(["a" * 1000]).words) == "a" * 1000


@pytest.mark.parametrize("before", range(52, 60))
def test_a_word_is_not_cut_at_its_vowel_signs(before: int) -> None:
    text = "a," * before + "كَرِيمُ" + "," + "التَّازِي"
    assert {"كريم", "التازي"} <= read([text]).shown
