"""One code for the province of a place, and one for the place itself, in whatever language it is written.

Implements docs/protocol/probe.md §3. Source: the gazetteer `comity.core.places`, whose numbers are not stable; hence keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from comity.core.places.index import place
from comity.core.places.reading import read
from comity.core.places.tables import COUNTRY_NUMBERS, PlaceKind
from comity.core.probe.rules.naming import Choice, least

_WIDE = (PlaceKind.PROVINCE, PlaceKind.REGION, PlaceKind.COUNTRY)


def place_codes(texts: Sequence[str]) -> tuple[Choice, ...]:
    """Return the codes of places, each once, those written first the cheapest."""
    return least(Choice(0.2 * rank, (code,)) for rank, code in enumerate(map(_code, texts)) if code)


def town_codes(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the codes of the places themselves, each once; none for a place that is as wide as a province."""
    return tuple(dict.fromkeys(code for code in map(_town, texts) if code))


@lru_cache(16_384)
def _town(text: str) -> str:
    """Return the key of the place, else the consonants; empty for a province, a region, a country or nothing."""
    found = read(text)
    if found.place >= COUNTRY_NUMBERS:
        return ""
    if found.place:
        one = place(found.place)
        return "" if one.kind in _WIDE else f"{one.country}//{one.key}"
    return f"~{found.codes[0]}" if found.codes else ""


@lru_cache(16_384)
def _code(text: str) -> str:
    """Return the key of the province, else of the place, else the consonants; empty for a country alone or nothing."""
    found = read(text)
    if found.province:
        one = place(found.province)
        return f"{one.country}/{one.key}"
    if found.place:
        return (
            ""
            if found.place >= COUNTRY_NUMBERS
            else f"{place(found.place).country}//{place(found.place).key}"
        )
    return f"~{found.codes[0]}" if found.codes else ""
