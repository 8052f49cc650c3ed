"""Join two entries of the register, and part them where the link proves unfounded; each with its reason.

Rules L28 and L32; `comity.core.register.links.model` says what is kept. Who joined and why stands sealed for oversight and
is committed to in the internal log, which names the link and not its ends: what was parted cannot be read from it. A
link goes with either end, whatever erases it, and a restored backup does not bring back what was parted.
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.register.links.model import Link, kept, open_link
from comity.core.register.subject import UID, Subject, SubjectState, open_subject
from comity.errors import InputError, Refused
from comity.services import erasures
from comity.services.context import SYSTEM, Actor, ActorKind, Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, may_see, stated
from comity.services.register.followed import watch
from comity.storage.models.register import RegisterLink, RegisterSubject
from comity.storage.register import links as rows
from comity.storage.register.subjects import locked_subject_row
from comity.storage.transaction import atomic

JOINERS = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK)
"""May join entries."""

PARTERS = (*JOINERS, Role.DATA_PROTECTION_OFFICER)
"""May part them."""

LINK_BYTES = 16


def join(node: Node, actor: Actor, one: str, other: str, link: Link, reason: str) -> str:
    """Join two entries and return the link's identifier.

    Args:
        one, other: identifiers in our register. link: what is said; of a contact's contact the kind alone is kept.
        reason: why it is entered; kept sealed for oversight.

    Raises:
        InputError: ``register.unknown``, ``register.erased``, ``register.reason``, ``register.link-self``.
        Refused: ``actor.role`` (no officer of the regime), ``register.restricted`` (an end that the actor may not see),
            ``register.link-regime`` (ends of two regimes).
    """
    statement = stated(actor, reason)
    if one == other:
        raise InputError("register.link-self")
    with atomic(node.alias):
        ends = [_end(node, actor, uid) for uid in (one, other)]
        (first, left), (second, right) = ends
        if left.marks.regime is not right.marks.regime:
            raise Refused("register.link-regime")
        now, uid = node.clock(), node.random(LINK_BYTES).hex()
        content = kept(link, left, right).model_dump(mode="json")
        rows.add_link(node.alias, uid, (first, second), left.marks.regime.value, content, now)
        committed = keep_statement(node, "linked", now, {**statement, "one": one, "other": other}, uid)
        record(node, Internal(), Event("register.linked", now, {"link": uid}, committed, erase_key=uid))
    return uid


def part(node: Node, actor: Actor, uid: str, reason: str) -> None:
    """Delete a link that proves unfounded: its words, its ends and what was committed to (Annex II.B (3)).

    Raises:
        InputError: ``register.link-unknown`` (also for who may not see both ends), ``register.reason``.
        Refused: ``actor.role``.
    """
    statement = stated(actor, reason)
    with atomic(node.alias):
        row = rows.find_link(node.alias, uid) if UID.fullmatch(uid) else None
        if row is None or not visible(actor, row):
            raise InputError("register.link-unknown")
        actor.require(open_subject(row.one.content or b"").marks.regime, *PARTERS)
        _gone(node, [row], "unfounded")
        now = node.clock()
        committed = keep_statement(node, "parted", now, statement, uid)
        facts: dict[str, str | int] = {"link": uid, "ground": "unfounded"}
        record(node, Internal(), Event("register.link-deleted", now, facts, committed, erase_key=uid))


def visible(actor: Actor, row: RegisterLink) -> bool:
    """Whether the actor may see both ends of a link (L32; Reg. (EU) 2018/1862 Art. 63(3))."""
    return may_see_end(actor, row.one) and may_see_end(actor, row.other)


def may_see_end(actor: Actor, row: RegisterSubject) -> bool:
    """Whether the actor may read an entry: it is there, of a regime of the actor's, and not restricted to others."""
    if row.content is None:
        return False
    regime = open_subject(row.content).marks.regime
    works = actor.kind is ActorKind.OPERATOR or any((regime, role) in actor.roles for role in PARTERS)
    return works and may_see(actor, regime, SubjectState(row.state))


@watch
def follow_ends(node: Node, uid: str, subject: Subject | None) -> None:
    """Keep of an entry's links what may still be kept, in the transaction that changed it; nothing once it is gone."""
    found = rows.links_at(node.alias, uid)
    if subject is None:
        _gone(node, found, "end-erased")
        return
    for row in found:
        far = row.other if row.one.uid == uid else row.one
        if far.content is None:
            continue
        link = open_link(row.content)
        now_kept = kept(link, subject, open_subject(far.content))
        if now_kept != link:
            rows.change_link(node.alias, row.pk, now_kept.model_dump(mode="json"))
            destroy_salt(node, row.uid)
            facts: dict[str, str | int] = {"link": row.uid, "ground": "contact"}
            record(node, Internal(), Event("register.link-reduced", node.clock(), facts))


@erasures.replays("link")
def part_again(node: Node, uids: Sequence[str]) -> int:
    """Part again what a restored backup brought back; return how many links were there."""
    with atomic(node.alias):
        found = [row for uid in uids if (row := rows.find_link(node.alias, uid)) is not None]
        for row in found:
            _removed(node, row)
            facts: dict[str, str | int] = {"link": row.uid, "ground": "restore"}
            committed = f"by {SYSTEM.name}".encode()
            event = Event("register.link-deleted", node.clock(), facts, committed, erase_key=row.uid)
            record(node, Internal(), event)
    return len(found)


def _end(node: Node, actor: Actor, uid: str) -> tuple[RegisterSubject, Subject]:
    """Return an entry that the actor may join."""
    row = locked_subject_row(node.alias, uid) if UID.fullmatch(uid) else None
    if row is None:
        raise InputError("register.unknown")
    if row.content is None:
        raise InputError("register.erased")
    subject = open_subject(row.content)
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("actor.role", regime=subject.marks.regime.value)
    actor.require(subject.marks.regime, *JOINERS)
    if not may_see(actor, subject.marks.regime, SubjectState(row.state)):
        raise Refused("register.restricted")
    return row, subject


def _gone(node: Node, found: Sequence[RegisterLink], ground: str) -> None:
    """Remove links in the running transaction, journaled; each that goes with an end is recorded."""
    if not found:
        return
    erasures.journal(node, "link", [row.uid for row in found])
    for row in found:
        _removed(node, row)
        if ground != "unfounded":
            facts: dict[str, str | int] = {"link": row.uid, "ground": ground}
            record(node, Internal(), Event("register.link-deleted", node.clock(), facts))


def _removed(node: Node, row: RegisterLink) -> None:
    rows.drop_link(node.alias, row.pk)
    rows.drop_statements(node.alias, row.uid)
    destroy_salt(node, row.uid)
