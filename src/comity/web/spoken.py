"""The words for what is said in threads and for what follows it, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.cases.consent import Use
from comity.core.cases.hit.report import Measure, Outcome
from comity.core.cases.protection import CaseOutcome, ProtectionGround
from comity.core.cases.thread import NegativeResult
from comity.core.egress.values import Value
from comity.core.identification.messages import Result, ResultGround
from comity.core.plan.followup import EntryKind, MeasureState
from comity.core.plan.model import CounterKind
from comity.services.cases.thread.todo import Todo
from comity.services.protection.outstanding import Waiting
from comity.web.transfers.words import EMERGENCIES

Words = Promise | str

GROUNDS: dict[str, Words] = {
    ProtectionGround.INACCURATE: _("inaccurate"),
    ProtectionGround.INCOMPLETE: _("incomplete"),
    ProtectionGround.OUT_OF_DATE: _("out of date"),
    ProtectionGround.CONTESTED: _("its accuracy is contested"),
    ProtectionGround.KEPT_AS_EVIDENCE: _("kept as evidence only"),
    ProtectionGround.UNLAWFUL: _("unlawfully processed"),
    ProtectionGround.NOT_NEEDED: _("no longer needed"),
    ProtectionGround.LEGAL_OBLIGATION: _("a legal obligation"),
    ProtectionGround.PROVIDER: _("decision of the service that sent it"),
    ProtectionGround.CONSENT_WITHDRAWN: _("the consent was withdrawn"),
    "retention": _("end of retention"),
    **{each.value: words for each, words in EMERGENCIES.items()},
    "not-taken": _("not accepted by the partner's node"),
}
KINDS: dict[str, Words] = {
    "request": _("request"),
    "reply": _("answer"),
    "partial-reply": _("part of an answer"),
    "negative-reply": _("negative answer"),
    "clarification-request": _("question"),
    "clarification": _("clarification"),
    "information": _("information"),
    "hit-report": _("hit report"),
    "identification-request": _("request for identification"),
    "identification-supplement": _("further files"),
    "identification-answer": _("answer on the identification"),
}
STATEMENTS: dict[str, Words] = {
    "about": _("Who or what it concerns"),
    "facts": _("What happened"),
    "reasons": _("Reason"),
    "link": _("What the person has to do with it"),
    "note": _("Note"),
    "answer": _("clarification"),
    "matter": _("What it is about"),
    "cites": _("Belongs to the case with the partner"),
}
"""The texts of a message that bear a mark; those of a hit report are `REPORTED`."""

STATES: dict[str, Words] = {
    "held": _("held"),
    "restricted": _("restricted"),
    "gone": _("withdrawn or erased"),
}
USES: dict[str, Words] = {
    Use.PURPOSE: _("use for another purpose"),
    Use.ONWARD: _("passing on to another service"),
    Use.COURT: _("use before a court"),
    Use.PERSON: _("telling the person concerned"),
}
CONSENTS: dict[str, Words] = {
    "open": _("not decided yet"),
    "given": _("consent given"),
    "refused": _("consent refused"),
    "withdrawn": _("consent withdrawn"),
}
NEGATIVES: dict[str, Words] = {
    NegativeResult.NOT_HELD: _("A search was made; nothing is held."),
    NegativeResult.NOT_IDENTIFIED: _("A search was made; the person could not be identified."),
}
OUTCOMES_OF_HITS: dict[str, Words] = {
    Outcome.LOCATED: _("the person or object was found"),
    Outcome.NOT_LOCATED: _("nothing was found there"),
    Outcome.ANOTHER: _("it proved to be another person"),
}
MEASURES: dict[str, Words] = {
    Measure.NONE: _("no measure"),
    Measure.OBSERVED: _("observed discreetly"),
    Measure.IDENTITY_CHECKED: _("identity checked"),
    Measure.QUESTIONED: _("questioned"),
    Measure.SEARCHED: _("searched"),
    Measure.ARRESTED: _("arrested"),
    Measure.ENTRY_REFUSED: _("entry refused"),
    Measure.SEIZED: _("objects seized"),
    Measure.OTHER: _("another measure"),
}
REPORTED: dict[str, Words] = {
    "place": _("Place"),
    "reason": _("Why the check was made"),
    "circumstances": _("Circumstances"),
    "route": _("Route and destination"),
    "companions": _("Who was with the person"),
    "identity": _("Identity shown, and description"),
    "used": _("Objects used"),
    "carried": _("Objects carried"),
    "further": _("Further information that was asked for"),
    "deviation": _("Why another check was made, or the person learned of it"),
}
RESULTS: dict[str, Words] = {
    Result.IDENTIFIED: _("identified: the presumed nationality is confirmed"),
    Result.NOT_IDENTIFIED: _("not identified"),
    Result.MORE_NEEDED: _("more is needed; the request stays open"),
}
RESULT_GROUNDS: dict[str, Words] = {
    ResultGround.PRINTS_MATCH: _("the fingerprints match (identified)"),
    ResultGround.REGISTER: _("the civil register (identified)"),
    ResultGround.DOCUMENT: _("a document was verified (identified)"),
    ResultGround.INTERVIEW: _("a consular interview (identified, or not)"),
    ResultGround.PRINTS_DIFFER: _("the fingerprints match nobody (not identified)"),
    ResultGround.NOT_REGISTERED: _("in no register (not identified)"),
    ResultGround.CONTRADICTED: _("the particulars are contradicted (not identified)"),
    ResultGround.PRINTS_UNUSABLE: _("the fingerprints cannot be used (more needed)"),
    ResultGround.PARTICULARS: _("the particulars do not suffice (more needed)"),
    ResultGround.PAPERS: _("copies of documents are wanted (more needed)"),
}
FILE_STATES: dict[str, Words] = {
    "arriving": _("on its way"),
    "held": _("whole"),
    "refused": _("not accepted by the partner's node"),
    "gone": _("erased"),
}
IDENTIFICATION_COUNTS: dict[str, Words] = {
    "requests": _("requests"),
    "open": _("open"),
    "overdue": _("overdue"),
    "identified": _("identified"),
    "not_identified": _("not identified"),
    "answered": _("answered"),
    "in_time": _("of these, in time"),
    "late": _("of these, late"),
    "refused": _("refused"),
}
WAITING: dict[str, Words] = {
    Waiting.PARTNER: _("waits for the partner's node"),
    Waiting.OURSELVES: _("applied here; nobody has taken note yet"),
    Waiting.CORRECTION: _("the register holds something else by now"),
}
DUE: dict[str, Words] = {
    Todo.ANSWER: _("request to answer"),
    Todo.CLARIFY: _("question to answer"),
    Todo.EXPLAIN: _("reasons due"),
    Todo.ACKNOWLEDGE: _("conditions to acknowledge"),
    Todo.CONSENT: _("consent to decide on"),
    Todo.NOTE: _("notice to take note of"),
    Todo.FILE_AWAY: _("information to read"),
}
FOUND_VALUES: dict[str, Words] = {
    Value.NUMBER: _("a number"),
    Value.NAME: _("a full name"),
    Value.BIRTH: _("a date of birth"),
    Value.ADDRESS: _("an address"),
    Value.TEXT: _("a passage of a remark"),
}

OUTCOMES: dict[CaseOutcome, Words] = {
    CaseOutcome.ACQUITTED: _("final acquittal"),
    CaseOutcome.DROPPED: _("proceedings dropped"),
}
MEASURE_STATES: dict[str, Words] = {
    MeasureState.TO_DO: _("to do"),
    MeasureState.UNDER_WAY: _("under way"),
    MeasureState.DONE: _("done"),
    MeasureState.DROPPED: _("dropped"),
}
DECISION_STATES: dict[str, Words] = {
    "proposed": _("proposed"),
    "agreed": _("agreed"),
    "done": _("carried out"),
}
ENTRIES: dict[str, Words] = {
    EntryKind.STATE: _("Say how a measure stands"),
    EntryKind.DECISION: _("Propose a decision"),
    EntryKind.APPOINTED: _("Appoint a point of contact"),
}
COUNTERS: dict[str, Words] = {
    CounterKind.REQUESTS: _("requests received"),
    CounterKind.HITS: _("requests that rest on a hit"),
    CounterKind.ANSWERED: _("requests answered"),
    CounterKind.LATE: _("answers after the deadline"),
    CounterKind.OVERDUE: _("requests overdue"),
    CounterKind.REFUSED: _("requests refused"),
    CounterKind.RECALLED: _("recalls received"),
    CounterKind.MEDIAN_HOURS: _("median hours to an answer"),
    CounterKind.IDENTIFIED: _("answered within 45 days, of requests to identify"),
}

NAMED: dict[str, Mapping[Any, Words]] = {
    "protection-ground": GROUNDS,
    "passage": KINDS,
    "passage-state": STATES,
    "use": USES,
    "consent": CONSENTS,
    "negative": NEGATIVES,
    "waiting": WAITING,
    "result": RESULTS,
    "hit-outcome": OUTCOMES_OF_HITS,
    "measure": MEASURES,
    "reported": REPORTED,
    "result-ground": RESULT_GROUNDS,
    "file-state": FILE_STATES,
    "identification-count": IDENTIFICATION_COUNTS,
    "todo": DUE,
    "found-value": FOUND_VALUES,
    "measure-state": MEASURE_STATES,
    "decision-state": DECISION_STATES,
    "entry": ENTRIES,
    "counter": COUNTERS,
}
"""Tables by the name that templates use."""
