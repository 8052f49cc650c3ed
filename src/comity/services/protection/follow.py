"""Recall what was released of a subject whom the law protects by now; cancel it if it has not left yet.

Implements docs/protocol/protection.md §7; rule L25. Source: Regulation (EU) 2018/1860 Art. 15(5) (return suspended);
Directive (EU) 2016/680 Art. 7(3). Rules:
    - the register alone says so: no officer need remember to whom something went;
    - to take back only protects, so a machine may; a correction is a person's, and shows as due (§8);
    - on the wire stands an ordinary ground, the true one is kept sealed for the data-protection officer.
"""

from __future__ import annotations

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import DataCategory
from comity.core.policy.law import PROTECTED
from comity.errors import InputError
from comity.services.cases.decision import BLOCK, decided, keep_decision
from comity.services.cases.recall import RECALLED
from comity.services.context import SYSTEM, Node
from comity.services.egress.grounds import rules_against
from comity.services.exchange.receipts import give_up
from comity.services.identification.withhold import withhold
from comity.services.protection.owe import owe, owed_on
from comity.services.register.read import held
from comity.storage import cases
from comity.storage.exchange import outbox
from comity.storage.models.exchange import MessageState
from comity.storage.models.protection import Passage
from comity.storage.protection import passages
from comity.storage.transaction import atomic

BATCH = 200


def follow_register(node: Node, limit: int = BATCH) -> int:
    """Look at what was released of subjects that have changed since, and return how much was taken back; for the worker."""
    taken = 0
    for row, version in passages.behind_register(node.alias, limit):
        with atomic(node.alias):
            taken += _follow(node, row)
            passages.change_passage(node.alias, row, seen_version=version)
    return taken


def _follow(node: Node, row: Passage) -> bool:
    case = cases.find_case(node.alias, row.thread, row.partner)
    try:
        subject = held(node, row.subject).subject
    except InputError:
        return False
    if subject is None or case is None:
        return False
    released = frozenset(DataCategory(each) for each in row.categories)
    rules = " ".join(rules_against(node, case, subject, released))
    if not rules:
        return False
    # 1. What has not left does not leave.
    codes = {row.message: PROTECTED}
    if outbox.cancel_waiting(node.alias, row.partner, row.message):
        give_up(node, ServiceId(row.partner), Regime(row.regime), codes, MessageState.WITHDRAWN)
    else:
        # 2. What has, is asked back, and chased.
        owe(node, SYSTEM, owed_on(row, Act.RECALL, ProtectionGround.PROVIDER))
        withhold(node, row.partner, row.thread)
        if case.side == cases.ASKED and case.closing is None:
            cases.update_case(node.alias, case, node.clock(), rejected=RECALLED)
    made = decided(node, SYSTEM, BLOCK, case, {"subject": row.subject, "rules": rules})
    keep_decision(node, case, made, rules)
    return True
