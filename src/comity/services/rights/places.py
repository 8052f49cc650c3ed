"""Looks in every place where this node holds something on persons, for one person.

Implements docs/protocol/rights.md §2. Unlike a search of an officer it also sees what is restricted or quarantined: the
person concerned has a right to that too. What a partner said is shown as the partner's: it is asked before it is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Act, Regime
from comity.core.envelope.batch import payload_of
from comity.core.match.register.described import Description
from comity.core.probe.query import Query
from comity.core.register.release import held_of
from comity.core.register.words import fold
from comity.core.rights.codes import SearchPlace
from comity.core.rights.mentions import Wanted, mentions, wanted, wanted_of
from comity.errors import InputError, PeerError, Refused
from comity.services.context import Node
from comity.services.custody.officer import open_as_officer
from comity.services.register.finding.describe import of_query
from comity.services.register.finding.find import answered
from comity.services.register.keyed import Keyed
from comity.services.register.read import Held, view
from comity.services.watch.justification import justification_info
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.register import changes
from comity.storage.register import subjects as subject_rows
from comity.storage.rights import held as rows
from comity.storage.watch import follow_ups

SURE = 0.5
"""Probability from which the other spellings of an entry of the register are looked for too."""

MAX_CARRIERS = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may concern the person.

    Args:
        name: what identifies it in its place: subject, message, thread, search.
        owner: service that said it. thread, partner, purpose: of what was exchanged.
        probability: that an entry of the register is the person; None elsewhere.
        marks: state and taints of an entry of the register; for the data-protection officer only.
        fields: categories of data that such an entry holds.
    """

    place: SearchPlace
    name: str
    owner: str
    thread: str = ""
    partner: str = ""
    purpose: str = ""
    at: str = ""
    probability: float | None = None
    marks: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what names it in a decision."""
        return f"{self.place.value}:{self.name}"

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        found = {name: getattr(self, name) for name in self.__slots__}
        shown = None if self.probability is None else f"{self.probability:.4f}"
        return {
            **found,
            "key": self.key,
            "place": self.place.value,
            "marks": list(self.marks),
            "fields": list(self.fields),
            "probability": shown,
        }


@dataclass
class Looking:
    """One search: for whom, where it has looked, how much it has read there, what it found."""

    node: Node
    regime: Regime
    query: Query
    sought: Wanted
    read: dict[SearchPlace, int] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)

    def place(self, place: SearchPlace, findings: Iterable[Finding | None]) -> None:
        """Take in what a place yields: one value for each thing that was read, None where nobody is mentioned."""
        count = 0
        for each in findings:
            count += 1
            if each is not None:
                self.found.append(each)
        self.read[place] = self.read.get(place, 0) + count


def look_everywhere(node: Node, regime: Regime, query: Query, key: Path | None) -> Looking:
    """Search every place; justifications only with the officer's key.

    Raises:
        InputError: ``register.insufficient``, ``officer.file``, ``officer.other-key``.
        Refused: ``register.index-behind``, ``rights.too-many``.
    """
    looking = Looking(node, regime, query, wanted(query))
    persons = _persons(looking)
    looking.place(SearchPlace.REGISTER, persons)
    looking.read[SearchPlace.REGISTER] = sum(1 for _ in _counted(node, regime))
    looking.place(SearchPlace.CASES, _cases(looking))
    looking.place(SearchPlace.MESSAGES, _messages(looking))
    looking.place(SearchPlace.NOTES, _notes(looking))
    looking.place(SearchPlace.NOTES, _joined(looking))
    looking.place(SearchPlace.SEARCHES, _searches(looking))
    if key is not None:
        looking.place(SearchPlace.JUSTIFICATIONS, _justifications(looking, key))
    return looking


def _counted(node: Node, regime: Regime) -> Iterator[int]:
    for found_regime, _, state, number in subject_rows.counted(node.alias):
        if found_regime == regime.value and state != "erased":
            yield from range(number)


def _persons(looking: Looking) -> list[Finding]:
    """Return the entries of the register that may be the person, and look for their spellings from here on."""
    node, regime = looking.node, looking.regime
    described: Description = of_query(looking.query, node.config.country)
    answer = answered(node, regime, described)
    if answer.insufficient:
        raise InputError("register.insufficient")
    if answer.too_many:
        raise Refused("rights.too-many")
    likely = {hit.identity: hit.alone for hit in answer.hits}
    opened = {row.pk: row for row in changes.rows(node.alias, regime.value, list(likely))}
    found: dict[str, Finding] = {}
    for pk, row in opened.items():
        entry = view(row)
        found[entry.uid] = _person(node, entry, likely[pk])
        if entry.subject is not None and likely[pk] >= SURE:
            looking.sought = looking.sought.joined(wanted_of(entry.subject))
    keyed = Keyed(node)
    for number in filter(None, map(fold, looking.query.documents)):
        carriers = subject_rows.with_every_token(
            node.alias, regime.value, [keyed.token(number)], MAX_CARRIERS
        )
        for row in carriers:
            found.setdefault(row.uid, _person(node, view(row), 1.0))
    return list(found.values())


def _person(node: Node, entry: Held, probability: float) -> Finding:
    subject = entry.subject
    owner = node.service if subject is None else subject.marks.owner
    taints = () if subject is None else tuple(sorted(each.value for each in subject.marks.taints))
    return Finding(
        SearchPlace.REGISTER,
        entry.uid,
        owner,
        probability=probability,
        marks=(entry.state.value, *taints),
        fields=() if subject is None else tuple(sorted(each.value for each in held_of(subject))),
    )


def _cases(looking: Looking) -> Iterator[Finding | None]:
    """Yield what requests and final replies say; each is its sender's."""
    for row in rows.cases(looking.node.alias, looking.regime.value):
        ours_asks = row.side == "asked"
        for words, message, ours in (
            (row.request, row.thread, ours_asks),
            (row.reply, row.closing or "", not ours_asks),
        ):
            yield _case(looking, row, message, ours) if mentions(looking.sought, words) else None


