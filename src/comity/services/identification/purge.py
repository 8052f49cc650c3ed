"""What was told to identify a person goes from both nodes with the answer, whatever the answer is.

Implements docs/protocol/identification.md §6. Source: Regulation (EU) 2018/1860 Art. 15(2) (sole purpose); Regulation
(EU) 2016/679 Art. 5(1)(e). Rules:
    - the requester's node empties its request and files in the transaction that accepts the answer, and owes their
      erasure to the answerer, by the notice that is chased until its receipt comes (protection.md §3);
    - the answerer's node empties what it received as soon as the requester's receipt proves the answer, and does not
      wait to be asked;
    - thread, times, result, grounds and the tombstones of the files stay: they are what both count and prove.
"""

from __future__ import annotations

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.services.cases.recall import withdraw
from comity.services.context import SYSTEM, Node
from comity.services.evidence.record import record
from comity.services.protection.owe import Owed, owe
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction

_GROUND = ProtectionGround.NOT_NEEDED


def purge_sent(node: Node, row: Case) -> None:
    """Empty what we told, and owe the answerer the erasure of it, in the transaction that accepts the answer."""
    if row.regime != Regime.RETURN_IDENTIFICATION:
        return
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    # Owed first: what has not left is recognised by its words, and files by their parts.
    owe(node, SYSTEM, Owed(partner, regime, row.thread, None, Act.ERASE, _GROUND))
    withdraw(node, row.partner, row.thread, Direction.OUT, _GROUND.value)
    _witness(node, row)


def purge_received(node: Node, row: Case) -> None:
    """Empty what we were told, in the transaction that stores the receipt of our answer."""
    if row.regime != Regime.RETURN_IDENTIFICATION:
        return
    withdraw(node, row.partner, row.thread, Direction.IN, _GROUND.value)
    _witness(node, row)


def _witness(node: Node, row: Case) -> None:
    facts: dict[str, str | int] = {"thread": row.thread, "ground": _GROUND.value}
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, scope, Event("identification.purged", node.clock(), facts))
