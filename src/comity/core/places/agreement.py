"""How two places of birth agree."""

from __future__ import annotations

from enum import StrEnum

from comity.core.names.letters import is_arabic
from comity.core.places.index import MIN_SLIP, within
from comity.core.places.index import place as place_of
from comity.core.places.reading import ReadPlace, read
from comity.core.places.tables import COUNTRY_NUMBERS, PlaceKind

MIN_CODE = 2
"""Consonants of an unknown name below which sharing them says nothing."""


class PlaceAgreement(StrEnum):
    """Degrees of agreement, the strongest first; each is symmetric.

    - SAME: one town, or one unknown name in the same letters; a namesake that the text does not exclude counts.
    - CONTAINS: one is what the other lies in: its commune, province, region or country. Consulates write the
      province or the agglomeration for the commune, so this is usual for true pairs. A region or a country alone on
      both sides is no more than this.
    - NEAR: two places of one province, of one agglomeration or of provinces that were one.
    - SPELLING: at least one is unknown to the gazetteer, and consonants or letters are alike.
    - DIFFERENT: two known places, or names that are not alike.
    - UNREADABLE: at least one says nothing; no evidence either way.
    """

    SAME = "same"
    CONTAINS = "contains"
    NEAR = "near"
    SPELLING = "spelling"
    DIFFERENT = "different"
    UNREADABLE = "unreadable"


def agreement(a: str, b: str) -> PlaceAgreement:
    """Return how two places as written agree; any text is accepted."""
    return compare(read(a), read(b))


def compare(a: ReadPlace, b: ReadPlace) -> PlaceAgreement:
    """Return how two places read by this version of the gazetteer agree."""
    if a.letters == "" or b.letters == "":
        return PlaceAgreement.UNREADABLE
    if a.place and b.place:
        return _known(a, b)
    if a.country and b.country and a.country != b.country:
        return PlaceAgreement.DIFFERENT
    if not a.place and not b.place and a.letters == b.letters:
        return PlaceAgreement.SAME
    if a.place >= COUNTRY_NUMBERS or b.place >= COUNTRY_NUMBERS:
        return PlaceAgreement.CONTAINS if a.country == b.country else PlaceAgreement.DIFFERENT
    return PlaceAgreement.SPELLING if _alike(a, b) else PlaceAgreement.DIFFERENT


def _known(a: ReadPlace, b: ReadPlace) -> PlaceAgreement:
    if a.place == b.place or b.place in a.rivals or a.place in b.rivals:
        return PlaceAgreement.CONTAINS if _wide(a.place) else PlaceAgreement.SAME
    if a.area in b.inside or b.area in a.inside or a.place in b.inside or b.place in a.inside:
        return PlaceAgreement.CONTAINS
    if (a.province and a.province == b.province) or (a.cluster and a.cluster == b.cluster):
        return PlaceAgreement.NEAR
    return PlaceAgreement.DIFFERENT


def _wide(number: int) -> bool:
    return number >= COUNTRY_NUMBERS or place_of(number).kind is PlaceKind.REGION


def _alike(a: ReadPlace, b: ReadPlace) -> bool:
    if any(len(code) >= MIN_CODE and code in b.codes for code in a.codes):
        return True
    if is_arabic(a.letters) != is_arabic(b.letters) or min(len(a.letters), len(b.letters)) < MIN_SLIP:
        return False
    return within(a.letters, b.letters, 1)
