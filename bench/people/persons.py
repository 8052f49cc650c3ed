"""Fictitious persons drawn from the name lists: what is true of them, before a clerk writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

from bench.people import europe, maghreb, places
from bench.people.pivot import Name

ORIGINS = ("maghreb", "dutch", "french", "other")
SHARES = (0.5, 0.22, 0.2, 0.08)
"""Share of each origin of name among the persons."""

MOROCCAN_SIDE = 0.75
"""Share of the persons of Maghrebi name that the Moroccan side registered."""

FIRST_JANUARY = 0.05
"""Share of the persons of Maghrebi name whose papers say 1 January from birth on."""

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Person:
    """A person who does not exist. `born` is (year, month, day); `side` the country that registered the person."""

    origin: str
    sex: str
    given: tuple[Name, ...]
    family: Name
    born: tuple[int, int, int]
    place: Name
    side: str
    nat: str


@dataclass(frozen=True, slots=True)
class _Stock:
    """The names of an origin and how often each is borne, as running sums for `Random.choices`."""

    men: list[Name]
    women: list[Name]
    families: list[Name]
    places: list[Name]
    second: float
    """Share of persons with two given names."""

    weights: dict[str, list[float]]


def persons(seed: int, number: int) -> Iterator[Person]:
    """Yield fictitious persons; the same seed gives the same ones, and a larger number only adds to them."""
    for batch in range(0, number, BATCH):
        luck = Random(f"{seed}/persons/{batch}")
        origins = luck.choices(ORIGINS, SHARES, k=BATCH)
        for origin in origins[: number - batch]:
            yield _person(luck, origin)


def _person(luck: Random, origin: str) -> Person:
    stock = _stocks()[origin]
    sex = "M" if luck.random() < 0.55 else "F"
    kind = "men" if sex == "M" else "women"
    names = stock.men if sex == "M" else stock.women
    twice = luck.random() < stock.second
    drawn = luck.choices(names, cum_weights=stock.weights[kind], k=2 if twice else 1)
    given = tuple(drawn) if not twice or drawn[0] is not drawn[1] else (drawn[0],)
    family = luck.choices(stock.families, cum_weights=stock.weights["families"])[0]
    place = luck.choices(stock.places, cum_weights=stock.weights["places"])[0]
    year = 2006 - int(62 * luck.random() ** 1.3)
    born = (year, luck.randint(1, 12), luck.randint(1, 28))
    side, nat = "BE", "BE"
    if origin == "maghreb":
        side = "MA" if luck.random() < MOROCCAN_SIDE else "BE"
        nat = "MA" if side == "MA" or luck.random() < 0.4 else "BE"
        born = (year, 1, 1) if luck.random() < FIRST_JANUARY else born
    return Person(origin, sex, given, family, born, place, side, nat)


@cache
def _stocks() -> dict[str, _Stock]:
    found = {
        "maghreb": (
            (maghreb.men(), maghreb.women(), maghreb.families()),
            (places.MAGHREB, places.EUROPE),
            0.1,
        ),
        "dutch": (europe.dutch(), (places.EUROPE, places.OTHER), 0.1),
        "french": (europe.french(), (places.EUROPE, places.OTHER), 0.15),
        "other": (europe.others(), (places.OTHER, places.EUROPE), 0.1),
    }
    stocks = {}
    for origin, (names, (near, far), second) in found.items():
        men, women, families = names
        weights = {
            "men": _falling(len(men), 1.0, 5),
            "women": _falling(len(women), 1.0, 5),
            "families": _falling(len(families), 0.8, 25),
            "places": _falling(len(near) + len(far), 0.9, 3),
        }
        stocks[origin] = _Stock(men, women, families, near + far, second, weights)
    return stocks


def _falling(number: int, power: float, start: float) -> list[float]:
    """Return running sums of weights that fall with the rank as in Zipf's law (Mandelbrot's form)."""
    return list(accumulate(1 / (rank + start) ** power for rank in range(1, number + 1)))