def _case(looking: Looking, row: Case, message: str, ours: bool) -> Finding:
    owner = looking.node.service if ours else row.partner
    return Finding(
        SearchPlace.CASES,
        message,
        owner,
        thread=row.thread,
        partner=row.partner,
        purpose=row.purpose,
        at=row.opened_at.date().isoformat(),
    )


def _messages(looking: Looking) -> Iterator[Finding | None]:
    """Yield what other messages say, as passage, notice or signed content; each once."""
    node, regime = looking.node, looking.regime.value
    known = {each.name for each in looking.found if each.place is SearchPlace.CASES}
    released = {each.name for each in looking.found if each.place is SearchPlace.REGISTER}
    said: Iterator[tuple[str, str, str, str, Any]] = _said(node, regime)
    for message, thread, partner, direction, words in said:
        told = isinstance(words, dict) and words.get("released of") in released
        if message in known or not (told or mentions(looking.sought, words)):
            yield None
            continue
        known.add(message)
        owner = node.service if direction == Direction.OUT else partner
        yield Finding(SearchPlace.MESSAGES, message, owner, thread=thread, partner=partner)


def _said(node: Node, regime: str) -> Iterator[tuple[str, str, str, str, Any]]:
    for row in rows.passages(node.alias, regime):
        words = {"body": row.body, "released of": row.subject}
        yield row.message, row.thread, row.partner, row.direction, words
    for notice in rows.notices(node.alias, regime):
        yield notice.message or "", notice.thread, notice.partner, notice.direction, notice.content
    # That the person asked, and that partners were asked for it, is no finding on the person.
    for sent in rows.contents(node.alias, regime, (Act.RIGHTS.value,)):
        yield sent.message, sent.thread or "", sent.partner, sent.direction, _payload(sent.content or "")


