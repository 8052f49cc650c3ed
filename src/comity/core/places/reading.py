"""Read a place as written into numbers, so that millions of pairs compare without reading again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from comity.core.places.index import alike, consonants, named, place
from comity.core.places.tables import COUNTRY_NUMBERS, Place, PlaceKind, country_number
from comity.core.places.wording import Part, parts
from comity.core.register.countries import country_code

KEPT = 65_536
"""Different texts whose reading is kept."""

_WIDE = frozenset({PlaceKind.REGION, PlaceKind.PROVINCE})


@dataclass(frozen=True, slots=True)
class ReadPlace:
    """One text, read; hashable, good for this version of the gazetteer only.

    Args:
        place: number in the gazetteer, or of a country alone; 0 when unknown.
        area: number of the largest place that the same words name (the province that is called after its seat);
            equal to `place` otherwise.
        inside: numbers of what the place lies in, the smallest first, the country last; for an unknown place the
            country alone, where the text tells it.
        province: number of the province, 0 when unknown or none.
        cluster: number of the agglomeration or of the former province, 0 for none.
        rivals: further places of the same name.
        letters: the bare letters of the text, empty when it says nothing.
        codes: consonant codes of what the gazetteer does not know, or of the whole text.
    """

    place: int = 0
    area: int = 0
    inside: tuple[int, ...] = ()
    province: int = 0
    cluster: int = 0
    rivals: tuple[int, ...] = ()
    letters: str = ""
    codes: tuple[str, ...] = ()

    @property
    def country(self) -> int:
        """Return the number of the country, 0 when unknown."""
        if self.inside:
            return self.inside[-1]
        return self.place if self.place >= COUNTRY_NUMBERS else 0


NOTHING = ReadPlace()
"""What an empty text reads."""


@lru_cache(maxsize=KEPT)
def read(text: str) -> ReadPlace:
    """Return what a text says of a place; `NOTHING` when it says nothing. Any text is accepted."""
    found = parts(text)
    if not found:
        return NOTHING
    countries = [_country(part) for part in found]
    candidates = [named(part.letters) for part in found]
    if all(countries[number] and not candidates[number] for number in range(len(found))):
        return _of_country(next(filter(None, countries)), found)
    context = _context(countries, candidates)
    best = _best(found, candidates, context)
    if best is None:
        return _unknown(found, countries, candidates)
    return _known(place(best[0]), best[1], found)


def resolve(text: str) -> Place | None:
    """Return the place that a text names, None when the gazetteer does not know it."""
    number = read(text).place
    if number == 0:
        return None
    if number >= COUNTRY_NUMBERS:
        return Place(number, "", PlaceKind.COUNTRY, _letters_of(number), (), ())
    return place(number)


def _letters_of(number: int) -> str:
    first, second = divmod(number - COUNTRY_NUMBERS, 26)
    return chr(65 + first) + chr(65 + second)


def _country(part: Part) -> int:
    code = country_code(part.written)
    return country_number(code) if code else 0


def _context(countries: Iterable[int], candidates: Iterable[tuple[int, ...]]) -> frozenset[int]:
    """Return every number that some part of the text may name."""
    return frozenset(country for country in countries if country) | {
        number for numbers in candidates for number in numbers
    }


def _best(
    found: tuple[Part, ...], candidates: list[tuple[int, ...]], context: frozenset[int]
) -> tuple[int, tuple[int, ...]] | None:
    """Return the place named and its rivals: best supported by the other parts, then smallest, then likeliest."""
    chosen: tuple[tuple[int, int, int], int, tuple[int, ...]] | None = None
    for spot, part in enumerate(found):
        numbers = candidates[spot]
        if not numbers and (near := alike(part.letters)):
            numbers = (near,)
        for order, number in enumerate(numbers):
            one = place(number)
            own = set(numbers)
            support = sum(1 for outer in one.inside if outer in context and outer not in own)
            hinted = 1 if part.province and one.kind in _WIDE else 0
            rank = (hinted * 4 + support, -spot, -order)
            if chosen is None or rank > chosen[0]:
                rivals = tuple(other for other in numbers if not support and not hinted and other != number)
                chosen = (rank, number, rivals)
    return (chosen[1], chosen[2]) if chosen else None


def _known(one: Place, rivals: tuple[int, ...], found: tuple[Part, ...]) -> ReadPlace:
    area = one.number
    for outer in one.inside:
        if outer in rivals or (
            outer >= COUNTRY_NUMBERS and any(_country(part) == outer for part in found[:1])
        ):
            area = outer
    province = next((n for n in (one.number, *one.inside) if _kind(n) is PlaceKind.PROVINCE), 0)
    return ReadPlace(
        place=one.number,
        area=area,
        inside=one.inside,
        province=province,
        cluster=one.cluster,
        rivals=tuple(number for number in rivals if number not in one.inside),
        letters=_joined(found),
        codes=_codes(found),
    )


def _of_country(number: int, found: tuple[Part, ...]) -> ReadPlace:
    return ReadPlace(place=number, area=number, letters=_joined(found), codes=_codes(found))


def _unknown(found: tuple[Part, ...], countries: list[int], candidates: list[tuple[int, ...]]) -> ReadPlace:
    rest = tuple(
        part
        for part, country, numbers in zip(found, countries, candidates, strict=True)
        if not country and not numbers
    )
    known = tuple(country for country in countries if country)[:1]
    return ReadPlace(inside=known, letters=_joined(rest or found), codes=_codes(rest or found))


def _kind(number: int) -> PlaceKind:
    return PlaceKind.COUNTRY if number >= COUNTRY_NUMBERS else place(number).kind


def _joined(found: tuple[Part, ...]) -> str:
    return " ".join(part.letters for part in found)


def _codes(found: tuple[Part, ...]) -> tuple[str, ...]:
    return consonants(found[0].letters)
