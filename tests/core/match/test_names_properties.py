"""What no keyboard, font or page direction may change in the reading of a name, and how much of a name is read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.match.names.compare import CEILING, compare_names, score_pairs
from comity.core.match.names.reading import (
    _SCRIPT_CHANGES,
    MAX_LETTERS,
    MAX_UNITS,
    _gathered,
    _untitled,
    fold,
    joined,
    units,
)
from comity.core.names.sexes import key

ARABIC_PARTS: Final = (
    "محمد", "أشرف", "إدريس", "آسية", "فاطمة", "الزهراء", "عبد", "الرحمن", "نور", "الدين", "بن", "علي", "مصطفى", "كريم",
    "الأندلسي", "بوشعيب", "أيت", "رؤوف", "عائشة", "لالة", "الإله", "سكينة",
)  # fmt: skip
LATIN_PARTS: Final = (
    "Mohamed", "Abd", "el", "Kader", "Ben", "Ali", "Bou", "Azza", "Aït", "Baha", "Nour", "Eddine", "Lahcen", "M'barek",
    "van", "den", "Broeck", "Peeters-Amghar", "Fernández", "Chaïb", "Müller", "Hadj", "Oeriaghli", "Ez-Zahraoui",
)  # fmt: skip
TIFINAGH_PARTS: Final = ("ⵎⵓⵃⴰ", "ⵢⵉⴷⵉⵔ", "ⴰⵎⵖⴰⵔ", "ⴰⵎⵔⴰⵏⵉ", "ⴼⴰⴹⵎⴰ")


def _names(parts: tuple[str, ...], *, repeat: bool = True) -> st.SearchStrategy[str]:
    """Return names of up to five parts: with two signs strewn after each letter they still are read to their end."""
    return st.lists(st.sampled_from(parts), min_size=1, max_size=5, unique=not repeat).map(" ".join)


ARABIC_NAMES: Final = _names(ARABIC_PARTS)
NAMES: Final = _names(ARABIC_PARTS + LATIN_PARTS + TIFINAGH_PARTS)
WITHOUT_REPEATS: Final = st.one_of(
    *(_names(parts, repeat=False) for parts in (ARABIC_PARTS, LATIN_PARTS, TIFINAGH_PARTS))
)
ANY_SIGN: Final = st.characters(exclude_categories=())
"""Every code point: unassigned, private and lone surrogates too."""

INVISIBLE: Final = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u061c\ufeff"
)
"""Controls of direction and joining."""

HARAKAT: Final = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670"
HAMZA_FORMS: Final = {"ا": "أإآٱ", "أ": "اإآٱ", "إ": "اأآٱ", "آ": "اأإٱ", "ؤ": "و", "ئ": "ي"}
PERSIAN_FORMS: Final = {"ي": "یى", "ى": "یي", "ك": "کڪ", "ه": "ھہ"}


def _presentation_forms() -> dict[str, str]:
    """Return each Arabic letter, and lam with alef, with the signs that a font once used for it."""
    found: dict[str, str] = {}
    for point in (*range(0xFB50, 0xFC00), *range(0xFE70, 0xFEFD)):
        plain = unicodedata.normalize("NFKC", chr(point))
        if plain != chr(point) and " " not in plain and "ـ" not in plain:
            found[plain] = found.get(plain, "") + chr(point)
    return found


PRESENTATION_FORMS: Final = _presentation_forms()


@st.composite
def rewritten(
    draw: st.DrawFn, names: st.SearchStrategy[str], forms: dict[str, str], *, by_two: bool = False
) -> tuple[str, str]:
    """Return a name, and the same with any of its letters (or pairs of them) in another form."""
    name = draw(names)
    written, place = "", 0
    while place < len(name):
        taken = 2 if by_two and name[place : place + 2] in forms else 1
        piece = name[place : place + taken]
        written += draw(st.sampled_from((piece, *forms.get(piece, ""))))
        place += taken
    return name, written


@st.composite
def strewn(
    draw: st.DrawFn, names: st.SearchStrategy[str], signs: str, after: Callable[[str], bool]
) -> tuple[str, str]:
    """Return a name, and the same with signs put after letters that allow it."""
    name = draw(names)
    more = st.text(alphabet=signs, max_size=2)
    return name, "".join(letter + draw(more) if after(letter) else letter for letter in name)


def _is_arabic(letter: str) -> bool:
    return "\u0620" < letter <= "\u064a"


@given(WITHOUT_REPEATS, WITHOUT_REPEATS)
def test_the_order_of_the_two_names_does_not_change_what_is_shown(first: str, second: str) -> None:
    """The count of parts out of order is left aside: it is taken from the first name, and no tree asks for it."""
    there, back = compare_names(first, second), compare_names(second, first)
    assert there.probability == pytest.approx(back.probability, abs=1e-9)
    for name in there.figures.keys() - {"parts_out_of_order"}:
        assert there.figures[name] == pytest.approx(back.figures[name], abs=0.011), name


@given(st.permutations(["Mohamed", "Ahmed", "Omar"]), st.sampled_from([" ", " Ben ", " ould "]))
def test_a_first_name_borne_twice_is_scored_alike_from_both_sides(borne: list[str], between: str) -> None:
    twice, once = f"{borne[0]}{between}{borne[0]} Tazi", f"{borne[1]}{between}{borne[0]} Tazi"
    there, back = score_pairs([(twice, once), (once, twice)])
    assert there == pytest.approx(back, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("van Baha", "el el Baha Baha"),
        ("إدريس Aït Aït إدريس", "Aït van إدريس van van"),
    ],
)
def test_parts_repeated_at_random_are_scored_alike_from_both_sides(first: str, second: str) -> None:
    there, back = score_pairs([(first, second), (second, first)])
    assert there == pytest.approx(back, abs=1e-9)


@given(NAMES, NAMES, st.sampled_from([str.upper, str.lower, str.swapcase, str.title]))
def test_case_does_not_count(first: str, second: str, change: Callable[[str], str]) -> None:
    assert units(change(first)) == units(first)
    assert score_pairs([(change(first), second)])[0] == score_pairs([(first, second)])[0]


@given(NAMES, st.text(" \t\n\r\u00a0\u2009\u202f\u3000", min_size=1, max_size=4))
def test_spacing_does_not_count(name: str, gap: str) -> None:
    assert units(gap + gap.join(name.split(" ")) + gap) == units(name)


@given(rewritten(ARABIC_NAMES, PRESENTATION_FORMS, by_two=True))
def test_presentation_forms_do_not_count(pair: tuple[str, str]) -> None:
    name, written = pair
    assert units(written) == units(name)


def test_written_out_presentation_forms() -> None:
    assert units("ﻣﺤﻤﺪ ﺍﻟﻌﻠﻮﻱ") == units("محمد العلوي")
    assert units("ﻋﺒﺪ ﺍﻹﻟﻪ") == units("عبد الإله")
    assert units("ﻻﻟﺔ ﺧﺪﻳﺠﺔ") == units("لالة خديجة")
    assert {"لا", "لأ", "لإ", "لآ", "ع", "ي"} <= PRESENTATION_FORMS.keys()


@given(rewritten(ARABIC_NAMES, HAMZA_FORMS))
def test_hamza_forms_do_not_count(pair: tuple[str, str]) -> None:
    name, written = pair
    assert units(written) == units(name)


@given(rewritten(ARABIC_NAMES, PERSIAN_FORMS))
def test_persian_letters_do_not_count(pair: tuple[str, str]) -> None:
    name, written = pair
    assert units(written) == units(name)


@given(strewn(ARABIC_NAMES, "\u0640" + HARAKAT, _is_arabic))
def test_tatweel_and_short_vowels_do_not_count(pair: tuple[str, str]) -> None:
    name, written = pair
    assert units(written) == units(name)


@given(strewn(NAMES, INVISIBLE, lambda _: True))
def test_controls_of_direction_do_not_count(pair: tuple[str, str]) -> None:
    name, written = pair
    assert units(written) == units(name)


@given(st.text(ANY_SIGN, max_size=60), st.one_of(NAMES, st.text(ANY_SIGN, max_size=60)))
def test_any_code_point_has_an_answer(first: str, second: str) -> None:
    found = compare_names(first, second)
    if units(first) and units(second):
        assert found.probability is not None
        assert 0 <= found.probability <= CEILING
        assert found.probability == pytest.approx(score_pairs([(first, second)])[0], abs=1e-12)
    else:
        assert found.probability is None
        assert score_pairs([(first, second)])[0] == 0


@given(st.text(ANY_SIGN, min_size=1, max_size=40), st.sampled_from(["", " ", "-", "'", " el ", " عبد ال"]))
def test_a_long_name_is_read_in_part(piece: str, between: str) -> None:
    long = (piece + between) * (100_000 // len(piece + between) + 1)
    assert len(long) >= 100_000
    found = units(long)
    assert len(found) <= MAX_UNITS
    for unit in (*found, *map(joined, found, found[1:])):
        assert 0 < len(unit.letters) <= MAX_LETTERS
        assert all(0 <= passed < len(unit.letters) for passed, _ in unit.starts)


@pytest.mark.parametrize(
    "long", ["m" * 100_000, "م" * 100_000, "ben " * 25_000, "Ali " * 25_000, "ﷴ" * 100_000]
)
def test_a_long_name_still_has_an_answer(long: str) -> None:
    first = units(long)
    assert 0 < len(first) <= MAX_UNITS
    assert max(len(unit.letters) for unit in first) <= MAX_LETTERS
    assert 0 <= score_pairs([(long, "Mohamed Alaoui")])[0] <= CEILING


@pytest.mark.parametrize("padding", ["\u200f" * 300, "\u0640" * 300])
def test_invisible_signs_in_front_hide_no_name(padding: str) -> None:
    plain, padded = score_pairs(
        [("محمد العلوي", "Mohamed Alaoui"), (padding + "محمد العلوي", "Mohamed Alaoui")]
    )
    assert padded == plain


@given(name=st.one_of(NAMES, st.text(ANY_SIGN, max_size=40)))
def test_what_is_read_is_in_the_form_of_the_table_of_given_names(name: str) -> None:
    for unit in units(name):
        for start, _ in unit.starts:
            assert key(unit.letters[start:]) == unit.letters[start:]


@given(name=NAMES)
def test_names_without_particles_are_read_like_those_with(name: str) -> None:
    assert units(name) == tuple(
        _gathered(_untitled(_SCRIPT_CHANGES.sub(" ", fold(name)).split()))[:MAX_UNITS]
    )
