"""Refuse a request with a ground from the closed list.

Implements docs/protocol/cases.md §6 and docs/protocol/egress.md §6. Source: Directive (EU) 2023/977 Art. 6(1). The true
ground is kept sealed; on the wire stands an ordinary one, whenever the true one would tell a protected status: because it
is one of those that never leave, because an answer was blocked, or because the law protects whom the request means.
"""

from __future__ import annotations

from comity.core.cases.messages import DISGUISE, REFUSAL, WIRE_GROUNDS, RefusalBody
from comity.core.codes.exchange import Act
from comity.core.codes.marks import RefusalGround
from comity.core.texts import typed
from comity.errors import Refused
from comity.services.cases.access import case_to_answer
from comity.services.cases.clock import signed_at
from comity.services.cases.decision import REFUSAL as KIND
from comity.services.cases.decision import decided, keep_decision
from comity.services.cases.thread.say import in_thread
from comity.services.context import Actor, Node
from comity.services.egress.grounds import protecting
from comity.services.exchange.submit import submit
from comity.storage import cases as rows

MAX_REASON = 4_000
"""Greatest length of our own words on a refusal; they never leave."""


def refuse(
    node: Node,
    actor: Actor,
    thread: str,
    ground: RefusalGround,
    *,
    reason: str | None = None,
    true_ground: RefusalGround | None = None,
) -> str:
    """Refuse a request and return the message id.

    Args:
        ground: n1, n2 and n3 never leave: the wire then bears `DISGUISE`, and they are kept as the true ground. So it
            does, whatever ground is given, where the law protects the person.
        reason: the officer's words, for our own file; never sent.
        true_ground: kept sealed, when it differs from the one on the wire.

    Raises:
        InputError: ``case.unknown``, ``case.reason`` (too long).
        Refused: ``case.approver``, ``case.closed``, ``case.not-ours-to-answer``, or the policy's ground.
    """
    # An adverse decision is a named person's too (LED Art. 11).
    row = case_to_answer(node, actor, thread)
    why = typed(reason or "", "case.reason", least=0, most=MAX_REASON)
    true = true_ground or ground
    rules = protecting(node, row)
    wire = DISGUISE if rules or true not in WIRE_GROUNDS or ground not in WIRE_GROUNDS else ground
    made = decided(node, actor, KIND, row, {"wire_ground": wire.value, "reason": why})
    body = RefusalBody(ground=wire).json_body()
    outgoing = in_thread(row, REFUSAL, Act.REFUSE, body, decision=made.digest)

    def within(message: str) -> None:
        now = node.clock()
        values = {
            "closing": message,
            "closing_sent_at": signed_at(node, message),
            "closing_rejected": None,
            "ground": wire.value,
        }
        if not rows.close_case(node.alias, row, now, values):
            raise Refused("case.closed")
        keep_decision(node, row, made, " ".join((true.value, *rules)))

    return submit(node, outgoing, actor, within=within)
