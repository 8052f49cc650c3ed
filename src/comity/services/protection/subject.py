"""A subject of our register is restricted, given free, quarantined or erased: every recipient of it is owed a notice.

Implements docs/protocol/protection.md §7. Source: Directive (EU) 2016/680 Art. 16(5)-(6). The recipient is told an
ordinary ground: why it really is, the register's own statement says, sealed. What has not left does not leave, and who
has not got it is told nothing.
"""

from __future__ import annotations

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act
from comity.core.policy.law import PROTECTED
from comity.core.register.subject import SubjectState
from comity.services.context import Actor, Node
from comity.services.exchange.back.hold import hold_one
from comity.services.identification.withhold import withhold
from comity.services.protection.owe import RESTRICTED, ask_back, owe, owed_on
from comity.services.protection.received import lift_passage, restrict_passage
from comity.services.register.followed import follow
from comity.storage.exchange.outbox import Whereabouts
from comity.storage.models.protection import Passage, PassageState
from comity.storage.protection import passages

ERASED = "register.erased"
_GROUND = ProtectionGround.PROVIDER


@follow
def tell_recipients(node: Node, actor: Actor, uid: str, state: SubjectState) -> None:
    """Owe each recipient of a subject what its new state asks for, in the deciding transaction."""
    for row in passages.of_subject(node.alias, uid):
        if state is SubjectState.RESTRICTED:
            restrict_sent(node, actor, row)
        elif state is SubjectState.ACTIVE and row.state == PassageState.RESTRICTED:
            lift_passage(node, row, node.clock())
            owe(node, actor, owed_on(row, Act.LIFT, None))
        elif state is SubjectState.QUARANTINED:
            ask_back(node, actor, row, Act.RECALL, _GROUND, PROTECTED)
        elif state is SubjectState.ERASED:
            ask_back(node, actor, row, Act.ERASE, _GROUND, ERASED)


def restrict_sent(node: Node, actor: Actor, row: Passage) -> None:
    """Restrict what was released of a subject, here and at its recipient, in the running transaction."""
    withhold(node, row.partner, row.thread)
    if hold_one(node, row.partner, row.regime, row.message, RESTRICTED) is Whereabouts.HERE:
        return
    restrict_passage(node, row, _GROUND, node.service, node.clock())
    owe(node, actor, owed_on(row, Act.RESTRICT, _GROUND))
