"""Tell a partner what was found and done on a hit, or on what it has told; keep what is reported to us.

Implements docs/protocol/cases.md §18. Source: Regulation (EU) 2018/1862 Art. 37(1). Rules:
    - who asked, or was informed, reports to whose information it was; nobody reports on its own words;
    - only inside the thread, on a message of the partner that is held and may be used, or on the hit that the request cites;
    - also after the answer has closed the request, and more than once: what is done on information takes its time;
    - where the owner asked for a check, the report says what became of it, and both nodes compare it with what the place allows;
    - words only: no data from a register, no new clause, no clock; examined before they leave like all words;
    - it is kept, restricted, corrected, recalled and erased like every other passage, and waits until a person has noted it.
Attacks they stop: a report in somebody else's thread, or on a message that we never sent; a report of what is yet to happen;
data smuggled under its header; a check that was not asked for, or another one left unexplained; words after the thread was recalled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from comity.core import canonical
from comity.core.agreement.model import Agreement, Clause
from comity.core.cases.hit.check import asked_in, due_check, unexplained
from comity.core.cases.hit.report import HIT_REPORT, HitReportBody, Measure, Outcome, has_happened, written
from comity.core.cases.messages import open_body, require_written
from comity.core.cases.thread import needs_acknowledgement
from comity.core.codes.assertions import require_told_apart
from comity.core.codes.checks import Check
from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.handling import Handling
from comity.core.codes.languages import UNKNOWN, typed_language
from comity.core.codes.marks import Assertion
from comity.core.egress.inherit import of_entry
from comity.core.egress.values import taints_of
from comity.core.evidence.event import Bilateral, Event
from comity.core.faults import read_faults
from comity.core.instant import Instant, floor_ms
from comity.errors import InputError, PeerError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import ASKERS, known_case, may_read_named
from comity.services.cases.recall import RECALLED, refuse_withdrawn
from comity.services.cases.thread.say import in_thread
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import submit
from comity.services.protection.passages import (
    is_for_named,
    keep_received,
    keep_sent,
    known_passage,
    not_taken,
    require_usable,
    words,
)
from comity.services.register.accountable import may_see
from comity.services.register.read import Held, held
from comity.storage import cases as rows
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Notice, Passage, PassageState
from comity.storage.protection import notices, passages

REPORTABLE = frozenset({"reply", "partial-reply", "information"})
"""Kinds of a partner's messages on which one can act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HitReport:
    """What is reported, as a person or a system wrote it.

    Args:
        message: of the partner; None: its only one, or the hit that the request cites.
        at: when it happened. texts: place, reason, circumstances, and those that may be left out, by name.
        assertions: of each text that is there, whether it is a fact or an assessment (LED Art. 7(1)).
        subject: our own entry of the person, where there is one: the ledger of disclosures names it; it does not leave.
        check: that was made, where the message asked for one; None: none was. aware: whether the person learned of it.
        handling: narrower than the clause's. conditions: on use, in words. language: of all texts, as a BCP 47 tag.
    """

    outcome: Outcome
    at: Instant
    measures: Collection[Measure]
    texts: Mapping[str, str | None]
    assertions: Mapping[str, Assertion]
    message: str | None = None
    subject: str | None = None
    check: Check | None = None
    aware: bool | None = None
    handling: Handling = Handling.H0
    conditions: str | None = None
    language: str = UNKNOWN


