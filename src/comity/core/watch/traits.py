"""What two searches have in common when somebody tries variants of one person: words that a node keys and then forgets.

Implements docs/protocol/probe.md §9.5. Names are read as the search reads them (coarse codes of `comity.core.names`), so
that another spelling or script of a name is the same word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from comity.core.names.units import units
from comity.core.probe.query import PartialDate, Query, WrittenName

STEM_CUT = 3
"""Last characters of a document number in which neighbours differ."""

LEAST_STEM = 4
NO_CASE = frozenset(
    {"na", "nil", "none", "nocase", "test", "unknown", "tbd", "sans", "aucun", "inconnu", "geen", "onbekend"}
)
"""What is written where a case has to stand and there is none, without blanks and signs."""


@dataclass(frozen=True, slots=True, repr=False)
class Traits:
    """Words of one search; empty where it says nothing of the kind.

    Args:
        person: all of it. name: both names, unordered. family: the family name. birth: the date as far as it is known.
        after: the day after it, when it is whole. document: a document number but its last characters.
        second_name, second_family: of the first further name that is another one, and not the same in another script:
            whoever writes nonsense beside a name searches for the name all the same.
    """

    person: str
    name: str = ""
    family: str = ""
    birth: str = ""
    after: str = ""
    document: str = ""
    second_name: str = ""
    second_family: str = ""


def traits_of(query: Query) -> Traits:
    """Return the words of a search."""
    named = list(dict.fromkeys(_read(written) for written in query.names))
    (name, family), (second, second_family) = (*named, ("", ""), ("", ""))[:2]
    birth = query.births[0] if query.births else None
    number = (
        "".join(each for each in query.documents[0].casefold() if each.isalnum()) if query.documents else ""
    )
    day = birth.text() if birth else ""
    stem = number[:-STEM_CUT]
    return Traits(
        person="/".join((" ".join(sorted(each for each, _ in named)), day, number)),
        name=name,
        family=family,
        birth=day,
        after=_after(birth),
        document=stem if len(stem) >= LEAST_STEM else "",
        second_name=second,
        second_family=second_family,
    )


def is_case(text: str) -> bool:
    """Tell whether a text may name a case: not what is written where there is none."""
    plain = "".join(each for each in text.casefold() if each.isalnum())
    return len(set(plain)) > 1 and plain not in NO_CASE


def _read(written: WrittenName) -> tuple[str, str]:
    """Return both names, unordered, and the family name where it is told apart."""
    given, family = _codes(written.given), _codes(written.family)
    return " ".join(sorted((*given, *family))), " ".join(family) if given else ""


def _codes(name: str) -> list[str]:
    return [unit.codes[0] for unit in units(name)]


def _after(birth: PartialDate | None) -> str:
    if birth is None or birth.month is None or birth.day is None:
        return ""
    try:
        return (date(birth.year, birth.month, birth.day) + timedelta(days=1)).isoformat()
    except ValueError:  # the 31st of a shorter month
        return ""
