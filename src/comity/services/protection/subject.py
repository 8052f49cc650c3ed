"""A subject of our register is restricted, given free, quarantined or erased: every recipient of it is owed a notice.

Implements docs/protocol/protection.md §7. Source: Directive (EU) 2016/680 Art. 16(5)-(6). The recipient is told an
ordinary ground: why it really is, the register's own statement says, sealed.
"""

from __future__ import annotations

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act
from comity.core.register.subject import SubjectState
from comity.services.context import Actor, Node
from comity.services.protection.owe import owe, owed_on
from comity.services.protection.received import lift_passage, restrict_passage
from comity.services.register.followed import follow
from comity.storage.models.protection import PassageState
from comity.storage.protection import passages

_GROUND = ProtectionGround.PROVIDER


@follow
def tell_recipients(node: Node, actor: Actor, uid: str, state: SubjectState) -> None:
    """Owe each recipient of a subject what its new state asks for, in the deciding transaction."""
    for row in passages.of_subject(node.alias, uid):
        if state is SubjectState.RESTRICTED:
            restrict_passage(node, row, _GROUND, node.service, node.clock())
            owe(node, actor, owed_on(row, Act.RESTRICT, _GROUND))
        elif state is SubjectState.ACTIVE and row.state == PassageState.RESTRICTED:
            lift_passage(node, row, node.clock())
            owe(node, actor, owed_on(row, Act.LIFT, None))
        elif state in (SubjectState.QUARANTINED, SubjectState.ERASED):
            act = Act.ERASE if state is SubjectState.ERASED else Act.RECALL
            owe(node, actor, owed_on(row, act, _GROUND))
