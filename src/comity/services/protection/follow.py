"""Recall what was released of a subject whom the law protects by now; what has not left yet does not leave.

Implements docs/protocol/protection.md §7; rules L13, L25. Source: Regulation (EU) 2018/1860 Art. 15(5) (return suspended);
Directive (EU) 2016/680 Art. 7(3). Rules:
    - the register alone says so: no officer need remember to whom something went;
    - to take back only protects, so a machine may; a correction is a person's, and shows as due (§8);
    - what is restricted is kept and not used: its recipients are told so, and keep it;
    - what was erased here and has not left does not leave;
    - words of ours that mean an entry, which they do not release, are followed like a release: what would be blocked today
      does not stay with the partner (Reg. 2024/1358 Art. 49(1): the prohibition follows the data). A correction, a
      restriction or an erasure of that entry changes nothing about them: they are a person's words, for a person to mend;
    - on the wire stands an ordinary ground, the true one is kept sealed for the data-protection officer.
"""

from __future__ import annotations

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act
from comity.core.codes.marks import DataCategory, Taint
from comity.core.egress.finding import Texts, found_in
from comity.core.egress.reading import read, texts_in
from comity.core.egress.values import Known, taints_of
from comity.core.policy.law import PROTECTED
from comity.core.register.subject import Subject, SubjectState
from comity.errors import InputError
from comity.services.cases.decision import BLOCK, decided, keep_decision
from comity.services.context import SYSTEM, Node
from comity.services.egress.grounds import rules_against
from comity.services.exchange.back.hold import hold_one
from comity.services.identification.withhold import withhold
from comity.services.protection.owe import ask_back
from comity.services.protection.passages import words
from comity.services.protection.subject import ERASED, restrict_sent
from comity.services.register.read import held
from comity.storage import cases
from comity.storage.models.cases import Case
from comity.storage.models.protection import Passage, PassageState, Quote
from comity.storage.protection import notices, passages, quotes
from comity.storage.transaction import atomic

BATCH = 200


def follow_register(node: Node, limit: int = BATCH) -> int:
    """Look at what was released of subjects that have changed since, and return how much was taken back; for the worker."""
    taken = 0
    for row, version in passages.behind_register(node.alias, limit):
        with atomic(node.alias):
            taken += _follow(node, row)
            passages.change_passage(node.alias, row, seen_version=version)
    for quote, version in quotes.behind_register(node.alias, limit):
        with atomic(node.alias):
            taken += _follow_quote(node, quote)
            quotes.seen(node.alias, quote, version)
    return taken


def _follow_quote(node: Node, quote: Quote) -> bool:
    """Take back a message whose words would be blocked today, whoever of those that they mean is protected by now."""
    row = passages.passage(node.alias, quote.partner, quote.message)
    said = None if row is None else words(node, row)
    case = None if row is None else cases.find_case(node.alias, row.thread, row.partner)
    if row is None or said is None or case is None:
        return False
    known = [
        Known(each.subject, subject, each.touched)
        for each in quotes.of_message(node.alias, quote.partner, quote.message)
        if (subject := _present(node, each.subject)) is not None
    ]
    hits = found_in(Texts(read(texts_in(said))), known, released=row.subject)
    by_uid = {one.uid: one.subject for one in known}
    rules: set[str] = set()
    for hit in hits:
        rules.update(rules_against(node, case, by_uid[hit.uid], taints=hit.taints - {Taint.RESTRICTED}))
    if not rules:
        return False
    _take_back(node, row, case, quote.subject, " ".join(sorted(rules)))
    return True


def _present(node: Node, uid: str) -> Subject | None:
    try:
        return held(node, uid).subject
    except InputError:
        return None


def _follow(node: Node, row: Passage) -> bool:
    try:
        subject = held(node, row.subject).subject
    except InputError:
        return False
    if subject is None:
        hold_one(node, row.partner, row.regime, row.message, ERASED)
        withhold(node, row.partner, row.thread)
        return False
    if _protected(node, row, subject):
        return True
    # A state that came otherwise than by decision: with an import, or from the journal after a restore.
    told = notices.ever_owed(node.alias, row.partner, row.thread, row.message, Act.RESTRICT.value)
    if subject.marks.state is SubjectState.RESTRICTED and (row.state == PassageState.HELD or not told):
        restrict_sent(node, SYSTEM, row)
    return False


def _protected(node: Node, row: Passage, subject: Subject) -> bool:
    """Take a passage back if the law protects its subject by now; a restriction alone takes nothing back."""
    case = cases.find_case(node.alias, row.thread, row.partner)
    if case is None:
        return False
    restricted = subject.marks.state is SubjectState.RESTRICTED
    taints = frozenset(subject.marks.taints) if restricted else taints_of(subject)
    released = frozenset(DataCategory(each) for each in row.categories)
    rules = " ".join(rules_against(node, case, subject, released, taints=taints))
    if not rules:
        return False
    _take_back(node, row, case, row.subject, rules)
    return True


def _take_back(node: Node, row: Passage, case: Case, subject: str, rules: str) -> None:
    ask_back(node, SYSTEM, row, Act.RECALL, ProtectionGround.PROVIDER, PROTECTED)
    made = decided(node, SYSTEM, BLOCK, case, {"subject": subject, "rules": rules})
    keep_decision(node, case, made, rules)
