"""Reads one's own register: one subject, all that a partner may find, what of a subject may be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant
from comity.core.register.findable import Hidden, hidden_by
from comity.core.register.release import release
from comity.core.register.subject import UID, Subject, SubjectState, open_subject
from comity.errors import InputError, Refused
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, may_see, require_reader, stated
from comity.storage.models.register import RegisterSubject
from comity.storage.register import subjects as rows
from comity.storage.transaction import atomic

__all__ = ["Held", "consult", "count", "findable_of", "held", "release", "stream_findable", "subject"]

PAGE = 500


@dataclass(frozen=True)
class Held:
    """A subject as the register holds it, with its identifier and version; an erased one has no content."""

    uid: str
    version: int
    state: SubjectState
    source: str
    created_at: Instant
    changed_at: Instant
    subject: Subject | None


def subject(node: Node, uid: str) -> Subject:
    """Return the present version of a subject, for a service that has recorded its own reason.

    Raises:
        InputError: ``register.unknown``, ``register.erased``.
    """
    found = held(node, uid)
    if found.subject is None:
        raise InputError("register.erased")
    return found.subject


def held(node: Node, uid: str) -> Held:
    """Return a subject with its identifier, version and state, for a service that has recorded its own reason.

    Raises:
        InputError: ``register.unknown``.
    """
    row = rows.subject_row(node.alias, uid) if UID.fullmatch(uid) else None
    if row is None:
        raise InputError("register.unknown")
    return view(row)


def view(row: RegisterSubject) -> Held:
    """Return a row of the register, opened."""
    content = open_subject(row.content) if row.content is not None else None
    return Held(
        row.uid, row.version, SubjectState(row.state), row.source, row.created_at, row.changed_at, content
    )


def consult(node: Node, actor: Actor, uid: str, reason: str) -> Held:
    """Return a subject to a person, and record who looked and why (Directive (EU) 2016/680 Art. 25).

    Raises:
        InputError: ``register.unknown``, ``register.reason``.
        Refused: ``actor.role``, ``register.restricted`` for who does not settle restrictions.
    """
    statement = stated(actor, reason)
    found = held(node, uid)
    if found.subject is not None:
        regime = found.subject.marks.regime
        require_reader(actor, regime)
        if not may_see(actor, regime, found.state):
            raise Refused("register.restricted")
    with atomic(node.alias):
        now = node.clock()
        committed = keep_statement(node, "consulted", now, statement, found.uid)
        facts: dict[str, str | int] = {"subject": found.uid, "version": found.version}
        record(node, Internal(), Event("register.consulted", now, facts, committed))
    return found


Found = tuple[str, int, Subject]
"""Identifier, version and content of a subject."""

Considered = tuple[str, int, Subject, frozenset[Hidden]]
"""Identifier, version and content of a subject, and why a partner may not find it; empty when it may."""


def stream_findable(
    node: Node,
    regime: Regime,
    partner: ServiceId,
    group: PurposeGroup,
    *,
    after: int = 0,
    upto: int | None = None,
) -> Iterator[Found]:
    """Yield every subject that a partner may find, in pages.

    Subjects that change while the pages are read appear as they are when their page is read.

    Args:
        node: this node.
        regime: regime of the index.
        partner: the partner for which the index is made; what the agreement narrows further is the caller's part.
        group: purpose group of the index.
        after: primary key behind which to begin.
        upto: last primary key; None for all.
    """
    for uid, version, content, hidden in stream_considered(
        node, regime, partner, group, after=after, upto=upto
    ):
        if not hidden:
            yield uid, version, content


def stream_considered(
    node: Node,
    regime: Regime,
    partner: ServiceId,
    group: PurposeGroup,
    *,
    after: int = 0,
    upto: int | None = None,
) -> Iterator[Considered]:
    """Yield every active subject of the regime and group, those too that a partner may not find; as `stream_findable`."""
    if partner == node.service:
        raise ValueError("a service is no partner of its own")
    today = node.clock().date()
    while page := rows.page_of_findable(node.alias, regime.value, group.value, after, PAGE, upto):
        yield from _considered(node, regime, group, today, page)
        after = page[-1].pk


def considered_of(
    node: Node, regime: Regime, group: PurposeGroup, pks: Sequence[int]
) -> Iterator[tuple[str, Considered | None]]:
    """Yield the subjects of some primary keys, in their order, each as `stream_considered` would; None where it would not."""
    today = node.clock().date()
    for row in rows.subjects_of(node.alias, pks):
        wanted = row.regime == regime.value and row.state == SubjectState.ACTIVE and group.value in row.groups
        found = _considered(node, regime, group, today, [row]) if wanted else iter(())
        yield row.uid, next(found, None)


def findable_of(
    node: Node, regime: Regime, partner: ServiceId, group: PurposeGroup, uids: Sequence[str]
) -> Iterator[Found]:
    """Yield those of some subjects that a partner may find; as `stream_findable`."""
    if partner == node.service:
        raise ValueError("a service is no partner of its own")
    today = node.clock().date()
    for at in range(0, len(uids), PAGE):
        page = rows.findable_of(node.alias, regime.value, group.value, uids[at : at + PAGE])
        for uid, version, content, hidden in _considered(node, regime, group, today, page):
            if not hidden:
                yield uid, version, content


def last_key(node: Node) -> int:
    """Return the greatest primary key of the register, 0 when it is empty."""
    return rows.last_key(node.alias)


def _considered(
    node: Node, regime: Regime, group: PurposeGroup, today: date, page: Iterable[RegisterSubject]
) -> Iterator[Considered]:
    for row in page:
        if row.content is not None:
            content = open_subject(row.content)
            hidden = hidden_by(content, service=node.service, regime=regime, group=group, today=today)
            yield row.uid, row.version, content, hidden


def count(node: Node) -> list[tuple[Regime, str, SubjectState, int]]:
    """Return regime, kind, state and number of subjects."""
    return [
        (Regime(regime), kind, SubjectState(state), number)
        for regime, kind, state, number in rows.counted(node.alias)
    ]
