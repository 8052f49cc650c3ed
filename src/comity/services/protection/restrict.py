"""Restrict what this service has sent, at every recipient, or what it has received, here (LED Art. 16(3), (5)).

Implements docs/protocol/protection.md §6. Reg. (EU) 2016/794 Art. 19(2) lets a provider set restrictions after the
transfer too. What a provider has restricted only the provider gives free.
"""

from __future__ import annotations

from comity.core.cases.protection import GROUNDS, ProtectionGround
from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import Role
from comity.core.faults import named
from comity.errors import ComityError, InputError, Refused
from comity.services.cases.access import known_case
from comity.services.context import Actor, Node
from comity.services.protection.owe import owe, owed_on, send
from comity.services.protection.received import lift_passage, restrict_passage
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Notice, Passage, PassageState
from comity.storage.protection import passages
from comity.storage.transaction import atomic

RESTRICTERS = (Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
LIFTERS = (Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)


def restrict_sent(
    node: Node, actor: Actor, thread: str, ground: ProtectionGround, message: str | None = None
) -> list[str]:
    """Restrict what we sent in a thread, here and at the recipient; return the messages that carry it.

    Args:
        message: only this one; None: all.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``protection.ground``.
        Refused: ``actor.role``, ``case.nothing-sent``.
    """
    _require_ground(ground)
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *RESTRICTERS)
    owed: list[Notice] = []
    with atomic(node.alias):
        for each in _ours(node, row, message, PassageState.HELD):
            restrict_passage(node, each, ground, node.service, node.clock())
            owed.append(owe(node, actor, owed_on(each, Act.RESTRICT, ground)))
    if not owed:
        raise Refused("case.nothing-sent")
    return _send_all(node, owed, actor)


def lift_sent(node: Node, actor: Actor, thread: str, message: str | None = None) -> list[str]:
    """Give free again what we had restricted, here and at the recipient; return the messages that carry it.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``.
        Refused: ``actor.role``, ``protection.not-restricted``.
    """
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *LIFTERS)
    owed: list[Notice] = []
    with atomic(node.alias):
        for each in _ours(node, row, message, PassageState.RESTRICTED):
            lift_passage(node, each, node.clock())
            owed.append(owe(node, actor, owed_on(each, Act.LIFT, None)))
    if not owed:
        raise Refused("protection.not-restricted")
    return _send_all(node, owed, actor)


def restrict_received(
    node: Node, actor: Actor, thread: str, ground: ProtectionGround, message: str | None = None
) -> int:
    """Restrict here what the partner said: a person contests it, or it is kept as evidence. Return how many passages.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``protection.ground``.
        Refused: ``actor.role``.
    """
    _require_ground(ground)
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *LIFTERS)
    with atomic(node.alias):
        found = _said(node, row, message, Direction.IN, PassageState.HELD)
        for each in found:
            restrict_passage(node, each, ground, node.service, node.clock())
    return len(found)


def lift_received(node: Node, actor: Actor, thread: str, message: str | None = None) -> int:
    """End our own restriction of what the partner said; one that the partner has set stays. Return how many.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``.
        Refused: ``actor.role``, ``protection.not-ours``, ``protection.not-restricted``.
    """
    row = known_case(node, actor, thread)
    actor.require(Regime(row.regime), *LIFTERS)
    with atomic(node.alias):
        found = _said(node, row, message, Direction.IN, PassageState.RESTRICTED)
        if not found:
            raise Refused("protection.not-restricted")
        own = [each for each in found if each.restricted_by == node.service]
        if not own:
            raise Refused("protection.not-ours")
        for each in own:
            lift_passage(node, each, node.clock())
    return len(own)


def _send_all(node: Node, owed: list[Notice], actor: Actor) -> list[str]:
    """Send what is owed; what cannot leave now stays owed and is chased."""
    sent = []
    for each in owed:
        try:
            sent.append(send(node, each, actor))
        except ComityError:
            continue
    return sent


def _ours(node: Node, row: Case, message: str | None, state: PassageState) -> list[Passage]:
    return _said(node, row, message, Direction.OUT, state)


def _said(
    node: Node, row: Case, message: str | None, direction: Direction, state: PassageState
) -> list[Passage]:
    found = passages.in_thread(node.alias, row.partner, row.thread, direction.value)
    if message is not None:
        found = [each for each in found if each.message == message]
        if not found:
            raise InputError("case.message-unknown")
    return [each for each in found if each.state == state]


def _require_ground(ground: ProtectionGround) -> None:
    if ground not in GROUNDS[Act.RESTRICT]:
        raise InputError("protection.ground", allowed=named(sorted(GROUNDS[Act.RESTRICT])))
