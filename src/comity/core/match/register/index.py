"""One's own register searched: who in it may be the person described, how likely, and why.

Every candidate that shares a key with the question is weighed. Of the sum of its evidence and of that of all others
follows the probability that it is the person, given that at most one is, and the share of questions whose person is
in the register at all. Names of candidates whom no name could make likely are not compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.core.match.names.compare import CEILING
from comity.core.match.records.dates import AGREEMENTS
from comity.core.match.register.comparing import (
    BIRTH,
    FURTHER_DIFFERENT,
    FURTHER_SAME,
    GIVEN,
    NATIONALITY,
    NUMBER,
    SEX,
    compare,
)
from comity.core.match.register.described import Description
from comity.core.match.register.keys import PLACED_KEYS, Keys
from comity.core.match.register.persons import Persons
from comity.core.match.register.postings import Postings
from comity.core.match.register.weighing import (
    Weighed,
    alike,
    nearest,
    parts,
    probabilities,
    probabilities_alone,
)
from comity.core.match.register.weights import DAMAGED, PLACES, SAME, Weights, weights
from comity.core.names.units import units
from comity.core.places.agreement import PlaceAgreement
from comity.core.places.agreement import compare as compare_places
from comity.core.places.reading import read as read_place

LEAST: Final = 0.01
"""Smallest probability of a hit."""

MOST_CANDIDATES: Final = 60_000
"""Records that share a key with one question, beyond which more of the person must be told."""

MOST_PLACED: Final = 500
"""Records that may share a part of a name and a word of a further column before the two are no key any more."""

SAMPLED: Final = 300
"""Names compared of candidates that cannot be hits, to estimate how common the name is."""

UNSURE_NAME: Final = 0.9
OTHER_NAME: Final = 0.49
"""Largest probability where no number and no further column is shared and the names may differ, or differ: twins and brothers share all else."""

SURELY_OTHER: Final = -2.0
"""Log-odds of names below which they differ."""

_LEAST_ODDS: Final = float(np.log(LEAST / (1 - LEAST)))


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that may be the person.

    Attributes:
        identity: what the caller entered it under.
        probability: that it is the person, at most one record being it; never above `CEILING` by names alone.
        evidence: that it is the person, without regard to other records, in natural logarithms of odds.
        alone: the probability that follows from the evidence, when several records may be the person.
        reasons: what was compared, and the evidence of it in natural logarithms of odds, the strongest first.
    """

    identity: int
    probability: float
    evidence: float
    alone: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature: its name, how it agrees, and what that weighs."""

    feature: str
    agreement: str
    weight: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found.

    Attributes:
        hits: the likeliest first.
        candidates: how many records shared a key with the question.
        too_many: more of the person must be told: there are records that would be hits, were their name rare here, but
            so many share it that a choice among them would say nothing; or one part of a name is all that was asked.
        insufficient: nothing was asked that can be compared.
    """

    hits: tuple[Hit, ...]
    candidates: int
    too_many: bool = False
    insufficient: bool = False


