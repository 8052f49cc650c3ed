"""Restricts, quarantines and releases subjects: each change makes a new version, so that indexes drop or take them.

Source: Directive (EU) 2016/680 Art. 16(3) (restriction); Regulation (EU) 2016/794 Art. 23(9) (quarantine of what was
obtained in violation of human rights).
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.core.evidence.event import Event, Internal
from comity.core.register.subject import SubjectState, open_subject
from comity.errors import InputError, Refused
from comity.services.context import SYSTEM, Actor, Node
from comity.services.erasures import journal, replays
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, require_protector, stated
from comity.services.register.followed import tell_followers, tell_watchers
from comity.storage.models.register import RegisterSubject
from comity.storage.register import subjects as rows
from comity.storage.transaction import atomic

_KINDS = {
    SubjectState.RESTRICTED: "register.restricted",
    SubjectState.QUARANTINED: "register.quarantined",
    SubjectState.ACTIVE: "register.restriction-lifted",
}

_JOURNALED = {
    SubjectState.RESTRICTED: "subject-restricted",
    SubjectState.QUARANTINED: "subject-quarantined",
    SubjectState.ACTIVE: "subject-restriction-lifted",
}


def restrict(node: Node, actor: Actor, uid: str, reason: str) -> int:
    """Restrict a subject and return its new version: it gives no operational hit until the restriction is lifted.

    Raises:
        InputError: ``register.unknown``, ``register.erased``, ``register.reason``.
        Refused: ``actor.role``, ``register.state`` (it is quarantined).
    """
    return _enter(node, actor, uid, SubjectState.RESTRICTED, reason)


def quarantine(node: Node, actor: Actor, uid: str, reason: str) -> int:
    """Quarantine a subject for good and return its new version; only erasure follows.

    Raises:
        InputError: ``register.unknown``, ``register.erased``, ``register.reason``.
        Refused: ``actor.role``.
    """
    return _enter(node, actor, uid, SubjectState.QUARANTINED, reason)


def lift_restriction(node: Node, actor: Actor, uid: str, reason: str) -> int:
    """Lift a restriction and return the new version.

    Raises:
        InputError: ``register.unknown``, ``register.erased``, ``register.reason``.
        Refused: ``actor.role``, ``register.state`` (it is quarantined).
    """
    return _enter(node, actor, uid, SubjectState.ACTIVE, reason)


def _enter(node: Node, actor: Actor, uid: str, state: SubjectState, reason: str) -> int:
    statement = stated(actor, reason)
    with atomic(node.alias):
        row = rows.locked_subject_row(node.alias, uid)
        if row is None:
            raise InputError("register.unknown")
        if row.content is None:
            raise InputError("register.erased")
        subject = open_subject(row.content)
        require_protector(actor, subject.marks.regime)
        if row.state == state:
            return row.version
        if row.state == SubjectState.QUARANTINED:
            raise Refused("register.state")
        now = node.clock()
        committed = keep_statement(node, state.value, now, statement, uid)
        journal(node, _JOURNALED[state], [uid])
        version = _entered(node, row, state, committed)
        tell_followers(node, actor, uid, state)
        return version


def _entered(node: Node, row: RegisterSubject, state: SubjectState, committed: bytes) -> int:
    """Write the new state as a new version, in the running transaction."""
    if row.content is None:
        return row.version
    subject, now, version = open_subject(row.content), node.clock(), row.version + 1
    marks = subject.marks.model_copy(update={"state": state})
    changed = subject.model_copy(update={"marks": marks})
    values = {"state": state.value, "content": changed.to_octets(), "version": version, "changed_at": now}
    rows.change_subject(node.alias, row.pk, values)
    facts: dict[str, str | int] = {"subject": row.uid, "version": version}
    record(node, Internal(), Event(_KINDS[state], now, facts, committed))
    tell_watchers(node, row.uid, changed)
    return version


def _again(node: Node, uids: Sequence[str], state: SubjectState) -> int:
    """Enter a state again after a restore; return how many subjects were in another one."""
    count = 0
    with atomic(node.alias):
        for uid in uids:
            row = rows.locked_subject_row(node.alias, uid)
            if row is not None and row.content is not None and row.state != state:
                _entered(node, row, state, f"by {SYSTEM.name}".encode())
                count += 1
    return count


@replays("subject-restricted")
def restrict_again(node: Node, uids: Sequence[str]) -> int:
    """Restrict again what a restored backup knew as free."""
    return _again(node, uids, SubjectState.RESTRICTED)


@replays("subject-quarantined")
def quarantine_again(node: Node, uids: Sequence[str]) -> int:
    """Quarantine again what a restored backup knew as free."""
    return _again(node, uids, SubjectState.QUARANTINED)


@replays("subject-restriction-lifted")
def lift_again(node: Node, uids: Sequence[str]) -> int:
    """Lift again what was lifted after the backup; what was quarantined later follows in the journal."""
    return _again(node, uids, SubjectState.ACTIVE)
