"""Which protected values stand in texts that are about to leave, and what marks the texts inherit by that.

Implements docs/protocol/egress.md §2 to §4; rules L22, L23, L25, L26, L27, L30. Pure and total: it proposes marks, and
the policy decides on them (`comity.core.policy.decide`). Bounded: by `MAX_CHARACTERS` and by the number of subjects,
both set by the caller.
Attacks it meets: values pasted, re-spaced, in the other script, with other digits, with invisible signs, spread over
several fields. Not met: paraphrase, numbers in words, hints, values split over several messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from comity.core.codes.marks import Taint
from comity.core.egress.dates import Day
from comity.core.egress.names import NamedWords, NameForm, stands_in
from comity.core.egress.reading import Reading
from comity.core.egress.values import ITEM_TAINTS, Known, Value, phrases_of


@dataclass(frozen=True, slots=True)
class Hit:
    """A subject whose values stand in the texts: which kinds, and what the texts inherit."""

    uid: str
    values: frozenset[Value]
    taints: frozenset[Taint]


@dataclass(frozen=True, slots=True, order=True)
class Quoted:
    """A subject that a text means, whatever its marks: it may be marked later.

    Args:
        touched: the case touched it, so that each value counted by itself. version: of the entry that was compared.
    """

    uid: str
    touched: bool
    version: int = 0


class Texts:
    """Texts that are about to leave, with what was worked out of them."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._named: NamedWords | None = None

    @cached_property
    def phrases(self) -> frozenset[tuple[str, ...]]:
        """Passages that are long enough to be recognised again."""
        return phrases_of(self.reading)

    def names(self, forms: Iterable[NameForm], *, beside_birth: bool) -> frozenset[NameForm]:
        """Return those of the names that stand in the texts."""
        if self._named is None:
            self._named = NamedWords(self.reading.words)
        return frozenset(form for form in forms if stands_in(form, self._named, beside_birth=beside_birth))

    def has_words(self, words: Sequence[str]) -> bool:
        """Whether the words stand in the texts one after the other."""
        whole = f" {' '.join(self.reading.words)} "
        return f" {' '.join(words)} " in whole


@dataclass(frozen=True, slots=True)
class _Met:
    numbers: frozenset[str]
    names: frozenset[NameForm]
    births: frozenset[Day]
    addresses: frozenset[tuple[str, ...]]
    phrases: frozenset[tuple[str, ...]]

    def kinds(self) -> frozenset[Value]:
        every = {
            Value.NUMBER: self.numbers,
            Value.NAME: self.names,
            Value.BIRTH: self.births,
            Value.ADDRESS: self.addresses,
            Value.TEXT: self.phrases,
        }
        return frozenset(kind for kind, values in every.items() if values)


def found_in(
    texts: Texts, known: Sequence[Known], given: Texts | None = None, released: str = ""
) -> tuple[Hit, ...]:
    """Return the tainted subjects whose values stand in texts, with the marks that the texts inherit.

    Args:
        texts: what is about to leave.
        known: subjects that may be meant, tainted or not.
        given: what the recipient itself said in the thread, where only a question is put: it is told nothing by having
            its own values repeated.
        released: entry that a named person releases by this message: what it holds itself is its own, so that a relative
            at the same address, or a namesake, does not block it. A number, or name and birth date together, do.
    """
    return compared(texts, known, given).hits(released)


@dataclass(frozen=True, slots=True)
class Compared:
    """Which values of which subjects stand in texts."""

    known: Sequence[Known]
    met: Mapping[str, _Met]

    def hits(self, released: str = "") -> tuple[Hit, ...]:
        """Return the tainted subjects that are meant; as `found_in`."""
        clean = [one for one in self.known if not one.taints]
        own = next((other for other in clean if other.uid == released), None)
        found = []
        for one in self.known:
            mine = self.met[one.uid]
            values = mine.kinds()
            if not one.taints or not _counts(one, values):
                continue
            if own is not None and not _is_strong(values) and _covers(one, mine, own, self.met[released]):
                continue
            own_source = any(_covers(one, mine, other, self.met[other.uid]) for other in clean)
            taints = one.taints - ITEM_TAINTS if own_source else one.taints
            if taints:
                found.append(Hit(one.uid, values, taints))
        return tuple(found)

    def quoted(self) -> tuple[Quoted, ...]:
        """Return every subject that is meant, tainted or not; sorted."""
        meant = (one for one in self.known if _counts(one, self.met[one.uid].kinds()))
        return tuple(sorted(Quoted(one.uid, one.touched, one.version) for one in meant))


def compared(texts: Texts, known: Sequence[Known], given: Texts | None = None) -> Compared:
    """Compare texts with subjects; arguments as those of `found_in`."""
    return Compared(known, {one.uid: _met(texts, one, given) for one in known})


def inherited(hits: Iterable[Hit]) -> frozenset[Taint]:
    """Return the union of the marks."""
    return frozenset(taint for hit in hits for taint in hit.taints)


def _met(texts: Texts, one: Known, given: Texts | None) -> _Met:
    found = _standing(texts, one)
    if given is None or not found.kinds():
        return found
    said = _standing(given, one)
    return _Met(
        found.numbers - said.numbers,
        found.names - said.names,
        found.births - said.births,
        found.addresses - said.addresses,
        found.phrases - said.phrases,
    )


def _standing(texts: Texts, one: Known) -> _Met:
    reading = texts.reading
    births = one.births & reading.dates
    looked_for = one.names if one.touched or births else ()
    return _Met(
        numbers=one.numbers & reading.numbers,
        names=texts.names(looked_for, beside_birth=bool(births)),
        births=births,
        addresses=frozenset(words for words in one.addresses if one.touched and texts.has_words(words)),
        phrases=one.phrases & texts.phrases if one.phrases else frozenset(),
    )


def _counts(one: Known, values: frozenset[Value]) -> bool:
    """Whether the values that stand in a text mean the subject, and not somebody who shares one of them."""
    return _is_strong(values) or (one.touched and bool(values))


def _is_strong(values: frozenset[Value]) -> bool:
    """Whether values tell one person from all others."""
    return Value.NUMBER in values or {Value.NAME, Value.BIRTH} <= values


def _covers(tainted: Known, mine: _Met, clean: Known, theirs: _Met) -> bool:
    """Whether an untainted entry holds every value of the tainted one that stands in the texts."""
    if tainted.subject.marks.regime is not clean.subject.marks.regime:
        return False
    names = not mine.names or bool(mine.names & frozenset(clean.names)) or bool(theirs.names)
    rest = mine.numbers <= clean.numbers and mine.births <= clean.births
    return names and rest and not mine.phrases and mine.addresses <= frozenset(clean.addresses)
