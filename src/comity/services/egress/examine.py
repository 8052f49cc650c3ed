"""Examine what is about to leave, and let it inherit the marks of what stands in it.

Implements docs/protocol/egress.md §2 to §4; rules L22, L23, L25, L26, L27, L30. Called by `submit_many` for every
message, so that no service can forget it. It decides nothing: the marks go into the proposed act, and the policy says
no (`comity.core.policy.decide`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Taint
from comity.core.egress.finding import Hit, Quoted, Texts, compared, found_in
from comity.core.egress.inherit import Inheritance, Source, SourceKind, derived, open_inheritance
from comity.core.egress.reading import MAX_CHARACTERS, Reading, read, texts_in
from comity.core.egress.values import phrases_of
from comity.core.plan.followup import PLAN_ENTRY, PLAN_SIGNATURE
from comity.core.register.release import MAIN
from comity.errors import InputError
from comity.services.context import SYSTEM, Actor, Node
from comity.services.egress.touched import Carried, Consulted, known_subjects, touched
from comity.storage import cases
from comity.storage.models.protection import PassageState
from comity.storage.protection import passages

WORDED = frozenset({PLAN_ENTRY, PLAN_SIGNATURE})
"""Kinds that hold words though other messages of their act carry none."""

EXAMINED = frozenset(Act) - {
    Act.PROPOSE,
    Act.SIGN,
    Act.RENEW_CARD,
    Act.EVIDENCE,
    Act.RECEIPT,
    Act.PUBLISH_INDEX,
    Act.PROBE,
    Act.BE_FOUND,
    Act.RECALL,
    Act.ERASE,
    Act.RESTRICT,
    Act.LIFT,
    Act.ATTACH,
}
"""Acts whose bodies can hold words; the others carry codes, digests and blinded points from closed lists, or files, which
no node opens: those bear the marks of the person as the register holds them when each part leaves. Agreements are law
that both services sign, and are not looked through."""


class Leaving(Protocol):
    """What is about to leave, as `Outgoing` has it."""

    @property
    def partner(self) -> ServiceId:
        """Recipient."""

    @property
    def regime(self) -> Regime:
        """Regime."""

    @property
    def kind(self) -> str:
        """Which handler takes it at the partner's."""

    @property
    def act(self) -> Act:
        """What it is in the eyes of the agreement."""

    @property
    def body(self) -> Mapping[str, Any]:
        """What it says."""

    @property
    def said(self) -> Mapping[str, Any] | None:
        """What the body says, where it is encoded there."""

    @property
    def thread(self) -> str | None:
        """Thread, None for a new one."""

    @property
    def taints(self) -> frozenset[Taint]:
        """Marks that the sending service knows of."""

    @property
    def subject(self) -> str:
        """Entry of our register that is released, if any."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found: the marks that the message carries, and in which subjects' values they have their source.

    `quoted`: subjects that its words mean, whatever their marks; the entry that is released is not among them.
    """

    inheritance: Inheritance
    hits: tuple[Hit, ...] = ()
    quoted: tuple[Quoted, ...] = ()

    @property
    def taints(self) -> frozenset[Taint]:
        """Return all marks."""
        return self.inheritance.taints


def examine(node: Node, together: Sequence[Leaving], actor: Actor) -> list[Examined]:
    """Return the marks that messages carry: those given, those of their values, those of texts that they repeat.

    Args:
        together: messages of one submission, for which the register is asked once.

    Raises:
        InputError: ``content.too-large``: more words than are looked through.
    """
    readings = [_read(each) for each in together]
    consulted, carried = Consulted(node), Carried(node, (one for one in readings if one is not None))
    found = []
    for each, reading in zip(together, readings, strict=True):
        if reading is None:
            found.append(Examined(Inheritance(each.taints)))
            continue
        uids = touched(node, actor, each.partner, each.thread, (each.subject,), consulted)
        found.append(_examined(node, each, reading, uids, carried))
    return found


def _read(leaving: Leaving) -> Reading | None:
    """Return what a message says; None where nothing in it can hold a value."""
    if leaving.act not in EXAMINED and leaving.kind not in WORDED:
        return None
    reading = read(texts_in(leaving.body if leaving.said is None else leaving.said))
    if reading.length > MAX_CHARACTERS:
        raise InputError("content.too-large", limit=MAX_CHARACTERS)
    return reading if _says_something(reading) else None


