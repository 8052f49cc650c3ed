"""Who may do what with cases. The operator at the console sees that a case exists, never what it says.

A case of a regime in which somebody does not work is looked for like one that does not exist, by the same statements, and told
alike: neither answer nor work says that there is one.
"""

from __future__ import annotations

from collections.abc import Collection

from comity.core.cases.number import LEAST, written_number
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.storage import cases as rows
from comity.storage.models.cases import Case

READERS = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
ASKERS = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK)


def require_asker(actor: Actor, regime: Regime) -> None:
    """Refuse unless the actor may open requests; a national system may, on behalf of its users.

    Raises:
        Refused: ``actor.role``.
    """
    actor.require(regime, *ASKERS)


def require_approver(actor: Actor, regime: Regime) -> None:
    """Refuse unless a named person with the role of approver acts (LED Art. 11): no operator, no program.

    Raises:
        Refused: ``case.approver``.
    """
    if actor.kind is not ActorKind.OFFICER or (regime, Role.APPROVER) not in actor.roles:
        raise Refused("case.approver", regime=regime.value)


def may_read(actor: Actor, regime: Regime) -> bool:
    """Whether the actor may see what the cases of a regime say."""
    if actor.kind is ActorKind.OPERATOR or actor.kind is ActorKind.SYSTEM:
        return False
    return any((regime, role) in actor.roles for role in READERS)


def may_read_named(actor: Actor, row: Case) -> bool:
    """Whether the actor may see what is for named officers only (cases.md §17): who has taken the case, and oversight."""
    regime = Regime(row.regime)
    if actor.kind is not ActorKind.OFFICER or not may_read(actor, regime):
        return False
    return row.owner == actor.name or (regime, Role.DATA_PROTECTION_OFFICER) in actor.roles


def regimes_of(node: Node, actor: Actor) -> frozenset[Regime]:
    """Return the regimes whose cases the actor may see to exist."""
    if actor.kind is ActorKind.OPERATOR:
        return frozenset(node.config.regimes)
    return frozenset(regime for regime, role in actor.roles if role in READERS)


def find_thread(node: Node, text: str, regimes: Collection[Regime] | None = None) -> str:
    """Return the thread whose identifier begins or ends with the text; its short form (``3f9a-07c2``) is the end.

    Args:
        regimes: in which whoever asks works; None for the operator at the console, who sees that cases exist.

    Raises:
        InputError: ``case.unknown``, ``case.ambiguous``.
    """
    typed = written_number(text)
    within = None if regimes is None else [regime.value for regime in regimes]
    found = rows.threads_named(node.alias, typed, within) if len(typed) >= LEAST else []
    if not found:
        raise InputError("case.unknown")
    if len(found) > 1 and typed not in found:
        raise InputError("case.ambiguous", found=len(found))
    return typed if typed in found else found[0]


def known_case(node: Node, actor: Actor, thread: str) -> Case:
    """Return a case of a regime in which the actor works.

    Raises:
        InputError: ``case.unknown``, also for a case of another regime.
    """
    row = rows.case_within(node.alias, thread, [regime.value for regime in regimes_of(node, actor)])
    if row is None:
        raise InputError("case.unknown")
    return row


def case_to_answer(node: Node, actor: Actor, thread: str) -> Case:
    """Return a case that waits for a named approver's answer of any kind.

    Raises:
        InputError: ``case.unknown``.
        Refused: ``case.approver``, ``case.not-ours-to-answer``, ``case.closed``, ``case.recalled``.
    """
    row = known_case(node, actor, thread)
    require_approver(actor, Regime(row.regime))
    if row.side != rows.RECEIVED:
        raise Refused("case.not-ours-to-answer")
    if row.closing is not None:
        raise Refused("case.closed")
    if row.rejected is not None:
        raise Refused(row.rejected)
    return row