class RegisterIndex:
    """The register in memory. Records come and go one by one; a question changes nothing."""

    def __init__(
        self, keys: Keys | None = None, persons: Persons | None = None, postings: Postings | None = None
    ):
        self.keys = keys or Keys()
        self.persons = persons or Persons()
        self.postings = postings or Postings()
        self._places = {int(one): place for place, one in enumerate(self.persons.ids.filled)}
        self._agreements: dict[str, dict[int, int]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, identity: int) -> bool:
        return identity in self._places

    @property
    def removed(self) -> int:
        """Return how many removed records still have their place in the arrays."""
        return self.persons.ids.size - len(self._places)

    def identities(self) -> NDArray[np.int64]:
        """Return the identities of all records, shape (records,)."""
        return np.fromiter(self._places, np.int64, len(self._places))

    def add(self, identity: int, one: Description) -> None:
        """Enter a record, in place of the one with the same identity."""
        self.remove(identity)
        place = self.persons.add(identity, one)
        self._places[identity] = place
        self.postings.add(place, self.keys.of_record(one))

    def remove(self, identity: int) -> bool:
        """Take a record out; False when it is not there."""
        place = self._places.pop(identity, None)
        if place is None:
            return False
        self.persons.alive.filled[place] = 0
        return True

    def search(
        self,
        asked: Description,
        *,
        prior: float,
        most: int = 50,
        but: int | None = None,
        several: bool = False,
    ) -> Answer:
        """Return the records that may be the person described.

        Args:
            asked: what is known of the person.
            prior: share of questions whose person is in the register, between 0 and 1, both excluded.
            most: hits returned at most.
            but: the identity of a record that is passed over: the one that is asked about.
            several: any number of records may be the person; otherwise at most one is.
        """
        if _says_nothing(asked):
            return Answer((), 0, insufficient=True)
        candidates = self.candidates(asked)
        short = _one_part(asked)
        if but in self._places:
            candidates = candidates[candidates != self._places[but]]
        if len(candidates) > MOST_CANDIDATES:
            return Answer((), len(candidates), too_many=True)
        if not len(candidates):
            return Answer((), 0, too_many=short)
        weight = weights()
        chosen, weighed = self._weighed(asked, candidates, weight, prior)
        features = parts(weighed, weight)
        evidence = weight.constant + np.sum(list(features.values()), axis=0)
        hits = self._hits(chosen, weighed, features, evidence, prior, several)[:most]
        rare = probabilities_alone(evidence - features["rarity"], prior)
        return Answer(hits, len(candidates), too_many=not hits and (short or bool((rare > LEAST).any())))

    def _hits(
        self,
        chosen: NDArray[np.int32],
        weighed: Weighed,
        features: dict[str, NDArray[np.float64]],
        evidence: NDArray[np.float64],
        prior: float,
        several: bool,
    ) -> tuple[Hit, ...]:
        """Return the candidates that are likely enough, the likeliest first."""
        found = probabilities(evidence, prior, several=several)
        found = np.minimum(found, _ceilings(weighed, features))
        alone = probabilities_alone(evidence, prior)
        order = np.argsort(-found, kind="stable")
        order = order[found[order] > LEAST]
        return tuple(
            Hit(
                int(self.persons.ids.filled[chosen[one]]),
                float(found[one]),
                float(evidence[one]),
                float(alone[one]),
                _reasons(int(one), weighed, features),
            )
            for one in order
        )

    def _weighed(
        self, asked: Description, candidates: NDArray[np.int32], weight: Weights, prior: float
    ) -> tuple[NDArray[np.int32], Weighed]:
        """Return the candidates that can be hits, and what they weigh."""
        persons = self.persons
        levels = compare(candidates, persons.columns(), persons.asked(asked), weight.birth)
        count = levels.astype(np.float64)
        sure = (
            weight.constant
            + np.log(prior / (1 - prior))
            + weight.birth[levels[:, BIRTH]]
            + weight.sex[levels[:, SEX]]
            + weight.given[levels[:, GIVEN]]
            + weight.nationality[levels[:, NATIONALITY]]
            + weight.number[levels[:, NUMBER]]
            + (count[:, FURTHER_SAME] - count[:, FURTHER_DIFFERENT]) / 10
            + (weight.name * weight.name_most if asked.names else 0.0)
            + (weight.parents[2] if asked.parents else 0.0)
        )
        most_place = float(weight.place.max()) if asked.places else 0.0
        possible = np.flatnonzero(sure + most_place > _LEAST_ODDS)
        places = self.place_levels(asked, candidates[possible])
        kept = sure[possible] + weight.place[places] > _LEAST_ODDS
        possible, places = possible[kept], places[kept]
        rest = np.setdiff1d(np.arange(len(candidates)), possible, assume_unique=True)
        sample = rest[:: max(1, len(rest) // SAMPLED)]
        both = np.concatenate([possible, sample])
        names, shared = nearest(persons.interned, asked.names, persons.names, candidates[both])
        sampled = np.arange(len(both)) >= len(possible)
        common = alike(names, sampled, len(rest), len(self), weight)
        shared_number = np.isin(levels[:, NUMBER], (SAME, DAMAGED))
        numbered = np.isnan(names) & shared_number[both]
        common[numbered] = float(shared_number.sum())  # all that have a number stand behind its key
        chosen = candidates[possible]
        parents, _ = nearest(persons.interned, asked.parents, persons.parents, chosen)
        end = len(possible)
        return chosen, Weighed(levels[possible], places, names[:end], shared[:end], parents, common[:end])

    def weigh(self, asked: Description, identity: int, *, prior: float = 0.5) -> Hit | None:
        """Return what one record weighs against a question, whether they share a key or not.

        Returns:
            None when the question holds nothing that can be compared, or the record is not there.
        """
        place = self._places.get(identity)
        if place is None or _says_nothing(asked):
            return None
        chosen = np.array([place], dtype=np.int32)
        weighed = self._compared(asked, chosen)
        features = parts(weighed, weights())
        evidence = weights().constant + np.sum(list(features.values()), axis=0)
        found = probabilities(evidence, prior)
        found = np.minimum(found, _ceilings(weighed, features))
        alone = float(probabilities_alone(evidence, prior)[0])
        return Hit(identity, float(found[0]), float(evidence[0]), alone, _reasons(0, weighed, features))

    def _compared(self, asked: Description, chosen: NDArray[np.int32]) -> Weighed:
        """Return what records weigh, none of them left out."""
        persons = self.persons
        levels = compare(chosen, persons.columns(), persons.asked(asked), weights().birth)
        names, shared = nearest(persons.interned, asked.names, persons.names, chosen)
        parents, _ = nearest(persons.interned, asked.parents, persons.parents, chosen)
        sampled = np.zeros(len(chosen), dtype=np.bool_)
        common = alike(names, sampled, 0, len(self), weights())
        return Weighed(levels, self.place_levels(asked, chosen), names, shared, parents, common)

    def candidates(self, asked: Description) -> NDArray[np.int32]:
        """Return the places of the records that share a key with the question."""
        behind = self.postings.behind(self.keys.of_question(asked), sparing=(PLACED_KEYS, MOST_PLACED))
        if not behind:
            return np.zeros(0, dtype=np.int32)
        met = np.unique(np.concatenate(behind))
        return np.asarray(met[self.persons.alive.filled[met] == 1])

    def place_levels(self, asked: Description, candidates: NDArray[np.int32]) -> NDArray[np.int8]:
        """Return the best agreement of places of each candidate, as a number of `PLACES`."""
        silent = PLACES.index(PlaceAgreement.UNREADABLE)
        best = np.full(len(candidates), silent, dtype=np.int8)
        wanted = [text for text in asked.places if text.strip()]
        rows = self.persons.places
        bounds, values, order = rows.bounds.filled, rows.values.filled, weights().place
        for text in wanted:
            known = self._known_agreements(text)
            for spot, one in enumerate(candidates):
                for number in values[bounds[one] : bounds[one + 1]]:
                    level = known.get(number)
                    if level is None:
                        found = compare_places(read_place(text), self.persons.read_place(number))
                        level = known[number] = PLACES.index(found)
                    if best[spot] == silent or order[level] > order[best[spot]]:
                        best[spot] = level
        return best

    def _known_agreements(self, text: str) -> dict[int, int]:
        if len(self._agreements) > 64:
            self._agreements.clear()
        return self._agreements.setdefault(text, {})

    def swept(self) -> RegisterIndex:
        """Return an index without what is left of removed records."""
        alive = np.flatnonzero(self.persons.alive.filled)
        numbers = np.full(self.persons.alive.size, -1, dtype=np.int32)
        numbers[alive] = np.arange(len(alive), dtype=np.int32)
        postings = self.postings.renumbered(numbers)
        return RegisterIndex(self.keys.without(postings.keys), self.persons.chosen(alive), postings)


_EQUALITY: Final = ("same", "different", "silent", "damaged")
_BEYOND_NAMES: Final = ("birth", "place", "number", "further", "parents")


def _says_nothing(asked: Description) -> bool:
    """Tell whether a question holds nothing by which anybody could be found."""
    whole = any(all(date) for date in asked.births)
    return not (asked.names or asked.numbers or whole or any(asked.further))


def _ceilings(weighed: Weighed, features: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the largest probability of each candidate: what its names allow, whatever else agrees."""
    found = np.where(_names_alone(features), CEILING, 1.0)
    without = (weighed.levels[:, NUMBER] != SAME) & (weighed.levels[:, FURTHER_SAME] == 0)
    found = np.where(without & (weighed.names < 0), np.minimum(found, UNSURE_NAME), found)
    return np.asarray(np.where(without & (weighed.names < SURELY_OTHER), OTHER_NAME, found))


def _one_part(asked: Description) -> bool:
    """Tell whether one part of a name is all that is asked by: only records of such a name share a key with it."""
    further = asked.births or asked.numbers or asked.further
    return not further and all(len(units(name)) < 2 for name in asked.names)


def _names_alone(features: dict[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Tell of each candidate whether nothing but its names speaks for it."""
    return np.asarray(np.all([features[name] <= 0 for name in _BEYOND_NAMES], axis=0))


def _reasons(one: int, weighed: Weighed, features: dict[str, NDArray[np.float64]]) -> tuple[Reason, ...]:
    levels = weighed.levels[one]
    named, parented = weighed.names[one], weighed.parents[one]
    agreements = {
        "name": "silent" if np.isnan(named) else f"{named:.1f}",
        "rarity": str(round(float(weighed.alike[one]))),
        "birth": AGREEMENTS[levels[BIRTH]].value,
        "place": PLACES[weighed.place[one]].value,
        "sex": _EQUALITY[levels[SEX]],
        "given": _EQUALITY[levels[GIVEN]],
        "nationality": _EQUALITY[levels[NATIONALITY]],
        "parents": "silent" if np.isnan(parented) else f"{parented:.1f}",
        "number": _EQUALITY[levels[NUMBER]],
        "further": _further(levels),
    }
    reasons = [Reason(name, agreements[name], round(float(features[name][one]), 2)) for name in features]
    return tuple(sorted(reasons, key=lambda reason: -abs(reason.weight)))


def _further(levels: NDArray[np.int16]) -> str:
    """Return whether further columns agree: some, none, or nothing is known of any."""
    same, different = bool(levels[FURTHER_SAME]), bool(levels[FURTHER_DIFFERENT])
    return ("partly" if different else "same") if same else "different" if different else "silent"