def report_hit(node: Node, actor: Actor, thread: str, report: HitReport) -> str:
    """Report a hit to the service that it came from and return the message.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``case.assertion-missing``, ``case.conditions-missing``,
            ``case.hit-to-come``, ``case.check-missing``, ``case.check-unexplained``, ``case.language``,
            ``case.request-field``, ``register.*``.
        Refused: ``actor.role``, ``case.no-hit`` (nothing to act on: no hit, no answer, or our own words),
            ``case.restricted``, ``case.recalled``, ``case.conditions-open``, ``case.named-officers``, or the policy's
            ground.
    """
    # 1. Who asked or was informed, and on what it acted.
    row = known_case(node, actor, thread)
    regime = Regime(row.regime)
    actor.require(regime, *ASKERS)
    if row.rejected is not None or row.side not in (rows.ASKED, rows.TOLD):
        raise Refused(RECALLED if row.rejected == RECALLED else "case.no-hit")
    target = _acted_on(node, actor, row, report.message)
    # 2. What was found and done.
    agreement = stored_standing(node, row.agreement).agreement
    asked = None if target is None else asked_in(words(node, known_passage(node, row, target)))
    body = _body(agreement.clause(row.clause), report, target, asked)
    if not has_happened(body, node.clock()):
        raise InputError("case.hit-to-come")
    _require_checked(body, agreement, node.service)
    said = body.json_body()
    entry = None if report.subject is None else _own_entry(node, actor, regime, report.subject)
    taints = frozenset() if entry is None or entry.subject is None else taints_of(entry.subject)
    outgoing = replace(
        in_thread(row, HIT_REPORT, Act.REPORT_HIT, said),
        handling=body.handling,
        subject=report.subject or "",
        taints=taints,
    )

    def within(message: str) -> None:
        now = node.clock()
        partner = ServiceId(row.partner)
        sealed = needs_acknowledgement(said)
        keep_sent(
            node,
            partner,
            regime,
            HIT_REPORT,
            message,
            thread=thread,
            body=said,
            subject=report.subject or "",
            version=0 if entry is None else entry.version,
            conditions_open=sealed,
            inheritance=None if entry is None else of_entry(entry.uid, entry.version, taints),
        )
        rows.update_case(node.alias, row, now)
        facts: dict[str, str | int] = {"thread": thread, "message": message}
        committed = canonical.encode({"actor": actor.name})
        record(node, Bilateral(partner, regime), Event("case.hit-reported", now, facts, committed))

    return submit(node, outgoing, actor, within=within)


@handler(HIT_REPORT, {Act.REPORT_HIT})
def receive_report(node: Node, message: Message) -> None:
    """Keep a report on a hit of ours; it waits until a person has taken note of it.

    Raises:
        PeerError: ``case.*``.
    """
    # 1. Words only, in a thread of this partner in which we said something.
    refuse_withdrawn(node, message)
    body = open_body(HitReportBody, message.body)
    row = rows.find_case(node.alias, message.thread, message.partner)
    if row is None or row.side not in (rows.RECEIVED, rows.GAVE) or row.regime != message.regime.value:
        raise PeerError("case.unknown-thread")
    if message.agreement != row.agreement or message.clause != row.clause:
        raise PeerError("case.header")
    if message.data or message.subjects or message.handling != body.handling:
        raise PeerError("case.header")
    # 2. On what we told, or on the hit by which we were asked; of what has happened.
    if not _is_ours(node, row, body.message):
        raise PeerError("case.no-such-hit")
    if not has_happened(body, message.sent_at):
        raise PeerError("case.hit-when")
    # 3. What became of the check, if we asked for one.
    _require_check_told(node, row, body)
    # 4. Kept, and waiting for a person.
    keep_received(node, message, body.json_body(), conditions_open=needs_acknowledgement(message.body))
    rows.update_case(node.alias, row, message.received_at)
    notices.add_notice(node.alias, _notice(message, body))
    facts: dict[str, str | int] = {"thread": message.thread, "message": message.id}
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event("case.hit-report-received", message.received_at, facts))


@on_receipt(HIT_REPORT)
def report_receipted(node: Node, message: str, _: Instant | None, code: str | None) -> None:
    """Note that the partner's node did not take a report."""
    found = rows.case_of_message(node.alias, message)
    if found is not None and code is not None:
        not_taken(node, found.partner, message)


def reportable(said: Collection[Passage]) -> list[Passage]:
    """Return the partner's messages of a thread on which one can act, oldest first."""
    return [
        each
        for each in said
        if each.direction == Direction.IN and each.kind in REPORTABLE and each.state == PassageState.HELD
    ]


