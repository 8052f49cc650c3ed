"""Which searches stand out when those of several askers are put together: one person's enumeration, spread over accounts.

Implements docs/protocol/probe.md §9.5; decision: ADR 45. Source: Directive (EU) 2016/680 Art. 25(2). Rules:
- only what no single asker shows: of each the share stays below that asker's own limit;
- variants of one person: both names, neighbouring document numbers, days of birth in a row under one name or family;
- the limits are half as high again as those of one asker, which two who both keep below theirs can reach, and at least a hundredth of all whom the desk searched for in thirty days: a desk
  meets common names, and several of it work on one case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil

from comity.core.watch.anomalies import (
    LIMITS,
    Anomaly,
    Limits,
    Look,
    Sign,
    documents,
    names,
    person,
    runs,
    shared,
)

TIMES = 1.5
"""How many times the limit of one asker several have together."""

SHARE = 0.01
"""Part of all persons that a desk searched for, below which nothing they share stands out."""


def limits_together(persons: int, limits: Limits = LIMITS) -> Limits:
    """Return the limits of a desk.

    Args:
        persons: whom the desk searched for in the window.
    """
    least = ceil(SHARE * persons)
    return replace(
        limits,
        name=max(ceil(TIMES * limits.name), least),
        document=max(ceil(TIMES * limits.document), least),
        run=max(ceil(TIMES * limits.run), least),
    )


def together(looks: Iterable[Look], persons: int, limits: Limits = LIMITS) -> tuple[Anomaly, ...]:
    """Return what stands out in the searches of several askers together, and in those of none of them alone.

    Args:
        looks: of the window, each with its asker. persons: whom the desk searched for in the window.
    """
    recent = sorted(looks, key=lambda each: each.at, reverse=True)
    wide = limits_together(persons, limits)
    found = [
        *_several(shared(Sign.NAME, recent, names, person, wide.name), recent, limits.name),
        *_several(shared(Sign.DOCUMENT, recent, documents, person, wide.document), recent, limits.document),
        *_several(_rows(recent, wide.run), recent, limits.run),
    ]
    return tuple(replace(each, sign=Sign.TOGETHER, about=f"{each.sign}/{each.about}") for each in found)


def _rows(looks: Sequence[Look], least: int) -> list[Anomaly]:
    """Return days of birth that follow each other under one name or one family: among all, chance makes rows of them."""
    groups: dict[str, list[Look]] = defaultdict(list)
    for look in looks:
        for word in {*names(look), look.family, look.second_family} - {""}:
            groups[word].append(look)
    return [each for own in groups.values() for each in runs(own, least)]


def _several(found: Iterable[Anomaly], looks: Sequence[Look], alone: int) -> list[Anomaly]:
    """Return those to which several askers have a share, and none of them one that stands out by itself."""
    by_search = {look.search: look for look in looks}
    kept = []
    for each in found:
        shares: dict[str, set[str]] = defaultdict(set)
        for search in each.searches:
            shares[by_search[search].asker].add(by_search[search].person)
        if len(shares) > 1 and max(map(len, shares.values())) < alone:
            kept.append(each)
    return kept
