"""Restricts, quarantines and releases subjects: each change makes a new version, so that indexes drop or take them.

Source: Directive (EU) 2016/680 Art. 16(3) (restriction); Regulation (EU) 2016/794 Art. 23(9) (quarantine of what was
obtained in violation of human rights).
"""

from __future__ import annotations

from comity.core.evidence.event import Event, Internal
from comity.core.register.subject import SubjectState, open_subject
from comity.errors import InputError, Refused
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, require_protector, stated
from comity.storage.register import subjects as rows
from comity.storage.transaction import atomic

_KINDS = {
    SubjectState.RESTRICTED: "register.restricted",
    SubjectState.QUARANTINED: "register.quarantined",
    SubjectState.ACTIVE: "register.restriction-lifted",
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
        marks = subject.marks.model_copy(update={"state": state})
        changed = subject.model_copy(update={"marks": marks})
        now = node.clock()
        values = {"state": state.value, "content": changed.to_octets(), "version": row.version + 1}
        rows.change_subject(node.alias, row.pk, {**values, "changed_at": now})
        committed = keep_statement(node, state.value, now, statement, uid)
        facts: dict[str, str | int] = {"subject": uid, "version": row.version + 1}
        record(node, Internal(), Event(_KINDS[state], now, facts, committed))
        return row.version + 1
