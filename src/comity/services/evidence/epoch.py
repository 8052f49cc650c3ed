"""Starts a new epoch of a log that was found behind (docs/protocol/evidence.md §8): an administrator's recorded act."""

from __future__ import annotations

from comity.core.codes.marks import Role
from comity.core.evidence import note, tree
from comity.core.evidence.event import Bilateral, Event, Internal, scope_key
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.evidence import alarms
from comity.services.evidence.record import record
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import LogState
from comity.storage.transaction import atomic


def start_epoch(node: Node, actor: Actor, scope: Bilateral) -> str:
    """Close the log that is behind and begin a new one; return its origin.

    The first entry of the new log names both what we hold and what the partner had countersigned of the old one,
    so that the gap stays visible for ever. No number of the old log is used again.

    Raises:
        Refused: ``actor.role``.
        InputError: ``evidence.not-behind``.
    """
    actor.require(scope.regime, Role.ADMINISTRATOR)
    now = node.clock()
    with atomic(node.alias):
        log = entries.claim_log(node.alias, scope_key(scope))
        if log is None or log.state != LogState.BEHIND:
            raise InputError("evidence.not-behind")
        alarm = checkpoints.open_alarm(node.alias, alarms.BEHIND, log.origin)
        if alarm is None:
            raise InputError("evidence.not-behind")
        lost = note.open_note(alarm.proof).checkpoint
        epoch = max(log.epoch, note.read_origin(lost.origin, node.service, scope)) + 1
        origin = note.origin(node.service, scope, epoch)
        entries.set_state(node.alias, log, LogState.CLOSED)
        entries.create_log(node.alias, scope_key(scope), epoch, origin, tree.EMPTY_ROOT, now)
        facts: dict[str, str | int] = {
            "previous": log.origin,
            "size": log.size,
            "root": log.root,
            "witnessed": lost.origin,
            "witnessed_size": lost.size,
            "witnessed_root": lost.root.hex(),
        }
        checkpoints.settle(node.alias, alarm.pk, now)
        record(node, scope, Event("log.epoch-started", now, facts, actor.name.encode()))
        record(
            node, Internal(), Event("evidence.epoch-started", now, {"origin": origin}, actor.name.encode())
        )
    return origin
