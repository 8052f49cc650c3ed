"""Who may do what with the register, and the statement that each act leaves.

A statement says who, why and what was asked; it is kept sealed here and committed to in the internal log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.instant import Instant
from comity.core.register.subject import SubjectState
from comity.core.texts import typed
from comity.services.context import Actor, ActorKind, Node
from comity.storage.register import subjects as rows

KEEPERS = (Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
"""May import."""

READERS = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
"""May consult, with a reason."""

PROTECTORS = (Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
"""May restrict, quarantine, release a restriction and erase."""


def require_keeper(actor: Actor, regime: Regime) -> None:
    """Refuse unless the actor may import.

    Raises:
        Refused: ``actor.role``.
    """
    actor.require(regime, *KEEPERS)


def require_reader(actor: Actor, regime: Regime) -> None:
    """Refuse unless the actor may consult.

    Raises:
        Refused: ``actor.role``.
    """
    actor.require(regime, *READERS)


def require_protector(actor: Actor, regime: Regime) -> None:
    """Refuse unless the actor may restrict, quarantine or erase.

    Raises:
        Refused: ``actor.role``.
    """
    actor.require(regime, *PROTECTORS)


def may_see(actor: Actor, regime: Regime, state: SubjectState) -> bool:
    """Whether a subject in this state may be found or read by the actor.

    What is restricted or quarantined is for those who settle it (LED Art. 16(3); Reg. (EU) 2016/794 Art. 23(9)): it
    gives no operational hit, neither to an officer nor to a system.
    """
    protects = any((regime, role) in actor.roles for role in PROTECTORS)
    return state is SubjectState.ACTIVE or protects or actor.kind is ActorKind.OPERATOR


MIN_REASON, MAX_REASON = 3, 1000


def stated(actor: Actor, reason: str, **asked: str) -> dict[str, Any]:
    """Return the statement of an act.

    Raises:
        InputError: ``register.reason`` when the reason is missing, too long or no readable text.
    """
    plain = typed(reason, "register.reason", least=MIN_REASON, most=MAX_REASON)
    return {"by": actor.name, "reason": plain, **asked}


def keep_statement(node: Node, kind: str, at: Instant, statement: Mapping[str, Any], uid: str = "") -> bytes:
    """Keep a statement sealed, in the running transaction, and return the bytes to commit to."""
    rows.add_act(node.alias, kind, at, uid, statement)
    return canonical.encode(dict(statement))
