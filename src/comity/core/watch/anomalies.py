"""Which searches stand out: decided over counts and keyed words, without anybody's name.

Implements docs/protocol/probe.md §9.5. Source: Directive (EU) 2016/680 Art. 25(2) (logs serve to verify lawfulness).
Rules, each with its limit in `Limits`:
- volume: many in a day, against the asker's own usual and against the desk's;
- enumeration: many persons of one name, one family, one day of birth, one stem of document numbers; a run of days of birth;
- a justification that lacks what the law wants said; no case;
- a protected profession, and more so when the person is not searched for in its own right;
- hours outside of work only add weight: nothing stands out by them alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from comity.core.instant import Instant

WINDOW = timedelta(days=30)
"""How far back variants of one person are put together."""

FIRST_HOUR, LAST_HOUR = 6, 19
"""Hours of work (UTC), from Monday to Friday; a weak sign, so that no time zone has to be right."""

NOTHING = ""
"""A word that a search does not have."""


class Sign(StrEnum):
    """Why searches stand out."""

    VOLUME = "volume"
    NAME = "one-name"
    FAMILY = "one-family"
    BIRTHDAY = "one-birthday"
    RUN = "ascending-dates"
    DOCUMENT = "one-document"
    UNJUSTIFIED = "unjustified"
    UNCASED = "no-case"
    PROFESSION = "protected-profession"
    AT_ODDS = "profession-at-odds"
    EMERGENCY = "emergency"
    FEW_FOLLOWED = "few-followed"


DAILY = frozenset({Sign.VOLUME, Sign.UNJUSTIFIED, Sign.UNCASED})
"""Signs that belong to one day of one asker; the others belong to what the searches have in common."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From how many on searches stand out.

    Args:
        volume: searches a day, at least; times: as often as usual, at least.
        name: persons who share both names. family: names in one family. birthday: names with one date of birth.
        run: dates of birth in a row. document: persons with neighbouring numbers.
        uncased: searches without a case in a day. unjustified: searches in a day of which something was not said.
    """

    volume: int = 30
    times: float = 3.0
    name: int = 5
    family: int = 8
    birthday: int = 10
    run: int = 5
    document: int = 5
    uncased: int = 5
    unjustified: int = 1


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Look:
    """What is remembered of one search: when, keyed words (`traits`), and what was not said.

    Args:
        search: its identifier.
        person, name, family, birth, after, document: keyed words, `NOTHING` where there is none.
        cased: a case is named. justified: everything that the law wants was said. profession: code, or empty.
        at_odds: the person has such a profession, and is searched for because of whom it knows.
    """

    search: str
    at: Instant
    person: str
    name: str = NOTHING
    family: str = NOTHING
    birth: str = NOTHING
    after: str = NOTHING
    document: str = NOTHING
    cased: bool = True
    justified: bool = True
    profession: str = ""
    at_odds: bool = False


@dataclass(frozen=True, slots=True)
class Usual:
    """Searches on a day on which somebody searches, before today: the asker's, and the desk's."""

    own: float = 0.0
    desk: float = 0.0


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Searches that stand out.

    Args:
        sign: why. about: what they share, keyed; empty for what belongs to a day.
        count: how many persons, names, days or searches, as the sign counts.
        searches: their identifiers, newest first. late: how many of them outside the hours of work.
        code: profession.
    """

    sign: Sign
    count: int
    searches: tuple[str, ...]
    about: str = NOTHING
    late: int = 0
    code: str = ""


def anomalies(
    looks: Sequence[Look], usual: Usual, now: Instant, limits: Limits = LIMITS
) -> tuple[Anomaly, ...]:
    """Return what stands out in the searches of one asker.

    Args:
        looks: of the window, in any order; older ones are passed over.
        usual: of the days before today (UTC).
    """
    recent = sorted(
        (each for each in looks if each.at > now - WINDOW), key=lambda each: each.at, reverse=True
    )
    today = [each for each in recent if each.at.date() == now.date()]
    found = [
        *_daily(Sign.VOLUME, today, _most(usual, limits)),
        *_daily(Sign.UNJUSTIFIED, [each for each in today if not each.justified], limits.unjustified),
        *_daily(Sign.UNCASED, [each for each in today if not each.cased], limits.uncased),
        *_shared(Sign.NAME, recent, _name, _person, limits.name),
        *_shared(Sign.FAMILY, recent, _family, _name, limits.family),
        *_shared(Sign.BIRTHDAY, recent, _birth, _name, limits.birthday),
        *_shared(Sign.DOCUMENT, recent, _document, _person, limits.document),
        *_runs(recent, limits.run),
        *_professions(recent),
    ]
    return tuple(found)


def is_late(at: Instant) -> bool:
    """Tell whether an instant lies outside the hours of work: nights and week-ends."""
    return at.weekday() >= 5 or not FIRST_HOUR <= at.hour < LAST_HOUR


def _name(look: Look) -> str:
    return look.name


def _family(look: Look) -> str:
    return look.family


def _birth(look: Look) -> str:
    # A year alone is shared by many: only a whole date has a day after it.
    return look.birth if look.after else NOTHING


def _document(look: Look) -> str:
    return look.document


def _person(look: Look) -> str:
    return look.person


def _most(usual: Usual, limits: Limits) -> int:
    """Return from how many searches a day stands out."""
    return max(limits.volume, int(limits.times * max(usual.own, usual.desk)) + 1)


def _daily(sign: Sign, looks: Sequence[Look], least: int) -> list[Anomaly]:
    return [_anomaly(sign, len(looks), looks)] if len(looks) >= least else []


def _shared(
    sign: Sign,
    looks: Sequence[Look],
    shared: Callable[[Look], str],
    differing: Callable[[Look], str],
    least: int,
) -> list[Anomaly]:
    """Return what many different ones share."""
    groups: dict[str, list[Look]] = defaultdict(list)
    for look in looks:
        if shared(look) and differing(look):
            groups[shared(look)].append(look)
    found = []
    for about, own in groups.items():
        count = len({differing(look) for look in own})
        if count >= least:
            found.append(_anomaly(sign, count, own, about))
    return found


def _runs(looks: Sequence[Look], least: int) -> list[Anomaly]:
    """Return runs of dates of birth that follow each other, whoever they are of."""
    after = {look.birth: look.after for look in looks if look.after}
    follow = set(after.values())
    found = []
    for first in after:
        if first in follow:
            continue
        run, at = [], first
        while at in after and at not in run:
            run.append(at)
            at = after[at]
        if len(run) >= least:
            within = set(run)
            own = [look for look in looks if look.after and look.birth in within]
            found.append(_anomaly(Sign.RUN, len(run), own, first))
    return found


def _professions(looks: Sequence[Look]) -> Iterable[Anomaly]:
    groups: dict[tuple[str, str], list[Look]] = defaultdict(list)
    for look in looks:
        if look.profession:
            groups[look.person, look.profession].append(look)
    for (person, code), own in groups.items():
        sign = Sign.AT_ODDS if any(look.at_odds for look in own) else Sign.PROFESSION
        yield _anomaly(sign, len(own), own, person, code)


def _anomaly(sign: Sign, count: int, own: Sequence[Look], about: str = NOTHING, code: str = "") -> Anomaly:
    late = sum(is_late(look.at) for look in own)
    return Anomaly(sign, count, tuple(look.search for look in own), about, late, code)
