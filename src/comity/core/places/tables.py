"""The tables of the gazetteer, one file a country, as rows with numbers.

Written from common knowledge: names in use, older names, and what lies in what. A file reads::

    country = "MA"
    [regions]
    oriental = "Oriental, الشرق"
    [provinces.nador]
    region = "oriental"
    around = "nador"
    places = ["Nador, Villa Nador, الناظور", "Beni Ensar, بني أنصار"]
    [parts]
    casablanca = ["Anfa, أنفا"]

The first name of a place is the usual one. A province without names has those of its first place, its seat.
`around` joins provinces that were one within living memory or that form one agglomeration. `parts` are districts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from comity.core.places.wording import bare

COUNTRY_NUMBERS = 100_000
"""Numbers from here on are countries: this plus the two letters of ISO 3166 read in base 26."""


class PlaceKind(StrEnum):
    """How large a place is."""

    COUNTRY = "country"
    REGION = "region"
    PROVINCE = "province"
    COMMUNE = "commune"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the gazetteer.

    Args:
        number: from 1 on; not stable across versions, so never to be stored.
        key: ASCII, unique with the country and the kind; e.g. ``al-hoceima``.
        kind: how large it is.
        country: ISO 3166 alpha-2.
        names: the usual name first, then those of other languages and older ones.
        inside: numbers of what it lies in, the smallest first, the country last.
        cluster: number of the agglomeration or of the former province, 0 for none.
    """

    number: int
    key: str
    kind: PlaceKind
    country: str
    names: tuple[str, ...]
    inside: tuple[int, ...]
    cluster: int = 0


@cache
def gazetteer() -> tuple[Place, ...]:
    """Return all places; the one with number n stands at n - 1.

    Raises:
        ValueError: a table contradicts itself; that is a bug, which the tests find.
    """
    rows = _Rows()
    for path in sorted(files("comity.core.places").joinpath("tables").iterdir(), key=lambda one: one.name):
        if path.name.endswith(".toml"):
            rows.read(tomllib.loads(path.read_text(encoding="utf-8")))
    return tuple(rows.places)


def country_number(code: str) -> int:
    """Return the number of a country from its ISO 3166 alpha-2 code."""
    return COUNTRY_NUMBERS + (ord(code[0]) - 65) * 26 + ord(code[1]) - 65


def country_of(number: int) -> str:
    """Return the ISO 3166 alpha-2 code that `country_number` made a number of."""
    first, second = divmod(number - COUNTRY_NUMBERS, 26)
    return chr(65 + first) + chr(65 + second)


class _Rows:
    """Collects the rows of all files."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self._clusters: dict[str, int] = {}

    def read(self, table: dict[str, Any]) -> None:
        """Add the rows of one file."""
        country = table["country"]
        outside = (country_number(country),)
        regions: dict[str, tuple[int, ...]] = {"": outside}
        for key, entry in table.get("regions", {}).items():
            names, _, wider = entry.partition(" < ")
            number = self._add(key, PlaceKind.REGION, country, names, regions[wider])
            regions[key] = (number, *regions[wider])
        for key, entry in table["provinces"].items():
            self._province(key, entry, country, regions[entry.get("region", "")])
        towns = {place.key: place for place in self.places if place.country == country and _town(place)}
        for key, districts in table.get("parts", {}).items():
            town = towns.get(key) or towns[bare(key.replace("-", " "))]
            for names in districts:
                inside = (town.number, *town.inside)
                self._add("", PlaceKind.DISTRICT, country, names, inside, town.cluster)

    def _province(self, key: str, entry: dict[str, Any], country: str, outside: tuple[int, ...]) -> None:
        cluster = self._cluster(entry.get("around", ""))
        places: list[str] = entry["places"]
        names = entry.get("names") or places[0]
        number = self._add(key, PlaceKind.PROVINCE, country, names, outside, cluster)
        for names in places:
            self._add("", PlaceKind.COMMUNE, country, names, (number, *outside), cluster)

    def _add(
        self, key: str, kind: PlaceKind, country: str, names: str, inside: tuple[int, ...], cluster: int = 0
    ) -> int:
        listed = tuple(_listed(names))
        number = len(self.places) + 1
        self.places.append(Place(number, key or bare(listed[0]), kind, country, listed, inside, cluster))
        return number

    def _cluster(self, name: str) -> int:
        return self._clusters.setdefault(name, len(self._clusters) + 1) if name else 0


def _town(place: Place) -> bool:
    return place.kind is PlaceKind.COMMUNE


def _listed(names: str) -> Iterator[str]:
    for name in names.split(","):
        if name.strip():
            yield name.strip()
