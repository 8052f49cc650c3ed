"""Alarms about the evidence: visible to the people of the node until one of them settles them."""

from __future__ import annotations

from collections.abc import Collection

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Bilateral, Event, Internal, scope_key
from comity.errors import InputError, NodeError
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceAlarm, LogState
from comity.storage.transaction import atomic

FORK = "evidence.fork"
SHRUNK = "evidence.shrunk"
NEW_EPOCH = "evidence.new-epoch"
BEHIND = "evidence.behind"
COSIGNATURE = "evidence.cosignature"
REFUSED = "evidence.checkpoint-refused"
UNSHOWN = "evidence.unshown"


def raise_alarm(node: Node, code: str, origin: str, scope: Bilateral, proof: str) -> None:
    """Store an alarm with its internal evidence, once while it is open.

    Args:
        node: this node.
        code: what is wrong; one of the constants of this module.
        origin: the log it is about, ours or the partner's.
        scope: partner and regime.
        proof: the signed notes that prove it; no personal data.
    """
    now = node.clock()
    row = EvidenceAlarm(
        code=code,
        origin=origin,
        partner=scope.partner,
        regime=scope.regime.value,
        raised_at=now,
        proof=proof,
    )
    with atomic(node.alias):
        if checkpoints.add_alarm(node.alias, row):
            facts = {"code": code, "origin": origin}
            record(node, Internal(), Event("evidence.alarm", now, facts, proof.encode()))


def open_alarms(node: Node, regimes: Collection[Regime] | None = None) -> list[EvidenceAlarm]:
    """Return the alarms that nobody has settled, oldest first.

    Args:
        regimes: whose alarms, which name cases; None for all.
    """
    found = checkpoints.open_alarms(node.alias)
    return found if regimes is None else [each for each in found if Regime(each.regime) in regimes]


def settle_alarm(node: Node, actor: Actor, alarm: int) -> None:
    """Settle an alarm: someone has looked at it and acted outside the system.

    Raises:
        InputError: ``evidence.no-alarm``.
        Refused: ``actor.role``; ``evidence.behind`` when only a new epoch can settle it.
    """
    found = next((one for one in open_alarms(node) if one.pk == alarm), None)
    if found is None:
        raise InputError("evidence.no-alarm")
    actor.require(Regime(found.regime), Role.ADMINISTRATOR)
    if found.code == BEHIND:
        raise InputError("evidence.needs-epoch", origin=found.origin)
    now = node.clock()
    with atomic(node.alias):
        checkpoints.settle(node.alias, alarm, now)
        facts = {"code": found.code, "origin": found.origin}
        record(node, Internal(), Event("evidence.alarm-settled", now, facts, actor.name.encode()))


def require_unbroken(node: Node, scope: Bilateral) -> None:
    """Refuse to go on while our log of this partner and regime is behind what the partner countersigned.

    Raises:
        NodeError: ``evidence.behind``.
    """
    found = entries.log_state(node.alias, scope_key(scope))
    if found is not None and found[0] == LogState.BEHIND.value:
        raise NodeError("evidence.behind", origin=found[1])