def _payload(content: str) -> Any:
    try:
        return json.loads(payload_of(content))
    except (PeerError, ValueError):
        return None


def _notes(looking: Looking) -> Iterator[Finding | None]:
    """Yield our own notes and decisions on cases, and texts of ours that did not leave."""
    node, regime = looking.node, looking.regime.value
    for note in rows.notes(node.alias, regime):
        found = mentions(looking.sought, note.content)
        yield _own(looking, SearchPlace.NOTES, f"note-{note.pk}", note.thread) if found else None
    released = {each.name for each in looking.found if each.place is SearchPlace.REGISTER}
    for made in rows.decisions(node.alias, regime):
        about = isinstance(made.content, dict) and made.content.get("subject") in released
        found = about or mentions(looking.sought, made.content)
        yield _own(looking, SearchPlace.NOTES, made.digest, made.thread) if found else None
    for kept in rows.blocked(node.alias, regime):
        found = mentions(looking.sought, kept.content)
        yield _own(looking, SearchPlace.NOTES, kept.reference, kept.thread) if found else None
    for waits in follow_ups.waiting(node.alias, [regime]):
        found = mentions(looking.sought, waits.content)
        yield _own(looking, SearchPlace.NOTES, waits.uid, "", waits.partner) if found else None
    for asked in rows.consents(node.alias, regime):
        found = mentions(looking.sought, asked.reasons)
        yield _own(looking, SearchPlace.NOTES, asked.asked, asked.thread, asked.partner) if found else None


def _joined(looking: Looking) -> Iterator[Finding | None]:
    """Yield what is written down of whom the person is joined to: links of ours, and edges to persons of a partner.

    Only the link is named, never its other end: that is another person's. An edge is the partner's as much as ours.
    """
    node, regime = looking.node, looking.regime.value
    persons = {each.name for each in looking.found if each.place is SearchPlace.REGISTER}
    for link in rows.links(node.alias, regime):
        found = bool({link.one.uid, link.other.uid} & persons) or mentions(looking.sought, link.content)
        yield _own(looking, SearchPlace.NOTES, f"link-{link.uid}", "") if found else None
    for edge in rows.edges(node.alias, regime):
        found = edge.one.uid in persons or mentions(looking.sought, edge.content)
        shown = Finding(SearchPlace.NOTES, f"edge-{edge.uid}", edge.partner, partner=edge.partner)
        yield shown if found else None


def _searches(looking: Looking) -> Iterator[Finding | None]:
    """Yield who searched or consulted our register about the person, and searches at partners that go on."""
    node = looking.node
    released = {each.name for each in looking.found if each.place is SearchPlace.REGISTER}
    for act in rows.statements(node.alias, looking.regime.value):
        found = act.subject_uid in released or mentions(looking.sought, _typed(act.statement.get("query")))
        yield _own(looking, SearchPlace.SEARCHES, f"{act.kind}-{act.pk}", "") if found else None
    for row in rows.standing(node.alias, looking.regime.value):
        found = mentions(looking.sought, row.content)
        yield _own(looking, SearchPlace.SEARCHES, row.sid, "") if found else None


def _typed(text: Any) -> Any:
    """Return what was searched for: a description if it is one, else the words."""
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _justifications(looking: Looking, key: Path) -> Iterator[Finding | None]:
    """Yield the searches at partners about the person, opened with the officer's key."""
    for row in rows.asked(looking.node.alias, looking.regime.value):
        info = justification_info(row.rid, row.commitment)
        document = canonical.decode(open_as_officer(key, row.officer_kid, info, bytes(row.justification)))
        found = mentions(looking.sought, document.get("query"))
        yield _own(looking, SearchPlace.JUSTIFICATIONS, row.rid, "", row.partner) if found else None


def _own(looking: Looking, place: SearchPlace, name: str, thread: str, partner: str = "") -> Finding:
    return Finding(place, name, looking.node.service, thread=thread, partner=partner)
