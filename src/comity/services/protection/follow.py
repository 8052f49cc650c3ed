"""Recall what was released of a subject whom the law protects by now; what has not left yet does not leave.

Implements docs/protocol/protection.md §7; rules L13, L25. Source: Regulation (EU) 2018/1860 Art. 15(5) (return suspended);
Directive (EU) 2016/680 Art. 7(3). Rules:
    - the register alone says so: no officer need remember to whom something went;
    - to take back only protects, so a machine may; a correction is a person's, and shows as due (§8);
    - what is restricted is kept and not used: its recipients are told so, and keep it;
    - what was erased here and has not left does not leave;
    - words of ours that mean an entry, which they do not release, are followed like a release, the reasons of a delay, of a
      question for consent and corrections too, and those of messages from before this was noted: what would be blocked today
      does not stay with the partner (Reg. 2024/1358 Art. 49(1): the prohibition follows the data). A correction, a
      restriction or an erasure of that entry changes nothing about them: they are a person's words, for a person to mend;
    - on the wire stands an ordinary ground, the true one is kept sealed for the data-protection officer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.core.cases.protection import RECTIFICATION, ProtectionGround
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Taint
from comity.core.egress.finding import Quoted, Texts, found_in
from comity.core.egress.reading import read, texts_in
from comity.core.egress.values import Known, taints_of
from comity.core.policy.law import PROTECTED
from comity.core.register.subject import Subject, SubjectState
from comity.errors import InputError
from comity.services.cases.decision import BLOCK, decided, keep_decision
from comity.services.context import SYSTEM, Node
from comity.services.egress.examine import meant_by
from comity.services.egress.grounds import rules_against
from comity.services.exchange import status
from comity.services.exchange.back.hold import hold_one
from comity.services.identification.withhold import withhold
from comity.services.protection.owe import Said, ask_message_back
from comity.services.protection.passages import words
from comity.services.protection.subject import ERASED, restrict_sent
from comity.services.register.read import held
from comity.storage import cases
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
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
    found = _our_words(node, quote.partner, quote.message)
    case = None if found is None else cases.find_case(node.alias, found.said.thread, quote.partner)
    if found is None or case is None:
        return False
    known = [
        Known(each.subject, subject, each.touched)
        for each in quotes.of_message(node.alias, quote.partner, quote.message)
        if (subject := _present(node, each.subject)) is not None
    ]
    hits = found_in(Texts(read(texts_in(found.words))), known, released=found.released)
    by_uid = {one.uid: one.subject for one in known}
    rules: set[str] = set()
    for hit in hits:
        rules.update(rules_against(node, case, by_uid[hit.uid], taints=hit.taints - {Taint.RESTRICTED}))
    if not rules:
        return False
    _take_back(node, found.said, case, quote.subject, " ".join(sorted(rules)))
    return True


@dataclass(frozen=True, slots=True)
class _OurWords:
    """What a message of ours says; `released` is the entry of our register that it releases, empty for none."""

    said: Said
    words: Mapping[str, Any]
    released: str = ""


def _our_words(node: Node, partner: str, message: str) -> _OurWords | None:
    """Return the words of a message of ours; None when they are gone. Those of a passage may be corrected by now."""
    row = passages.passage(node.alias, partner, message)
    if row is not None:
        held_words = words(node, row)
        return None if held_words is None else _OurWords(_of(row), held_words, row.subject)
    sent = quotes.sent(node.alias, partner, message)
    body = None if sent is None else status.body(node, Direction.OUT, message)
    if sent is None or sent.thread is None or body is None:
        return None
    target = body.get("message") if sent.kind == RECTIFICATION else None
    corrected = passages.passage(node.alias, partner, target) if isinstance(target, str) else None
    said = Said(ServiceId(partner), Regime(sent.regime), sent.thread, message)
    return _OurWords(said, body, "" if corrected is None else corrected.subject)


def _of(row: Passage) -> Said:
    return Said(ServiceId(row.partner), Regime(row.regime), row.thread, row.message)


def note_earlier(node: Node, limit: int = BATCH) -> int:
    """Note whom the words of earlier messages mean, so that they are followed; return how many were looked at.

    They are compared at the next round, whoever is protected by then: no version of an entry counts as seen.
    """
    rows = quotes.unquoted(node.alias, limit)
    for row in rows:
        with atomic(node.alias):
            found = _our_words(node, row.partner, row.message)
            said = None if found is None else found.said
            meant: tuple[Quoted, ...] = ()
            if found is not None and said is not None:
                meant = meant_by(node, said.partner, said.thread, found.words, found.released)
            quotes.keep_earlier(node.alias, row.partner, row.message, meant)
    return len(rows)


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
    _take_back(node, _of(row), case, row.subject, rules)
    return True


def _take_back(node: Node, said: Said, case: Case, subject: str, rules: str) -> None:
    ask_message_back(node, SYSTEM, said, Act.RECALL, ProtectionGround.PROVIDER, PROTECTED)
    made = decided(node, SYSTEM, BLOCK, case, {"subject": subject, "rules": rules})
    keep_decision(node, case, made, rules)
