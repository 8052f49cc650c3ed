"""One code for the province of a place, in whatever language and however exactly it is written.

Implements docs/protocol/probe.md §3. Source: the gazetteer `comity.core.places`, whose numbers are not stable; hence keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from comity.core.places.index import place
from comity.core.places.reading import read
from comity.core.places.tables import COUNTRY_NUMBERS
from comity.core.probe.rules.naming import Choice, least


def place_codes(texts: Sequence[str]) -> tuple[Choice, ...]:
    """Return the codes of places, each once, those written first the cheapest."""
    return least(Choice(0.2 * rank, (code,)) for rank, code in enumerate(map(_code, texts)) if code)


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
