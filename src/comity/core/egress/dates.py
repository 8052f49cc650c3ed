"""Days written in a text, in every usual spelling.

Read are: digits in the orders day-month-year, month-day-year and year-month-day, with any separator or none, with four
or two digits of the year; months by name in English, French, Dutch, Spanish and Arabic (Maghreb, Mashriq) or as a Roman
number; days of the Islamic calendar, by number or name of the month, reckoned by its tabular form, which may differ
from sighting by a day, so that the day before and the day after count too. A text with two readings yields both: what
is compared is whether a protected day may stand in it.

Source: Dershowitz and Reingold, Calendrical Calculations (tabular Islamic calendar, civil epoch).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Final

from comity.core.names.letters import fold

Day = tuple[int, int, int]
"""Year, month, day."""

MOST_DATES: Final = 2_000

_MONTHS: Final = (
    ("january jan janvier janv januari enero يناير جانفي كانون_الثاني i"),
    ("february feb fevrier fevr fev februari febrero فبراير فيفري شباط ii"),
    ("march mar mars maart mrt marzo مارس اذار iii"),
    ("april apr avril avr abril ابريل افريل نيسان iv"),
    ("may mai mei mayo ماي مايو ايار v"),
    ("june jun juin juni junio يونيو جوان حزيران vi"),
    ("july jul juillet juil juli julio يوليوز يوليو جويليه جويلية تموز vii"),
    ("august aug aout augustus agosto غشت اغسطس اوت اب viii"),
    ("september sep sept septembre septiembre شتنبر سبتمبر ايلول ix"),
    ("october oct octobre oktober okt octubre اكتوبر تشرين_الاول x"),
    ("november nov novembre noviembre نونبر نوفمبر تشرين_الثاني xi"),
    ("december dec decembre diciembre دجنبر ديسمبر كانون_الاول xii"),
)
_ISLAMIC: Final = (
    ("محرم المحرم muharram mouharram"),
    ("صفر safar"),
    ("ربيع_الاول rabi_al_awwal rabia_i"),
    ("ربيع_الثاني ربيع_الاخر rabi_al_thani rabia_ii"),
    ("جمادي_الاولي جمادي_الاول joumada_i jumada_al_ula"),
    ("جمادي_الثانية جمادي_الاخرة جمادي_الثاني joumada_ii jumada_al_akhira"),
    ("رجب rajab"),
    ("شعبان shaban chaabane chaaban"),
    ("رمضان ramadan"),
    ("شوال shawwal chaoual chawwal"),
    ("ذو_القعدة ذي_القعدة dhu_al_qadah"),
    ("ذو_الحجة ذي_الحجة dhu_al_hijjah"),
)


def _table(rows: Sequence[str]) -> dict[tuple[str, ...], int]:
    return {
        tuple(fold(name.replace("_", " ")).split()): month
        for month, names in enumerate(rows, 1)
        for name in names.split()
    }


_BY_NAME: Final = _table(_MONTHS)
_BY_ISLAMIC_NAME: Final = _table(_ISLAMIC)
_FIRST_WORDS: Final = {name[0] for name in (*_BY_NAME, *_BY_ISLAMIC_NAME)}
_ATOM: Final = re.compile(r"[0-9]+|[^\W\d_]+")
_SKIPPED: Final = frozenset(
    [
        "de",
        "du",
        "d",
        "of",
        "the",
        "th",
        "st",
        "nd",
        "rd",
        "er",
        "ste",
        "e",
        "van",
        "den",
        "del",
        "le",
        "la",
        "el",
        "في",
        "من",
        "عام",
        "سنة",
        "شهر",
        "لسنة",
        "ه",
        "هـ",
        "م",
        "h",
        "ah",
    ]
)
_ISLAMIC_YEARS: Final = range(1250, 1500)
_YEARS: Final = range(1800, 2200)
_ISLAMIC_EPOCH: Final = date(622, 7, 19).toordinal()


def dates_in(words: Sequence[str]) -> frozenset[Day]:
    """Return every day that may be meant somewhere in a text.

    Args:
        words: folded, without separators.
    """
    atoms = [atom for word in words for atom in (_ATOM.findall(word) if word else ("",))]
    found: set[Day] = set()
    for place, atom in enumerate(atoms):
        if atom.isascii() and atom.isdigit():
            found.update(_by_digits(atoms, place))
        elif atom in _FIRST_WORDS:
            found.update(_by_name(atoms, place))
        if len(found) > MOST_DATES:
            break
    return frozenset(found)


def of_islamic(year: int, month: int, day: int) -> date | None:
    """Return the day of a date of the tabular Islamic calendar, None when there is none."""
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return None
    days = day + (59 * (month - 1) + 1) // 2 + (year - 1) * 354 + (3 + 11 * year) // 30
    return date.fromordinal(_ISLAMIC_EPOCH + days - 1)


def _around(middle: date) -> Iterator[date]:
    for step in (-1, 0, 1):
        yield middle + timedelta(days=step)


def _by_digits(atoms: Sequence[str], place: int) -> Iterator[Day]:
    first, second, third = (_digits(atoms, place + step) for step in range(3))
    if len(first) == 8:
        yield from _days(first[:4], first[4:6], first[6:])
        yield from _days(first[4:], first[2:4], first[:2])
        yield from _days(first[4:], first[:2], first[2:4])
    if len(first) == 6:
        yield from _days(first[:2], first[2:4], first[4:])
        yield from _days(first[4:], first[2:4], first[:2])
        yield from _days(first[4:], first[:2], first[2:4])
    if len(first) == 4 and 0 < len(second) <= 2 and 0 < len(third) <= 2:
        yield from _days(first, second, third)
        yield from _days(first, third, second)
    if len(first) <= 2 and 0 < len(second) <= 2 and len(third) in (2, 4):
        yield from _days(third, second, first)
        yield from _days(third, first, second)
        if len(third) == 2:
            yield from _days(first, second, third)


def _by_name(atoms: Sequence[str], place: int) -> Iterator[Day]:
    for table, islamic in ((_BY_NAME, False), (_BY_ISLAMIC_NAME, True)):
        for name, month in table.items():
            if name[0] != atoms[place] or tuple(atoms[place : place + len(name)]) != name:
                continue
            before = _numbers(atoms, range(place - 1, place - 5, -1))
            after = _numbers(atoms, range(place + len(name), place + len(name) + 5))
            pairs = list(product(before[:1], after[:1]))
            pairs += [*zip(after[1:2], after[:1], strict=False), *zip(before[1:2], before[:1], strict=False)]
            pairs += [(year, day) for day, year in pairs]
            for day, year in pairs:
                yield from _days(year, str(month), day, islamic=islamic)


def _numbers(atoms: Sequence[str], places: range) -> list[str]:
    """Return the numbers that stand next to a month, small words passed over; at most two."""
    found: list[str] = []
    for place in places:
        if not 0 <= place < len(atoms) or len(found) == 2:
            break
        if number := _digits(atoms, place):
            found.append(number)
        elif atoms[place] not in _SKIPPED:
            break
    return found


def _digits(atoms: Sequence[str], place: int) -> str:
    atom = atoms[place] if place < len(atoms) else ""
    return atom if atom.isascii() and atom.isdigit() else ""


def _days(year: str, month: str, day: str, *, islamic: bool = False) -> Iterator[Day]:
    years = [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)] if len(year) == 2 else []
    for one in years:
        try:
            if one in _YEARS and not islamic:
                known = date(one, int(month), int(day))
                yield known.year, known.month, known.day
            elif one in _ISLAMIC_YEARS:
                middle = of_islamic(one, int(month), int(day))
                for near in () if middle is None else _around(middle):
                    yield near.year, near.month, near.day
        except ValueError:
            continue
