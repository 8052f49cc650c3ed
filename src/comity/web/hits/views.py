"""Report a hit: what was found and done on what the partner gave."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from comity.core.cases.hit.report import HIT_REPORT, HitReportBody, Measure, Outcome
from comity.core.cases.messages import REPLY
from comity.core.codes.checks import Check
from comity.errors import ComityError
from comity.services.cases.thread.report_hit import REPORTABLE, HitReport, report_hit
from comity.services.cases.views import show_case
from comity.web.access import ASKERS, Visit, page
from comity.web.answers.assertions import marked
from comity.web.answers.language import language_of
from comity.web.hits.forms import HitForm
from comity.web.protection.consent import usable_messages
from comity.web.refusals import STATUS, refusal

OF_THE_SEARCH = "search"
"""Choice of who acted on the hit of the search itself."""


@page(*ASKERS, methods=("GET", "POST"))
def hit(visit: Visit, thread: str) -> HttpResponse:
    """Ask what was found and done, and tell the partner."""
    shown = show_case(visit.node, visit.actor, thread)
    messages = reportable_in(shown)
    posted = visit.request.POST if visit.request.method == "POST" else None
    checks = checks_in(shown, messages)
    form = HitForm(messages, posted, checks=[message for message, _check in checks])
    context: dict[str, Any] = {"case": shown, "form": form, "checks": [found for _message, found in checks]}
    if posted is None:
        return render(visit.request, "hits/report.html", context)
    if not form.is_valid():
        return render(visit.request, "hits/report.html", context, status=400)
    try:
        report_hit(visit.node, visit.actor, thread, _report(form.cleaned_data))
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "hits/report.html", context, status=STATUS[error.fault])
    return HttpResponseRedirect(reverse("case", args=[thread]))


def reportable_in(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what somebody can have acted on in a case: the partner's messages, and the hit of the search."""
    if shown["side"] not in ("asked", "told") or shown["rejected"]:
        return []
    kinds = {each["message"]: each["kind"] for each in shown["passages"]}
    found = [each for each in usable_messages(shown) if kinds[each[0]] in REPORTABLE]
    by_hit = bool((shown["request"] or {}).get("reference"))
    return [*found, *([(OF_THE_SEARCH, _("the hit of the search"))] if by_hit else [])]


def checks_in(shown: dict[str, Any], messages: list[tuple[str, str]]) -> list[tuple[str, dict[str, Any]]]:
    """Return which of some messages ask for a check, with which one and which the law of this place allows."""
    asked = {each["message"]: each["check"] for each in shown["passages"]}
    kinds = {each["message"]: each["kind"] for each in shown["passages"]}
    found = [
        (each, shown["check"] if kinds.get(each) == REPLY else asked.get(each)) for each, _label in messages
    ]
    return [(message, check) for message, check in found if check]


def reported(shown: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the texts of a report that may be shown, in order: name, words, mark; nothing of another message."""
    said = shown["words"] if shown["kind"] == HIT_REPORT else None
    if said is None:
        return []
    return [(name, said[name], said["assertions"][name]) for name in HitReportBody.STATEMENTS if said[name]]


def _report(given: dict[str, Any]) -> HitReport:
    return HitReport(
        message=None if given["message"] == OF_THE_SEARCH else given["message"],
        subject=given["subject"].strip() or None,
        outcome=Outcome(given["outcome"]),
        at=given["at"],
        measures=[Measure(each) for each in given["measures"]],
        texts={name: given.get(name) for name in HitReportBody.STATEMENTS},
        assertions=marked(given, HitReportBody.STATEMENTS),
        check=Check(given["check"]) if given.get("check") else None,
        aware=given["aware"] == "yes" if given.get("check") else None,
        conditions=given.get("conditions"),
        language=language_of(given),
    )
