"""The case page, and who holds the case."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Assertion, Role
from comity.services.agreements.standing import standing
from comity.services.cases.access import known_case
from comity.services.cases.clock import clock
from comity.services.cases.inbox import assign
from comity.services.cases.recall import RECALLED
from comity.services.cases.thread.cited import file_under
from comity.services.cases.thread.notes import hand_over
from comity.services.cases.views import show_case
from comity.services.clocks.core_data import core_clock
from comity.services.evidence.alarms import open_alarms
from comity.services.partners.directory import working_partners
from comity.services.people.actors import named_actor
from comity.services.sentences import sentence
from comity.web import labels
from comity.web.access import ASKERS, CASE_READERS, RECALLERS, RELEASERS, TIMERS, Visit, page
from comity.web.answers.language import languages, page_language
from comity.web.answers.released import fields
from comity.web.hits.views import reportable_in, reported
from comity.web.protection.consent import usable_messages


@page(*CASE_READERS)
def case(visit: Visit, thread: str) -> HttpResponse:
    """Show one case; the reading is recorded."""
    shown = show_case(visit.node, visit.actor, thread)
    regime = Regime(shown["regime"])
    agreement = standing(visit.node, shown["agreement"])
    reply, asked = shown["reply"], shown["side"] == "asked"
    # To a partner that is suspended nothing goes but what protects: what would be refused is not offered.
    sends = shown["partner"] in working_partners(visit.node)
    return render(
        visit.request,
        "cases/one.html",
        {
            "case": shown,
            "clock": clock(visit.node, thread),
            "core": core_clock(visit.node, thread),
            "recalled": shown["rejected"] == RECALLED,
            "why_rejected": shown["rejected"]
            and sentence(shown["rejected"], (get_language() or "en")[:2])[0],
            "code": "" if agreement is None else agreement.agreement.code,
            "released": [] if reply is None else fields(reply.get("subject", {})),
            "disagreement": any(one.origin == f"case/{thread}" for one in open_alarms(visit.node)),
            "may_answer": sends and _waits(shown) and regime in visit.regimes(*RELEASERS),
            "needs_approver": _waits(shown) and regime not in visit.regimes(*RELEASERS),
            "may_delay": _has_time(shown) and regime in visit.regimes(*TIMERS),
            "may_recall": _sent_words(shown) and regime in visit.regimes(*(ASKERS if asked else RECALLERS)),
            "may_say": sends and regime in visit.regimes(*ASKERS),
            "may_restrict": regime in visit.regimes(*RECALLERS),
            "may_pass_on": bool(usable_messages(shown, described=True))
            and regime in visit.regimes(*RELEASERS),
            "may_use": bool(usable_messages(shown)) and regime in visit.regimes(*RELEASERS),
            "may_report": sends and bool(reportable_in(shown)) and regime in visit.regimes(*ASKERS),
            "may_correct": _released_words(shown) and regime in visit.regimes(*RELEASERS),
            "returning": regime is Regime.RETURN_IDENTIFICATION,
            "particulars": fields((shown["request"] or {}).get("subject") or {}),
            "passages": _passages(shown),
            "assertions": labels.choices(Assertion),
            "tags": languages(),
            "page_tag": page_language(),
            "plain": ("request", "reply", "identification-request"),
            "may_distribute": regime in visit.regimes(Role.HEAD_OF_DESK),
        },
    )


@page(*CASE_READERS, methods=("POST",))
def hold(visit: Visit, thread: str) -> HttpResponse:
    """Take a case, give it up, or, as head of desk, give it to an officer."""
    known_case(visit.node, visit.actor, thread)
    name = visit.request.POST.get("owner", "").strip()
    if "take" in visit.request.POST:
        assign(visit.node, visit.actor, thread, visit.actor)
    elif name and visit.request.POST.get("note", "").strip():
        hand_over(visit.node, visit.actor, thread, named_actor(visit.node, name), visit.request.POST["note"])
    elif name:
        assign(visit.node, visit.actor, thread, named_actor(visit.node, name))
    else:
        assign(visit.node, visit.actor, thread, None)
    return HttpResponseRedirect(reverse("case", args=[thread]))


@page(*CASE_READERS, methods=("POST",))
def own_file(visit: Visit, thread: str) -> HttpResponse:
    """Note to which case of our own something belongs that the partner gave or asks."""
    file_under(visit.node, visit.actor, thread, visit.request.POST.get("case", ""))
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _sent_words(shown: dict[str, Any]) -> bool:
    """Whether something that this service sent in the case can be recalled."""
    if shown["side"] == "asked":
        return shown["rejected"] is None
    return any(each["direction"] == "out" and each["state"] != "gone" for each in shown["passages"])


def _passages(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was said, with the fields of what was released and whether a question is still open."""
    said = shown["passages"]
    clarified = {
        each["words"]["question"] for each in said if each["kind"] == "clarification" and each["words"]
    }
    return [
        {
            "shown": each,
            "released": fields((each["words"] or {}).get("subject") or {}),
            "reported": reported(each),
            "open": shown["closing_sent_at"] is None and each["message"] not in clarified,
        }
        for each in said
    ]


def _released_words(shown: dict[str, Any]) -> bool:
    """Whether something that came from our register was released and is still held."""
    kinds = ("reply", "partial-reply", "information")
    return any(
        e["direction"] == "out" and e["kind"] in kinds and e["state"] != "gone" for e in shown["passages"]
    )


def _has_time(shown: dict[str, Any]) -> bool:
    """Whether more time can be taken for our answer, or reasons are owed for its lateness."""
    return bool(shown["reason_due"]) or (_waits(shown) and shown["clock"]["left_seconds"] is not None)


def _waits(shown: dict[str, object]) -> bool:
    """Whether a request waits for our answer."""
    return shown["side"] == "received" and shown["closing_sent_at"] is None and shown["rejected"] is None