def _acted_on(node: Node, actor: Actor, row: Case, message: str | None) -> str | None:
    """Return the partner's message on which somebody acted, who may use it; None: the hit that the request cites."""
    if message is None:
        found = reportable(passages.in_thread(node.alias, row.partner, row.thread))
        if len(found) != 1 and not row.by_hit:
            raise Refused("case.no-hit")
        message = found[0].message if len(found) == 1 else None
    if message is None:
        return None
    passage = known_passage(node, row, message)
    if passage.direction != Direction.IN or passage.kind not in REPORTABLE:
        raise Refused("case.no-hit")
    require_usable(passage)
    if is_for_named(words(node, passage)) and not may_read_named(actor, row):
        raise Refused("case.named-officers")
    return message


def _own_entry(node: Node, actor: Actor, regime: Regime, uid: str) -> Held:
    """Return the entry of the person whom a report concerns.

    Raises:
        InputError: ``register.unknown``, ``register.erased``.
        Refused: ``case.regime``, ``register.restricted``.
    """
    entry = held(node, uid)
    if entry.subject is None:
        raise InputError("register.erased")
    if entry.subject.marks.regime is not regime:
        raise Refused("case.regime")
    if not may_see(actor, regime, entry.state):
        raise Refused("register.restricted")
    return entry


def _is_ours(node: Node, row: Case, message: str | None) -> bool:
    """Whether we said what a report names; also when we have taken it back since."""
    if message is None:
        return row.side == rows.RECEIVED and row.by_hit
    passage = passages.passage(node.alias, row.partner, message)
    if passage is None or passage.thread != row.thread:
        return False
    return passage.direction == Direction.OUT and passage.kind in REPORTABLE


def _require_checked(body: HitReportBody, agreement: Agreement, place: str) -> None:
    """Refuse to report without what became of the check that was asked for.

    Raises:
        InputError: ``case.check-missing``, ``case.check-unexplained``.
    """
    if body.asked is None:
        return
    if body.taken is None and body.outcome is Outcome.LOCATED and body.deviation is None:
        raise InputError("case.check-missing", check=body.asked.value)
    due = due_check(agreement, place, body.asked)
    if unexplained(body, due):
        raise InputError("case.check-unexplained", check=due.value)


def _require_check_told(node: Node, row: Case, body: HitReportBody) -> None:
    """Refuse a report that speaks of another check than we asked for, or leaves unexplained what it made of it.

    Of words that we have taken back or corrected nobody here knows any more what they asked for: there the report counts.

    Raises:
        PeerError: ``case.check``.
    """
    passage = None if body.message is None else passages.passage(node.alias, row.partner, body.message)
    said = None if passage is None else words(node, passage)
    as_sent = passage is not None and not passage.corrections
    if said is not None and as_sent and asked_in(said) is not body.asked:
        raise PeerError("case.check")
    agreement = stored_standing(node, row.agreement).agreement
    due = None if body.asked is None else due_check(agreement, row.partner, body.asked)
    if unexplained(body, due):
        raise PeerError("case.check")


def _body(clause: Clause | None, report: HitReport, target: str | None, asked: Check | None) -> HitReportBody:
    texts = written(report.texts)
    require_told_apart(texts, report.assertions)
    handling = report.handling if clause is None else report.handling.narrowed(clause.handling)
    require_written(handling, report.conditions)
    try:
        return HitReportBody.model_validate(
            {
                **texts,
                "message": target,
                "outcome": report.outcome,
                "asked": asked,
                "taken": report.check,
                "aware": report.aware,
                "at": floor_ms(report.at),
                "measures": tuple(sorted(set(report.measures))),
                "assertions": dict(report.assertions),
                "language": typed_language(report.language),
                "handling": handling,
                "conditions": (report.conditions or "").strip() or None,
            }
        )
    except ValidationError as error:
        raise read_faults(error.errors(include_input=False, include_url=False)).error(
            "case.request-field"
        ) from None


def _notice(message: Message, body: HitReportBody) -> Notice:
    return Notice(
        direction=notices.IN,
        partner=message.partner,
        regime=message.regime.value,
        thread=message.thread,
        target=body.message,
        act=message.act.value,
        kind=message.kind,
        opened_at=message.received_at,
        message=message.id,
    )
