"""The parts of a full name that was written in unknown order: given, family and father's name, kunya, title.

Each part says what made it so and how sure that is; where two readings are left, both are named, and nothing is
guessed silently. Latin, Arabic and Tifinagh letters are read. Rules, the first that applies:

- a title before the name is a title; Abou or Oum X beside a given name is a kunya;
- a comma, or capitals in one half of the name only, tell the family name;
- a known given name at one end of the name, and no other at the other end: what stands there is the family name. A
  plain word before a given name may be a rare given name with a family name like Mohamed behind it, and is left open;
  behind one it is only likely where men's names of the Maghreb serve as family names too (Moussa Sabrin);
- ben, ibn, ould X between a given name and a family name is the father's name; at the end it may be either.

Known given names are those of `comity.core.names.sexes`. Source: naming customs of the Maghreb, Mauritania, Belgium
and Spain, common knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from comity.core.codes.sex import Sex
from comity.core.names.particles import Kind, every
from comity.core.names.pieces import Look, Piece, pieces
from comity.core.names.sexes import bearers, is_given


class PartRole(StrEnum):
    """What a part of a name is."""

    GIVEN = "given"
    FAMILY = "family"
    PATRONYM = "patronym"
    KUNYA = "kunya"
    TITLE = "title"


class Sureness(StrEnum):
    """How sure a reading is; `unknown` leaves several."""

    SURE = "sure"
    LIKELY = "likely"
    UNKNOWN = "unknown"


class Because(StrEnum):
    """What made a part what it is."""

    TITLE = "title"
    KUNYA = "kunya"
    COMMA = "comma"
    CAPITALS = "capitals"
    GIVEN_NAME = "given-name"
    SON_OF = "son-of"
    PARTICLE = "particle"
    ENDING = "ending"
    DOUBLE_NAME = "double-name"
    TWO_SURNAMES = "two-surnames"
    BESIDE_GIVEN = "beside-given-name"
    ORDER = "order"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class NamePart:
    """One part as written: what it may be, the likeliest first, and why.

    Attributes:
        text: as it stands in the name.
        roles: one when nothing else is left.
        because: what told it.
        sureness: `unknown` when there is more than one role.
        particle: the folded small words that it begins with (`ben`, `ait`, `van de`), empty for none.
    """

    text: str
    roles: tuple[PartRole, ...]
    because: Because
    sureness: Sureness
    particle: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """A full name told apart for sure: given and family name as written."""

    given: str
    family: str


@dataclass(frozen=True, slots=True)
class NameParts:
    """The parts of a name in the order written."""

    parts: tuple[NamePart, ...]

    def split(self) -> Split | None:
        """Return given and family name when the border between them is sure, otherwise None.

        Titles, kunya and father's name are left out; a second given name need only be likely.
        """
        told = [part for part in self.parts if part.roles[0] in (PartRole.GIVEN, PartRole.FAMILY)]
        if any(part.sureness is Sureness.UNKNOWN for part in self.parts):
            return None
        sides = [
            [part for part in told if part.roles[0] is role] for role in (PartRole.GIVEN, PartRole.FAMILY)
        ]
        if not all(any(part.sureness is Sureness.SURE for part in side) for side in sides):
            return None
        if any(part.sureness is not Sureness.SURE for part in sides[1]):
            return None
        return Split(*(" ".join(part.text for part in side) for side in sides))


_GIVEN, _FAMILY, _PATRONYM = (PartRole.GIVEN,), (PartRole.FAMILY,), (PartRole.PATRONYM,)
_OPEN: Final = (PartRole.GIVEN, PartRole.FAMILY)
_OPEN_LAST: Final = (PartRole.FAMILY, PartRole.GIVEN)
_NAMED_AFTER: Final = frozenset([Look.PARTICLE, Look.NISBA])
"""Looks of a piece that is a family name beside a given name, on whichever side it stands."""

_Told = tuple[tuple[PartRole, ...], Because, Sureness]


def read_parts(name: str) -> NameParts:
    """Return the parts of a full name; none when it holds no letter."""
    found = pieces(name)
    told: list[_Told | None] = [None] * len(found)
    for place, piece in enumerate(found):
        if piece.look is Look.TITLE:
            told[place] = (PartRole.TITLE,), Because.TITLE, Sureness.SURE if place == 0 else Sureness.LIKELY
    rest = [place for place in range(len(found)) if told[place] is None]
    _by_comma(found, rest, told) or _by_capitals(name, found, rest, told) or _by_looks(found, rest, told)
    return NameParts(tuple(_part(name, piece, one) for piece, one in zip(found, told, strict=True)))


def _part(name: str, piece: Piece, told: _Told | None) -> NamePart:
    roles, because, sureness = told or (_OPEN, Because.NOTHING, Sureness.UNKNOWN)
    return NamePart(name[piece.start : piece.end], roles, because, sureness, " ".join(piece.particles))


def _by_comma(found: Sequence[Piece], rest: Sequence[int], told: list[_Told | None]) -> bool:
    """Read `FAMILY, GIVEN`; a father's name may follow."""
    borders = [place for place in rest if found[place].after_comma]
    if len(borders) != 1 or borders[0] == rest[0]:
        return False
    for place in rest:
        family = place < borders[0] or found[place].core[0] in every(Kind.EUROPEAN)
        son = not family and found[place].look is Look.FILIAL and place > borders[0]
        told[place] = (_PATRONYM if son else _FAMILY if family else _GIVEN), Because.COMMA, Sureness.SURE
    return True


