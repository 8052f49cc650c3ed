"""Which searches of one asker stand out: decided over counts and keyed words, without anybody's name.

Implements docs/protocol/probe.md §9.5. Source: Directive (EU) 2016/680 Art. 25(2) (logs serve to verify lawfulness).
Rules, each with its limit in `Limits`:
- volume: many in a day, against the asker's own usual and against the desk's;
- enumeration: many persons of one name, one family, one day of birth, one stem of document numbers; a run of days of birth;
- a justification that lacks what the law wants said; no case;
- a protected profession, and more so when the person is not searched for in its own right;
- hours outside of work only add weight: nothing stands out by them alone.
What several askers have in common is looked for in `comity.core.watch.together`.
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
    TOGETHER = "several-accounts"


DAILY = frozenset({Sign.VOLUME, Sign.UNJUSTIFIED, Sign.UNCASED})
"""Signs that belong to one day of one asker; the others belong to what the searches have in common."""

EACH = frozenset({Sign.PROFESSION, Sign.AT_ODDS})
"""Signs of which each search stands before whoever oversees, also after earlier ones were settled."""


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
        second_name, second_family: of another name that is searched for at once, where it is not the same in another
            script. asker: who searched; needed where several are looked at together.
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
    second_name: str = NOTHING
    second_family: str = NOTHING
    asker: str = ""


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
        code: profession. latest: time of the newest search; None where it rests on none.
    """

    sign: Sign
    count: int
    searches: tuple[str, ...]
    about: str = NOTHING
    late: int = 0
    code: str = ""
    latest: Instant | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What of an anomaly was told before.

    Args:
        count: then. latest: newest search that was told. settled_at: None while it is open.
    """

    count: int
    latest: Instant
    settled_at: Instant | None = None


def is_news(anomaly: Anomaly, told: Told, at: Instant) -> bool:
    """Tell whether an anomaly that was told before is to be told again.

    It is when there is twice as much of it; at each search that touches a protected profession; and, once it was settled,
    when so much was searched for anew that it would stand out by that alone: a settlement says nothing of the next month.

    Args:
        at: up to which searches were looked at, `WINDOW` back.
    """
    if anomaly.latest is not None and anomaly.latest < told.latest:
        return False
    if anomaly.count >= 2 * told.count:
        return True
    if anomaly.sign in EACH:
        return anomaly.latest is not None and anomaly.latest > told.latest
    return told.settled_at is not None and at - WINDOW >= told.settled_at


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
        *shared(Sign.NAME, recent, names, person, limits.name),
        *shared(Sign.FAMILY, recent, _families, names, limits.family),
        *shared(Sign.BIRTHDAY, recent, _births, _first_name, limits.birthday),
        *shared(Sign.DOCUMENT, recent, documents, person, limits.document),
        *runs(recent, limits.run),
        *_professions(recent),
    ]
    return tuple(found)


def is_late(at: Instant) -> bool:
    """Tell whether an instant lies outside the hours of work: nights and week-ends."""
    return at.weekday() >= 5 or not FIRST_HOUR <= at.hour < LAST_HOUR


Words = Callable[[Look], tuple[str, ...]]


def names(look: Look) -> tuple[str, ...]:
    """Return the words of the names of a search, in one order with those of the families."""
    return look.name, look.second_name


def _families(look: Look) -> tuple[str, ...]:
    return look.family, look.second_family


def _births(look: Look) -> tuple[str, ...]:
    # A year alone is shared by many: only a whole date has a day after it.
    return (look.birth if look.after else NOTHING,)


def documents(look: Look) -> tuple[str, ...]:
    """Return the word of the stem of a document number."""
    return (look.document,)


def person(look: Look) -> tuple[str, ...]:
    """Return the word of all that a search says, for each name that it may be compared under."""
    return look.person, look.person


def _first_name(look: Look) -> tuple[str, ...]:
    return (look.name or look.second_name,)


def _most(usual: Usual, limits: Limits) -> int:
    """Return from how many searches a day stands out."""
    return max(limits.volume, int(limits.times * max(usual.own, usual.desk)) + 1)


def _daily(sign: Sign, looks: Sequence[Look], least: int) -> list[Anomaly]:
    return [_anomaly(sign, len(looks), looks)] if len(looks) >= least else []


def shared(sign: Sign, looks: Sequence[Look], common: Words, differing: Words, least: int) -> list[Anomaly]:
    """Return what many different ones share.

    Args:
        looks: newest first. common, differing: words that they share, and in which they differ, pair by pair.
    """
    groups: dict[str, dict[str, Look]] = defaultdict(dict)
    different: dict[str, set[str]] = defaultdict(set)
    for look in looks:
        for about, other in zip(common(look), differing(look), strict=False):
            if about and other:
                groups[about][look.search] = look
                different[about].add(other)
    return [
        _anomaly(sign, len(different[about]), list(own.values()), about)
        for about, own in groups.items()
        if len(different[about]) >= least
    ]


def runs(looks: Sequence[Look], least: int) -> list[Anomaly]:
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
    latest = max((look.at for look in own), default=None)
    return Anomaly(sign, count, tuple(look.search for look in own), about, late, code, latest)
