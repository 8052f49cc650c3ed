"""Fictitious people of Britain, each several times in one file and badly damaged: what a catalogue of the dead looks like.

From general knowledge. The damage is of the kind that files of historical people have: nicknames, middle names and initials
in place of the first name, a seat in place of the family name, slips of the pen, years without a day, post codes of the next
street, and much that is missing. Nothing of it was fitted to any file.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from string import ascii_lowercase

COLUMNS = ("id", "first_name", "surname", "dob", "birth_place", "postcode", "gender", "occupation")
ON_AVERAGE = 9.8
MOST = 20
"""Records of one person."""


def _words(text: str) -> list[str]:
    return text.split()


_MEN = _words("""
william john thomas george james charles henry robert edward joseph richard samuel frederick arthur alfred david walter
francis alexander ernest herbert peter harry benjamin albert percy hugh daniel stephen andrew philip edwin leonard sidney
frank matthew michael reginald patrick nathaniel cecil isaac archibald harold ralph lewis nicholas simon anthony edmund horace
augustus lionel oliver christopher geoffrey roger jonathan abraham jacob
""")
_WOMEN = _words("""
mary elizabeth anne sarah margaret jane alice emily charlotte florence ellen harriet edith maria catherine frances emma eleanor
dorothy ethel lucy caroline isabella helen agnes louisa martha constance beatrice hannah rose eliza amelia georgiana evelyn
winifred fanny clara mabel marion julia
""")
_GIVEN = _MEN + _WOMEN
_OFTEN = [1 / (place + 1.5) for place in range(len(_GIVEN))]
_NICKNAMES = """
william:will,bill,billy,willie thomas:tom,tommy john:jack,johnny robert:bob,bobby,rob richard:dick james:jim,jimmy,jamie
charles:charlie henry:harry,hal edward:ted,ned,eddie joseph:joe samuel:sam frederick:fred,freddie alfred:alf walter:walt
francis:frank alexander:alex,sandy benjamin:ben albert:bert daniel:dan elizabeth:betty,lizzie,eliza mary:molly,polly
margaret:maggie,peggy catherine:kate,kitty sarah:sally matthew:matt michael:mike anthony:tony christopher:kit,chris
"""
_CALLED = {name: called.split(",") for name, called in (entry.split(":") for entry in _NICKNAMES.split())}
_COMMON = _words("""
smith jones taylor brown williams wilson johnson davies robinson wright thompson evans walker white roberts green hall wood
jackson clarke harris lewis hill cooper king ward turner martin moore scott baker morris allen watson parker bennett young
""")
_STEMS = _words("""
ash bar beck bright carl col cran dal den east fair fen glad graf hal har hart hey hol hun ken kings lang law lin lock long mar mil
nor oak pem pres rad ridge row sed shel stan stock sun thorn tre tur wal war wel west whit wil win wyn
""")
_ENDS = _words("""
ton ham ley ford field worth wood by man well son wick combe ridge bury brook den shaw stone smith land er ing ell
""")
_FAMILIES = _COMMON * 3 + [stem + end for stem in _STEMS for end in _ENDS]
_TOWNS = _words("""
london bristol leeds york bath exeter norwich oxford cambridge manchester liverpool birmingham sheffield nottingham derby leicester
lincoln hull newcastle durham carlisle lancaster chester shrewsbury hereford worcester gloucester salisbury winchester southampton
portsmouth brighton canterbury dover maidstone reading bedford northampton coventry warwick stafford plymouth truro taunton
dorchester ipswich colchester edinburgh glasgow aberdeen dundee perth cardiff swansea bangor dublin belfast cork
""")
_TRADES = _words("""
politician painter lawyer priest writer engineer cricketer footballer botanist physician composer actor architect historian officer
merchant poet judge photographer theologian
""")
_AREAS = [one + other for one in "bcdeghlmnpstwy" for other in "abdehlnorstx"]
Row = tuple[str, ...]


def write_rows(persons: int, seed: int) -> list[Row]:
    """Return the records of so many people, mixed; what stands before the hyphen of an identifier names the person."""
    draw = Random(seed)
    rows = [row for number in range(persons) for row in _person(draw, number)]
    draw.shuffle(rows)
    return rows


def _person(draw: Random, number: int) -> list[Row]:
    first, family = draw.choices(_GIVEN, _OFTEN)[0], draw.choice(_FAMILIES)
    middle = draw.choices(_GIVEN, _OFTEN)[0] if draw.random() < 0.35 else first
    seat = draw.choice(_STEMS) + draw.choice(_ENDS) if draw.random() < 0.12 else family
    year = int(draw.triangular(1600, 1900, 1850))
    born = f"{year}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
    area, gender = f"{draw.choice(_AREAS)}{draw.randrange(1, 30)}", "male" if first in _MEN else "female"
    whole = (
        first,
        family,
        born,
        draw.choice(_TOWNS),
        f"{area} {_street(draw)}",
        gender,
        draw.choice(_TRADES),
    )
    rows = [(f"Q{number}-0", *whole)]
    for copy in range(1, min(MOST, int(draw.expovariate(1 / ON_AVERAGE)) + 1)):
        damage = (
            _first(draw, first, middle),
            _family(draw, family, seat),
            _born(draw, born),
            _either(draw, whole[3], 0.15, 0.09, lambda: draw.choice(_TOWNS)),
            _post_code(draw, area, whole[4]),
            _either(draw, gender, 0.2, 0.0, str),
            _either(draw, whole[6], 0.25, 0.05, lambda: draw.choice(_TRADES)),
        )
        rows.append((f"Q{number}-{copy}", *damage))
    return rows


def _either(draw: Random, value: str, missing: float, other: float, make: Callable[[], str]) -> str:
    chance = draw.random()
    return "" if chance < missing else make() if chance < missing + other else value


def _first(draw: Random, name: str, middle: str) -> str:
    chance = draw.random()
    if chance < 0.14:
        return draw.choice(_CALLED.get(name, [name]))
    others = ((0.19, _slip(draw, name)), (0.23, ""), (0.27, middle), (0.30, name[0]))
    return next((other for least, other in others if chance < least), name)


def _family(draw: Random, name: str, seat: str) -> str:
    chance, once = draw.random(), _slip(draw, name)
    others = (
        (0.10, once),
        (0.15, _slip(draw, once)),
        (0.22, seat),
        (0.25, ""),
        (0.28, draw.choice(_FAMILIES)),
    )
    return next((other for least, other in others if chance < least), name)


def _born(draw: Random, born: str) -> str:
    chance, year = draw.random(), int(born[:4])
    wrong = (
        f"{born[:5]}{draw.randrange(1, 13):02d}{born[7:]}"
        if draw.random() < 0.5
        else f"{born[:8]}{draw.randrange(1, 29):02d}"
    )
    near = f"{year + draw.choice([-10, -1, 1, 10])}{born[4:]}"
    others = ((0.14, ""), (0.24, f"{year}-01-01"), (0.32, wrong), (0.36, near))
    return next((other for least, other in others if chance < least), born)


def _post_code(draw: Random, area: str, code: str) -> str:
    chance = draw.random()
    beside = f"{area[:2]}{draw.randrange(1, 30)} {_street(draw)}"
    others = ((0.30, f"{area} {_street(draw)}"), (0.42, beside), (0.58, ""))
    return next((other for least, other in others if chance < least), code)


def _street(draw: Random) -> str:
    return f"{draw.randrange(1, 10)}{draw.choice('abdefghjlnp')}{draw.choice('abdefghjlnp')}"


def _slip(draw: Random, word: str) -> str:
    """Return a word with one letter exchanged, left out, moved or added."""
    if len(word) < 3:
        return word
    place, kind = draw.randrange(len(word) - 1), draw.randrange(4)
    before, one, other, rest = word[:place], word[place], word[place + 1], word[place + 2 :]
    made = (
        draw.choice(ascii_lowercase) + other,
        other,
        other + one,
        draw.choice(ascii_lowercase) + one + other,
    )
    return before + made[kind] + rest