def _by_capitals(name: str, found: Sequence[Piece], rest: Sequence[int], told: list[_Told | None]) -> bool:
    """Read `EL AMRANI Rachid` and `Rachid EL AMRANI`: capitals at one end of the name only."""
    high = [place for place in rest if _capital(name[found[place].start : found[place].end])]
    low = [place for place in rest if place not in high]
    if not high or not low or any(name[found[place].start : found[place].end].islower() for place in low):
        return False
    if not (max(high) < min(low) or max(low) < min(high)) or any(
        found[place].look is Look.FILIAL for place in low
    ):
        return False
    for place in rest:
        told[place] = (_FAMILY if place in high else _GIVEN), Because.CAPITALS, Sureness.SURE
    return True


def _capital(text: str) -> bool:
    return text.isupper() and text.lower() != text.upper() and sum(sign.isalpha() for sign in text) > 2


def _by_looks(found: Sequence[Piece], rest: Sequence[int], told: list[_Told | None]) -> bool:
    given = [place for place in rest if found[place].look is Look.GIVEN]
    _kunyas(found, rest, given, told)
    _sons(found, rest, given, told)
    left = [place for place in rest if told[place] is None]
    others = [place for place in left if place not in given]
    family = any(one is not None and one[0] == _FAMILY for one in told)
    mine = [place for place in left if place in given]
    if not mine:
        _without_given(found, others, told)
    elif not others:
        _all_given(mine, told, family=family)
    elif max(mine) < min(others):
        _given_first(found, mine, others, told)
    elif max(others) < min(mine):
        _family_first(found, mine, others, told)
    else:
        _given_among_others(mine, others, told)
    return True


def _kunyas(
    found: Sequence[Piece], rest: Sequence[int], given: Sequence[int], told: list[_Told | None]
) -> None:
    for place in rest:
        if found[place].look is not Look.KUNYA:
            continue
        if place == rest[0] and given:
            told[place] = (PartRole.KUNYA,), Because.KUNYA, Sureness.SURE
        elif place == rest[-1]:
            told[place] = (PartRole.FAMILY, PartRole.KUNYA), Because.KUNYA, Sureness.UNKNOWN
        else:
            told[place] = (PartRole.KUNYA,), Because.KUNYA, Sureness.LIKELY


def _sons(
    found: Sequence[Piece], rest: Sequence[int], given: Sequence[int], told: list[_Told | None]
) -> None:
    """Read ben, ibn, bent, ould X: the father's name before a family name, a family name when X is no given name."""
    for place in rest:
        piece = found[place]
        if piece.look is not Look.FILIAL:
            continue
        named = all(is_given(word) for word in piece.core) or Kind.SERVANT in piece.kinds
        later = [other for other in rest if other > place]
        if not named:
            told[place] = _FAMILY, Because.PARTICLE, Sureness.SURE if given else Sureness.LIKELY
        elif place == rest[0] or not given:
            alone = later and all(other in given for other in later)
            told[place] = _FAMILY, Because.SON_OF, Sureness.SURE if alone else Sureness.LIKELY
        elif any(found[other].look not in (Look.FILIAL, Look.GIVEN) for other in later):
            told[place] = _PATRONYM, Because.SON_OF, Sureness.SURE
        elif later:
            told[place] = _PATRONYM, Because.SON_OF, Sureness.LIKELY
        else:
            told[place] = (PartRole.FAMILY, PartRole.PATRONYM), Because.SON_OF, Sureness.UNKNOWN


