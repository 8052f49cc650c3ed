"""Recall what was released of a subject whom the law protects by now; cancel it if it has not left yet.

Implements docs/protocol/protection.md §7; rule L25. Source: Regulation (EU) 2018/1860 Art. 15(5) (return suspended);
Directive (EU) 2016/680 Art. 7(3). Rules:
    - the register alone says so: no officer need remember to whom something went;
    - to take back only protects, so a machine may; a correction is a person's, and shows as due (§8);
    - on the wire stands an ordinary ground, the true one is kept sealed for the data-protection officer.
"""

from __future__ import annotations

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory
from comity.core.policy.law import prohibited
from comity.core.policy.model import ProposedAct
from comity.core.policy.transfer import unassured_offence
from comity.core.register.subject import Subject
from comity.errors import InputError
from comity.services.agreements.standing import standing
from comity.services.cases.decision import BLOCK, decided, keep_decision
from comity.services.context import SYSTEM, Node
from comity.services.exchange.receipts import give_up
from comity.services.protection.owe import owe, owed_on
from comity.services.register.read import held
from comity.storage import cases
from comity.storage.exchange import outbox
from comity.storage.models.cases import Case
from comity.storage.models.exchange import MessageState
from comity.storage.models.protection import Passage
from comity.storage.protection import passages
from comity.storage.transaction import atomic

PROTECTED = "law.protected"
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
    rules = "" if subject is None or case is None else _protected(node, row, case, subject)
    if not rules or case is None:
        return False
    # 1. What has not left does not leave.
    codes = {row.message: PROTECTED}
    if outbox.cancel_waiting(node.alias, row.partner, row.message):
        give_up(node, ServiceId(row.partner), Regime(row.regime), codes, MessageState.WITHDRAWN)
    else:
        # 2. What has, is asked back, and chased.
        owe(node, SYSTEM, owed_on(row, Act.RECALL, ProtectionGround.PROVIDER))
    made = decided(node, SYSTEM, BLOCK, case, {"subject": row.subject, "rules": rules})
    keep_decision(node, case, made, rules)
    return True


def _protected(node: Node, row: Passage, case: Case, subject: Subject) -> str:
    """Return the rules by which the law forbids now what was released then; empty when it does not."""
    marks = subject.marks
    act = ProposedAct(
        act=Act.REPLY,
        regime=Regime(row.regime),
        sender=node.service,
        recipient=ServiceId(row.partner),
        purpose=Purpose(case.purpose),
        data=frozenset(DataCategory(each) for each in row.categories),
        subjects=frozenset({marks.category}),
        taints=frozenset(marks.taints),
        decision="0",
    )
    found = standing(node, case.agreement)
    clause = None if found is None else found.agreement.clause(case.clause)
    grounds = (
        *prohibited(act, None if found is None else found.agreement, clause),
        *unassured_offence(found, act, node.clock()),
    )
    return " ".join(ground.rule or "" for ground in grounds if ground.code == PROTECTED)
