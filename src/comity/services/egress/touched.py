"""Which subjects of our register a text may mean: those that the case touches, and whoever bears a strong value of it.

Implements docs/protocol/egress.md §2. The keyed tokens of the register only propose; what decides are the opened values
(`comity.core.egress.finding`). Everything is bounded: the work grows with the text, never with the register.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from comity.core.codes.exchange import ServiceId
from comity.core.egress.reading import Reading
from comity.core.egress.values import Known
from comity.core.register.subject import UID, open_subject
from comity.services.context import SYSTEM, Actor, Node
from comity.services.register.keyed import Keyed
from comity.storage import cases
from comity.storage.models.cases import Case
from comity.storage.models.register import RegisterSubject
from comity.storage.protection import egress as rows

LOOKED_BACK = timedelta(days=30)
"""How far back what an officer consulted counts as touched by what the officer writes."""

MOST_LOOKED_AT = 400
"""Consultations that are looked through, the latest first."""

MOST_TOUCHED = 200
MOST_CARRIERS = 400
"""Subjects that are opened for one batch of tokens."""


class Consulted:
    """What persons have looked at lately; read once for all messages that are submitted together."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._by: dict[frozenset[str], list[str]] = {}

    def by(self, persons: frozenset[str]) -> list[str]:
        """Return the subjects that these persons have consulted, the latest first, at most `MOST_TOUCHED`."""
        if not persons:
            return []
        if persons not in self._by:
            since = self._node.clock() - LOOKED_BACK
            found = rows.looked_at(self._node.alias, persons, since, MOST_LOOKED_AT)
            self._by[persons] = found[:MOST_TOUCHED]
        return self._by[persons]


class Carried:
    """Which numbers and birth dates of several texts anybody in the register has; asked once for all of them."""

    def __init__(self, node: Node, readings: Iterable[Reading]) -> None:
        self._node = node
        self._keyed = Keyed(node)
        self._by: dict[str, bytes] = {}
        for reading in readings:
            self._by.update((word, b"") for word in (*reading.numbers, *_days(reading)))
        self._by = {word: self._keyed.token(word) for word in self._by}
        self._present = rows.present(node.alias, set(self._by.values())) if self._by else set()

    def by(self, reading: Reading) -> list[RegisterSubject]:
        """Return the subjects that share a number with one of these texts, or a birth date and maybe a name."""
        # Birth dates are tokens too: a number that looks like one must not crowd out the others.
        days = _days(reading)
        found = rows.carriers(self._node.alias, self._known(reading.numbers - days), MOST_CARRIERS)
        born = self._known(days)
        named = sorted(word for word in reading.shown if not word.isdigit()) if born else []
        names = self._keyed.tokens(named)
        for day in born:
            # A name in the same letters is found however many were born that day; in others, among the first of them.
            found += rows.carriers_of_both(self._node.alias, day, names, MOST_CARRIERS)
            found += rows.carriers(self._node.alias, [day], MOST_CARRIERS)
        return found

    def _known(self, words: Collection[str]) -> list[bytes]:
        return [token for word in sorted(words) if (token := self._by[word]) in self._present]


def _days(reading: Reading) -> frozenset[str]:
    return frozenset(f"{year:04d}{month:02d}{day:02d}" for year, month, day in reading.dates)


def touched(
    node: Node,
    actor: Actor,
    partner: ServiceId,
    thread: str | None,
    named: Collection[str],
    consulted: Consulted,
) -> set[str]:
    """Return the identifiers of the subjects that the case touches.

    Args:
        thread: None for a new one.
        named: subjects that the sending service itself names.
    """
    found = set(named)
    row = None if thread is None else cases.find_case(node.alias, thread, partner)
    if thread is not None:
        found.update(rows.linked(node.alias, thread))
        found.update(_decided_on(node, thread))
    if row is not None:
        found.update(_asked_for(node, row))
    # What the writer has looked at lately, and what the owner of the case has.
    persons = {actor.name, *(() if row is None or row.owner is None else (row.owner,))} - {SYSTEM.name}
    found.update(consulted.by(frozenset(persons)))
    return {uid for uid in found if UID.fullmatch(uid)}


def known_subjects(node: Node, reading: Reading, uids: Collection[str], carried: Carried) -> list[Known]:
    """Return the subjects whose values must be looked for in a text.

    Args:
        uids: those that the case touches.
        carried: made of this text among others.
    """
    found: dict[str, Known] = {}
    if uids:
        found.update(_open(rows.subjects(node.alias, uids), touched=True))
    for row in carried.by(reading):
        if row.uid not in found:
            found.update(_open([row], touched=False))
    return list(found.values())


def _open(subjects: Iterable[RegisterSubject], *, touched: bool) -> dict[str, Known]:
    return {
        row.uid: Known(row.uid, open_subject(row.content), touched, row.version)
        for row in subjects
        if row.content is not None
    }


def _decided_on(node: Node, thread: str) -> Iterable[str]:
    for made in cases.decisions(node.alias, thread):
        content = made.content or {}
        named = [content.get("subject"), *(one.get("subject") for one in content.get("found", ()))]
        yield from (subject for subject in named if isinstance(subject, str))


def _asked_for(node: Node, row: Case) -> Iterable[str]:
    reference = (row.request or {}).get("reference")
    if isinstance(reference, str) and row.side == cases.RECEIVED:
        yield from rows.referred(node.alias, row.partner, reference)