def _without_given(found: Sequence[Piece], others: Sequence[int], told: list[_Told | None]) -> None:
    for place in others:
        if found[place].look in _NAMED_AFTER:
            told[place] = _FAMILY, _why(found[place]), Sureness.LIKELY
        else:
            told[place] = _OPEN, Because.NOTHING, Sureness.UNKNOWN


def _all_given(mine: Sequence[int], told: list[_Told | None], *, family: bool) -> None:
    """Read given names only: with a family name beside them they are what they are, without one the last may be it."""
    for place in mine:
        if place == mine[0]:
            sure = Sureness.SURE if family else Sureness.LIKELY
            told[place] = _GIVEN, Because.GIVEN_NAME, sure
        elif family:
            told[place] = _GIVEN, Because.GIVEN_NAME, Sureness.LIKELY
        elif place == mine[-1]:
            told[place] = _OPEN_LAST, Because.ORDER, Sureness.UNKNOWN
        else:
            told[place] = (
                (PartRole.GIVEN, PartRole.PATRONYM, PartRole.FAMILY),
                Because.ORDER,
                Sureness.UNKNOWN,
            )


def _given_first(
    found: Sequence[Piece], mine: Sequence[int], others: Sequence[int], told: list[_Told | None]
) -> None:
    for place in mine:
        told[place] = _GIVEN, Because.GIVEN_NAME, Sureness.SURE if place == mine[0] else Sureness.LIKELY
    if len(others) == 2 and (spanish := _spanish(found, mine, others)):
        for place in others:
            told[place] = _FAMILY, Because.TWO_SURNAMES, Sureness.SURE if spanish == 2 else Sureness.LIKELY
        return
    for place in others[:-1]:
        if found[place].look is Look.PARTICLE:
            told[place] = _FAMILY, _why(found[place]), Sureness.LIKELY
        else:
            told[place] = _OPEN, Because.NOTHING, Sureness.UNKNOWN
    because = _why(found[others[-1]])
    sure = because is not Because.BESIDE_GIVEN or not _serves_as_family(found[mine[0]])
    told[others[-1]] = _FAMILY, because, Sureness.SURE if sure else Sureness.LIKELY


def _serves_as_family(piece: Piece) -> bool:
    """Tell whether a given name is one of those that many families bear: a man's name of the Maghreb."""
    borne = bearers(piece.core[0])
    return borne is None or (Sex.MALE in borne.sexes and borne.traditions <= {"arabic", "amazigh"})


def _family_first(
    found: Sequence[Piece], mine: Sequence[int], others: Sequence[int], told: list[_Told | None]
) -> None:
    sure = len(others) == 1 and found[others[0]].look in _NAMED_AFTER
    for place in mine:
        if sure:
            told[place] = _GIVEN, Because.GIVEN_NAME, Sureness.SURE if place == mine[0] else Sureness.LIKELY
        else:
            told[place] = (_OPEN if place == mine[0] else _OPEN_LAST), Because.ORDER, Sureness.UNKNOWN
    for place in others:
        if sure:
            told[place] = _FAMILY, _why(found[place]), Sureness.SURE
        else:
            told[place] = _OPEN_LAST, Because.ORDER, Sureness.UNKNOWN


def _given_among_others(mine: Sequence[int], others: Sequence[int], told: list[_Told | None]) -> None:
    for place in mine:
        told[place] = _GIVEN, Because.GIVEN_NAME, Sureness.LIKELY
    for place in others:
        told[place] = _OPEN_LAST, Because.NOTHING, Sureness.UNKNOWN


def _why(piece: Piece) -> Because:
    if piece.look is Look.PARTICLE:
        return Because.PARTICLE
    if len(piece.core) > 1:
        return Because.DOUBLE_NAME
    return Because.ENDING if piece.look is Look.NISBA else Because.BESIDE_GIVEN


def _spanish(found: Sequence[Piece], mine: Sequence[int], others: Sequence[int]) -> int:
    """Count what says that two surnames follow a given name, as in Spain: the given name, and a surname in -ez."""
    borne = [bearers(word) for place in mine for word in found[place].core]
    spanish = any(one is not None and "spanish" in one.traditions for one in borne)
    return int(spanish) + int(any(found[place].core[-1].endswith("ez") for place in others))
