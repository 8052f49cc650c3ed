"""What a number says of a person against what the source says: told as a caution, never changed.

Only what both sides know is compared. A year that is estimated may be wrong by `ESTIMATE` years; 1 January stands for
an unknown day in civil registers, and is taken as the year alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from comity.core.codes.sex import Sex
from comity.core.register.birth import ESTIMATE, BirthDate, BirthPrecision
from comity.core.register.formats.reading import Caution
from comity.core.register.numbers import Check, ReadNumber


def contradictions(number: ReadNumber, births: Sequence[BirthDate], sex: Sex | None) -> Iterator[Caution]:
    """Yield what speaks against a number, or against what the source says beside it.

    Args:
        number: as read.
        births: every date of birth that the source gives; one that agrees is enough.
        sex: as the source states it.
    """
    if number.check is Check.DAMAGED:
        yield Caution.NUMBER_DAMAGED
    if number.birth[0] and births and not any(_agrees(number.birth, birth) for birth in births):
        yield Caution.NUMBER_BIRTH
    if number.sex and sex in (Sex.FEMALE, Sex.MALE) and sex is not number.sex:
        yield Caution.NUMBER_SEX


def _agrees(carried: tuple[int, int, int], birth: BirthDate) -> bool:
    year, month, day = carried
    if birth.until is not None:
        return birth.year <= year <= birth.until
    if birth.precision is BirthPrecision.ESTIMATED:
        return abs(year - birth.year) <= ESTIMATE
    if year != birth.year:
        return False
    if (birth.month, birth.day) == (1, 1) or not month or not birth.month:
        return True
    return month == birth.month and (not day or not birth.day or day == birth.day)
