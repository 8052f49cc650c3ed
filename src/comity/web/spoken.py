"""The words for what is said in threads and for what follows it, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.cases.thread import NegativeResult
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
}
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

NAMED: dict[str, Mapping[Any, Words]] = {
    "protection-ground": GROUNDS,
    "passage": KINDS,
    "passage-state": STATES,
    "use": USES,
    "consent": CONSENTS,
    "negative": NEGATIVES,
    "waiting": WAITING,
    "todo": DUE,
}
"""Tables by the name that templates use."""
