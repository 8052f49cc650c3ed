"""The action plans, the follow-up of one, and its printed form."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from comity.core.codes.exchange import Regime
from comity.core.plan.followup import EntryKind
from comity.errors import ComityError
from comity.services.plans.follow import WRITERS, enter
from comity.services.plans.report import list_plans, report
from comity.web import isolation
from comity.web.access import PROOF_READERS, Visit, page
from comity.web.plans.forms import ContactForm, DecisionForm, EntryForm, StateForm
from comity.web.plans.printing import as_pdf
from comity.web.refusals import refusal, status_of

_BUTTONS = frozenset({EntryKind.AGREED, EntryKind.CARRIED_OUT, EntryKind.DISMISSED})
"""What one button says, of a decision or a point of contact."""


@page(*PROOF_READERS)
def listed(visit: Visit) -> HttpResponse:
    """Show every plan of the officer's regimes, newest first."""
    return render(visit.request, "plans/list.html", {"plans": list_plans(visit.node, visit.actor)})


@page(*PROOF_READERS, methods=("GET", "POST"))
def shown(visit: Visit, plan: str) -> HttpResponse:
    """Show the report of a plan; take what the head of desk enters."""
    found = spoken(report(visit.node, visit.actor, plan))
    may = Regime(found["regime"]) in visit.regimes(*WRITERS)
    posted = visit.request.POST if visit.request.method == "POST" else None
    forms = _forms(visit, found, posted)
    context: dict[str, Any] = {"plan": found, "may": may, "forms": forms}
    if posted is None:
        return render(visit.request, "plans/one.html", context)
    chosen = forms.get(posted.get("entry", ""))
    if chosen is not None and not chosen.is_valid():
        return render(visit.request, "plans/one.html", {**context, "wrong": chosen}, status=400)
    said = _pressed(posted) if chosen is None else chosen.said()
    try:
        enter(visit.node, visit.actor, plan, **said)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "plans/one.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("plan", args=[plan]))


@page(*PROOF_READERS)
def printed(visit: Visit, plan: str) -> HttpResponse:
    """Return the plan for a working visit in the reader's language: a PDF, or a page to print from the browser."""
    found = spoken(report(visit.node, visit.actor, plan))
    context = {"plan": found, "service": visit.node.service}
    octets = as_pdf("plans/printed.html", context)
    if octets is None:
        return render(visit.request, "plans/printed.html", context)
    answer = HttpResponse(octets, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found["code"]}.pdf"'
    return answer


def spoken(found: dict[str, Any]) -> dict[str, Any]:
    """Return a report with its titles in the reader's language."""
    language = (get_language() or "en")[:2]
    objectives = [
        {
            **objective,
            "title": objective["title"].get(language, objective["title"]["en"]),
            "measures": [
                {**measure, "title": measure["title"].get(language, measure["title"]["en"])}
                for measure in objective["measures"]
            ],
        }
        for objective in found["objectives"]
    ]
    return {
        **found,
        "title": found["title"].get(language, found["title"]["en"]),
        "objectives": objectives,
        "decisions": sorted(found["decisions"], key=lambda each: (each["due"], each["message"])),
    }


def _forms(visit: Visit, found: dict[str, Any], posted: Any) -> dict[str, EntryForm]:
    measures = [measure for objective in found["objectives"] for measure in objective["measures"]]
    titles = [(each["id"], isolation.isolated_text(each["title"])) for each in measures]
    own = [
        (each["id"], isolation.isolated_text(each["title"]))
        for each in measures
        if each["owner"] == visit.node.service
    ]
    asked = "" if posted is None else posted.get("entry", "")
    parties = sorted({str(visit.node.service), found["partner"]})
    return {
        EntryKind.STATE.value: StateForm(own, posted if asked == EntryKind.STATE else None),
        EntryKind.DECISION.value: DecisionForm(
            parties, titles, posted if asked == EntryKind.DECISION else None
        ),
        EntryKind.APPOINTED.value: ContactForm(posted if asked == EntryKind.APPOINTED else None),
    }


def _pressed(posted: Any) -> dict[str, Any]:
    entry = posted.get("entry", "")
    return {"entry": entry if entry in _BUTTONS else "none", "of": posted.get("of", "")}
