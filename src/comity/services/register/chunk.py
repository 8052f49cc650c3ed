"""Stores one chunk of readings: what is new, what changed, what stays as it is, what is refused."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from comity.core.codes.exchange import PURPOSE_GROUPS
from comity.core.instant import Instant
from comity.core.register.formats.reading import Defaults, Fault, Reading, Reason, Record, Refusal, Warned
from comity.core.register.subject import Subject, SubjectState
from comity.core.register.supplementary import kept_a_year
from comity.core.register.words import subject_words
from comity.services.context import Node
from comity.services.register.followed import tell_watchers
from comity.services.register.keyed import Keyed
from comity.services.register.order import Counts, ImportOrder
from comity.storage.models.register import RegisterSubject
from comity.storage.register import subjects as rows
from comity.storage.register.subjects import Known
from comity.storage.register.tokens import replace_tokens

UID_BYTES = 16


@dataclass
class Chunk:
    """What became of one chunk."""

    counts: Counts = field(default_factory=Counts)
    types: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    warned: list[tuple[int, Warned]] = field(default_factory=list)
    digest: str = ""


@dataclass(frozen=True)
class Store:
    """Writes chunks of one import into the register of one node.

    Args:
        job: identifier of the import.
    """

    node: Node
    order: ImportOrder
    defaults: Defaults
    keyed: Keyed
    job: str

    def write(self, readings: Sequence[Reading]) -> Chunk:
        """Store a chunk; the caller holds the transaction and records the evidence."""
        chunk, now = Chunk(), self.node.clock()
        records = [reading for reading in readings if isinstance(reading, Record)]
        for reading in readings:
            if isinstance(reading, Refusal):
                self._refuse(chunk, reading, 1)
        keys = [self.keyed.source_key(self.order.regime, self.order.source, record.key) for record in records]
        known = rows.known_by_source_key(self.node.alias, keys)
        fresh: list[tuple[RegisterSubject, Subject]] = []
        same: list[int] = []
        met: set[str] = set()
        seal = hashlib.sha256()
        for key, record in zip(keys, records, strict=True):
            found = known.get(key)
            if key in met or (found is not None and found.seen_in == self.job):
                self._refuse(chunk, Refusal(record.line, (Fault("id", Reason.REPEATED),)), record.rows)
                continue
            met.add(key)
            digest = self.keyed.digest(_lasting(record.subject, self.defaults))
            seal.update(bytes.fromhex(digest))
            if found is None:
                fresh.append((self._row(key, digest, record.subject, now), record.subject))
                chunk.counts.new += 1
            elif found.state == SubjectState.ERASED:
                self._refuse(chunk, Refusal(record.line, (Fault("id", Reason.ERASED),)), record.rows)
                continue
            elif found.digest == digest:
                same.append(found.pk)
                chunk.counts.unchanged += 1
            else:
                self._change(found, digest, record.subject, now)
                chunk.counts.changed += 1
            chunk.warned += [(record.line, one) for one in record.warned]
            chunk.counts.rows += record.rows
            chunk.counts.joined += record.rows - 1
            chunk.types[record.type] += 1
        self._insert(fresh)
        rows.mark_seen(self.node.alias, same, self.job)
        chunk.digest = seal.hexdigest()
        return chunk

    def _refuse(self, chunk: Chunk, refusal: Refusal, count: int) -> None:
        chunk.refusals.append(refusal)
        chunk.counts.rows += count
        chunk.counts.refused += count

    def _row(self, key: str, digest: str, subject: Subject, now: Instant) -> RegisterSubject:
        return RegisterSubject(
            uid=self.node.random(UID_BYTES).hex(),
            source=self.order.source,
            source_key=key,
            digest=digest,
            seen_in=self.job,
            created_at=now,
            changed_at=now,
            **columns(kept_a_year(subject, now.date())),
        )

    def _insert(self, fresh: Iterable[tuple[RegisterSubject, Subject]]) -> None:
        pairs = list(fresh)
        rows.add_subjects(self.node.alias, [row for row, _ in pairs])
        tokens = {row.pk: self.keyed.tokens(subject_words(subject)) for row, subject in pairs}
        replace_tokens(self.node.alias, tokens, fresh=True)

    def _change(self, found: Known, digest: str, subject: Subject, now: Instant) -> None:
        """Write a new version; a restriction laid here and the retention that already runs both stay."""
        marks = subject.marks
        if found.state != SubjectState.ACTIVE:
            marks = marks.model_copy(update={"state": SubjectState(found.state)})
        if marks.erase_at == _default_end(self.defaults) and found.erase_at is not None:
            marks = marks.model_copy(update={"erase_at": found.erase_at})
        kept = subject.model_copy(update={"marks": marks})
        kept = kept_a_year(kept, now.date(), found.erase_at)
        rows.change_subject(
            self.node.alias,
            found.pk,
            {
                **columns(kept),
                "digest": digest,
                "seen_in": self.job,
                "version": found.version + 1,
                "changed_at": now,
            },
        )
        replace_tokens(self.node.alias, {found.pk: self.keyed.tokens(subject_words(kept))})
        tell_watchers(self.node, found.uid, kept)


def columns(subject: Subject) -> dict[str, object]:
    """Return the columns that follow from a subject's content."""
    marks = subject.marks
    groups = dict.fromkeys(PURPOSE_GROUPS[purpose].value for purpose in marks.purposes)
    return {
        "regime": marks.regime.value,
        "groups": " ".join(groups),
        "kind": subject.kind.value,
        "state": marks.state.value,
        "erase_at": marks.erase_at,
        "content": subject.to_octets(),
    }


def _default_end(defaults: Defaults) -> date:
    return defaults.marks.erase_at


def _lasting(subject: Subject, defaults: Defaults) -> bytes:
    """Return the content without the marks that only follow from the import: its end of retention, and its day.

    An unchanged row therefore keeps the day on which it was first read so: what is told of it is never too new.
    """
    same_end = subject.marks.erase_at == _default_end(defaults)
    same_day = defaults.as_of is not None and subject.marks.as_of == defaults.as_of
    return subject.to_octets(without=[*["erase_at"] * same_end, *["as_of"] * same_day])
