"""Answer that a search found nothing: an answer, decided by a named person, and no refusal.

Implements docs/protocol/cases.md §11. A negative answer is worth as much as a positive one (identification under the
memorandum); a refusal with ground `a` would count against whoever searched. It comes from a closed list and bears no
words, so that a protected status can hide neither in it nor in what it leaves out: who may not be told of is refused
with the ordinary ground (§6), never denied.
"""

from __future__ import annotations

from comity.core.cases.thread import NEGATIVE_REPLY, NegativeBody, NegativeResult
from comity.core.codes.exchange import Act, Regime
from comity.core.policy.law import PROTECTED
from comity.errors import Refused
from comity.services.cases.access import case_to_answer
from comity.services.cases.clock import signed_at
from comity.services.cases.decision import NEGATIVE, decided, keep_decision
from comity.services.cases.thread.say import in_thread
from comity.services.context import Actor, Node
from comity.services.egress.grounds import protecting
from comity.services.exchange.submit import submit
from comity.services.protection.passages import keep_sent, request_passage, require_usable
from comity.storage import cases as rows


def answer_negative(node: Node, actor: Actor, thread: str, result: NegativeResult) -> str:
    """Answer that nothing was found and return the message.

    Raises:
        InputError: ``case.unknown``.
        Refused: ``case.approver``, ``case.closed``, ``case.not-ours-to-answer``, ``case.restricted``, ``law.protected``
            (who is meant is held and protected: that is refused, and never denied), or the policy's ground.
    """
    row = case_to_answer(node, actor, thread)
    regime = Regime(row.regime)
    require_usable(request_passage(node, row))
    if protecting(node, row):
        raise Refused(PROTECTED)
    made = decided(node, actor, NEGATIVE, row, {"result": result.value})
    body = NegativeBody(result=result).json_body()
    outgoing = in_thread(row, NEGATIVE_REPLY, Act.REPLY, body, decision=made.digest)

    def within(message: str) -> None:
        values = {
            "closing": message,
            "closing_sent_at": signed_at(node, message),
            "closing_rejected": None,
            "negative": result.value,
        }
        if not rows.close_case(node.alias, row, node.clock(), values):
            raise Refused("case.closed")
        keep_decision(node, row, made)
        keep_sent(node, outgoing.partner, regime, NEGATIVE_REPLY, message, thread=thread, body=body)

    return submit(node, outgoing, actor, within=within)