def _examined(node: Node, leaving: Leaving, reading: Reading, uids: set[str], carried: Carried) -> Examined:
    texts = Texts(reading)
    # 1. Values of subjects.
    said = _said_by(node, leaving) if leaving.act is Act.CLARIFY and uids else None
    found = compared(texts, known_subjects(node, reading, uids, carried), said)
    hits = found.hits(leaving.subject)
    from_values = (_of_hit(hit) for hit in hits)
    # 2. Passages of texts that carry marks themselves.
    from_texts = _repeated(node, leaving, texts)
    quoted = tuple(one for one in found.quoted() if one.uid != leaving.subject)
    return Examined(derived([Inheritance(leaving.taints), *from_values, *from_texts]), hits, quoted)


def meant_by(
    node: Node, partner: ServiceId, thread: str, text: Mapping[str, Any], released: str
) -> tuple[Quoted, ...]:
    """Return whom words of ours mean that left before it was noted.

    Args:
        released: entry of our register that they release, which is not among those; empty for none.
    """
    reading = read(texts_in(text))
    if not _says_something(reading) or reading.length > MAX_CHARACTERS:
        return ()
    uids = touched(node, SYSTEM, partner, thread, (released,), Consulted(node))
    found = compared(Texts(reading), known_subjects(node, reading, uids, Carried(node, [reading])))
    return tuple(one for one in found.quoted() if one.uid != released)


def examine_text(
    node: Node, actor: Actor, partner: ServiceId, thread: str | None, text: Mapping[str, Any]
) -> Inheritance:
    """Return the marks of a text that stays here, such as a note: whatever is made from it inherits them."""
    reading = read(texts_in(text))
    if not _says_something(reading) or reading.length > MAX_CHARACTERS:
        return Inheritance()
    uids = touched(node, actor, partner, thread, (), Consulted(node))
    hits = found_in(Texts(reading), known_subjects(node, reading, uids, Carried(node, [reading])))
    return derived(_of_hit(hit) for hit in hits)


def examine_particulars(node: Node, fields: Mapping[str, Any]) -> Examined:
    """Return the marks of whom particulars describe: by a number, or by full name and date of birth together.

    Args:
        fields: as `comity.core.register.release.release` gives them, by category.

    Raises:
        InputError: ``content.too-large``.
    """
    reading = read(_particulars(fields))
    if reading.length > MAX_CHARACTERS:
        raise InputError("content.too-large", limit=MAX_CHARACTERS)
    hits = found_in(Texts(reading), known_subjects(node, reading, (), Carried(node, [reading])))
    return Examined(derived(_of_hit(hit) for hit in hits), hits)


def _particulars(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the values themselves; the parts of a name in one text, as they are written."""
    for category, values in fields.items():
        shown = [_value(each) for each in (values if isinstance(values, list) else ())]
        yield from [" ".join(shown)] if category == DataCategory.NAMES else shown


def _value(value: Any) -> str:
    return (
        " ".join(str(value[each]) for each in MAIN if each in value)
        if isinstance(value, dict)
        else str(value)
    )


def _of_hit(hit: Hit) -> Inheritance:
    return Inheritance(hit.taints, frozenset({Source(SourceKind.REGISTER, hit.uid)}))


def _says_something(reading: Reading) -> bool:
    """Whether there is a word, a number or a date in it: what has none of them can hold no value."""
    return bool(reading.numbers or reading.dates) or any(not word.isdigit() for word in reading.shown)


def _said_by(node: Node, leaving: Leaving) -> Texts | None:
    """Return what the recipient has said in the thread."""
    if leaving.thread is None:
        return None
    row = cases.find_case(node.alias, leaving.thread, leaving.partner)
    bodies = [] if row is None or row.side != cases.RECEIVED or row.request is None else [row.request]
    return Texts(read(text for body in bodies for text in texts_in(body)))


def _repeated(node: Node, leaving: Leaving, texts: Texts) -> list[Inheritance]:
    """Return what is inherited from marked notes and passages of the thread of which the text repeats some words."""
    if leaving.thread is None or not texts.phrases:
        return []
    found = []
    for note in cases.notes(node.alias, leaving.partner, leaving.thread):
        if note.inheritance is not None and _shares(texts, note.content):
            own = frozenset({Source(SourceKind.NOTE, str(note.pk))})
            found.append(derived([open_inheritance(note.inheritance), Inheritance(sources=own)]))
    for row in passages.in_thread(node.alias, leaving.partner, leaving.thread):
        if row.inheritance is not None and row.state != PassageState.GONE and _shares(texts, row.body):
            own = frozenset({Source(SourceKind.PASSAGE, row.message)})
            found.append(derived([open_inheritance(row.inheritance), Inheritance(sources=own)]))
    return found


def _shares(texts: Texts, content: Mapping[str, Any] | None) -> bool:
    return content is not None and bool(phrases_of(read(texts_in(content))) & texts.phrases)
