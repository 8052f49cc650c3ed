"""Numbers that carry check digits: Belgian national and BIS numbers, Belgian identity cards, IBAN.

Checked by the library python-stdnum (LGPL-2.1-or-later). A number is judged only when its kind and country say what it
is; Morocco gives no number with a check digit. A Belgian number also carries a date of birth and, but for BIS numbers
given before the sex was known, a sex: both may be out of date in the number (a corrected birth date, a changed sex),
so that a contradiction is told and nothing is changed.

The library asks the clock for one thing: whether a number may belong to somebody born in this century.
Source: Belgian law of 8 August 1983, royal decree of 3 April 1984 (national number); ISO 13616 (IBAN).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stdnum import iban
from stdnum.be import bis, eid, nn

from comity.core.codes.sex import Sex

MOST_SIGNS: Final = 64
"""Signs of a number that are looked at."""


class Check(StrEnum):
    """What the check digits say; `unknown` where no rule for them is known."""

    SOUND = "sound"
    DAMAGED = "damaged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A number as its check digits and its make-up tell.

    Attributes:
        check: whether the check digits fit.
        compact: without spaces and signs, in capitals.
        birth: year, month and day that it carries; 0 where it does not say.
        sex: that it carries, if any.
    """

    check: Check
    compact: str
    birth: tuple[int, int, int] = (0, 0, 0)
    sex: Sex | None = None


_BELGIAN: Final = frozenset(
    [
        "rrn",
        "nrn",
        "niss",
        "insz",
        "rijksregister",
        "rijksregisternummer",
        "registrenational",
        "numeroderegistrenational",
        "numeronational",
        "bis",
        "bisnummer",
        "numerobis",
    ]
)
"""Kinds of paper that are Belgian by their name."""

_NATIONAL: Final = frozenset(
    [
        "nn",
        "national",
        "nationalid",
        "nationalnumber",
        "nationalidnumber",
        "nationalidno",
        "nationalidentificationnumber",
        "nationalidentificationno",
        "socialsecurity",
        "socialsecuritynumber",
        "ssn",
    ]
)
_CARD: Final = frozenset(
    ["identity", "id", "idcard", "identitycard", "eid", "carteidentite", "identiteitskaart", "document"]
)


def read_number(kind: str, number: str, country: str | None = None) -> ReadNumber:
    """Return what a number says of itself.

    Args:
        kind: what the source calls it, in any spelling: `iban`, `rijksregisternummer`, `identity`, ...
        number: as written.
        country: ISO 3166 alpha-2 of who gave it, where known.
    """
    named = "".join(sign for sign in unicodedata.normalize("NFKD", kind).casefold() if sign.isalnum())
    plain = _plain(number)
    if named == "iban":
        return ReadNumber(_checked(iban.is_valid(plain)), plain)
    belgian = country == "BE" or (country is None and named in _BELGIAN)
    if belgian and named in _BELGIAN | _NATIONAL:
        return _national(plain)
    if belgian and named in _CARD and plain.isdigit():
        if len(plain) == 12:
            return ReadNumber(_checked(eid.is_valid(plain)), plain)
        if len(plain) == 11:
            return _national(plain)
    return ReadNumber(Check.UNKNOWN, plain)


def _national(plain: str) -> ReadNumber:
    made = nn if nn.is_valid(plain) else bis if bis.is_valid(plain) else None
    if made is None:
        return ReadNumber(Check.DAMAGED, plain)
    day = made.get_birth_date(plain)
    birth = (made.get_birth_year(plain) or 0, made.get_birth_month(plain) or 0, day.day if day else 0)
    sex = made.get_gender(plain)
    return ReadNumber(Check.SOUND, plain, birth, Sex(sex) if sex else None)


def _checked(sound: bool) -> Check:
    return Check.SOUND if sound else Check.DAMAGED


def _plain(number: str) -> str:
    """Return letters and digits in capitals, digits of every script as ASCII."""
    shown = number[:MOST_SIGNS]
    signs = (str(unicodedata.decimal(sign)) if sign.isdecimal() else sign.upper() for sign in shown)
    return "".join(sign for sign in signs if sign.isalnum())


def is_damaged(kind: str, number: str, country: str | None = None) -> bool:
    """Tell whether the check digits of a number are known to be wrong."""
    return read_number(kind, number, country).check is Check.DAMAGED
