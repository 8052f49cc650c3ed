"""Pass on to another partner what a partner said: chosen, seen as it would leave, confirmed with the second factor."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.cases.information import InformationBody
from comity.core.codes.exchange import Act
from comity.errors import ComityError, Refused
from comity.services.cases.thread.offered import Offered
from comity.services.cases.views import show_case
from comity.services.protection.onward import pass_on, propose_passing_on
from comity.web.access import RELEASERS, Visit, page
from comity.web.agreements.permitted import Ground, chosen, grounds
from comity.web.answers.assertions import marked
from comity.web.answers.confirm import own_code
from comity.web.answers.language import language_of
from comity.web.answers.released import fields
from comity.web.information.forms import PassOnForm
from comity.web.protection.consent import usable_messages
from comity.web.refusals import refusal, status_of

CHOOSE, PREVIEW = "information/pass-on.html", "information/pass-on-preview.html"


@page(*RELEASERS, methods=("GET", "POST"))
def passing_on(visit: Visit, thread: str) -> HttpResponse:
    """Lead through passing on: the message and the recipient, the preview, the release."""
    posted = visit.request.POST
    shown = show_case(visit.node, visit.actor, thread)
    messages, found = usable_messages(shown, described=True), _elsewhere(visit, shown)
    form = PassOnForm(messages, found, posted if posted.get("step") in ("preview", "release") else None)
    context: dict[str, Any] = {"case": shown, "form": form, "possible": bool(messages and found)}
    if not form.is_bound or not form.is_valid():
        return render(visit.request, CHOOSE, context, status=400 if form.is_bound else 200)
    try:
        ground = chosen(found, form.cleaned_data["ground"])
        message, under = form.cleaned_data["message"], ground.standing.hash
        offered = propose_passing_on(
            visit.node, visit.actor, thread, message, ground.partner, under, ground.purpose
        )
    except ComityError as error:
        return _not_passed_on(visit, CHOOSE, context, error)
    return _preview_or_release(visit, ground, offered, context)


def _preview_or_release(
    visit: Visit, ground: Ground, offered: Offered, context: dict[str, Any]
) -> HttpResponse:
    posted = visit.request.POST
    releasing = posted.get("step") == "release"
    changed = releasing and posted.get("shown") != offered.digest
    code = own_code(visit, posted if releasing and not changed else None)
    context |= {"code": code, "ground": ground, "agreement_code": ground.standing.agreement.code}
    context |= {"offered": offered, "leaving": fields(offered.document)}
    if changed:
        return _not_passed_on(visit, PREVIEW, context, Refused("case.changed"))
    if not releasing or not code.is_valid():
        return render(visit.request, PREVIEW, context, status=400 if releasing else 200)
    given = context["form"].cleaned_data
    try:
        opened = pass_on(
            visit.node,
            visit.actor,
            context["case"]["thread"],
            given["message"],
            ground.partner,
            ground.standing.hash,
            ground.purpose,
            given["matter"],
            given["reasons"],
            assertions=marked(given, InformationBody.STATEMENTS),
            language=language_of(given),
            shown=offered.digest,
        )
    except ComityError as error:
        return _not_passed_on(visit, PREVIEW, context, error)
    return HttpResponseRedirect(reverse("case", args=[opened]))


def _elsewhere(visit: Visit, shown: dict[str, Any]) -> list[Ground]:
    """Return the clauses with other partners, of the regime of the case, under which information is given."""
    return [
        ground
        for ground in grounds(visit, Act.INFORM, *RELEASERS)
        if ground.partner != shown["partner"] and ground.standing.agreement.regime.value == shown["regime"]
    ]


def _not_passed_on(visit: Visit, template: str, context: dict[str, Any], error: ComityError) -> HttpResponse:
    context["refusal"] = refusal(error)
    return render(visit.request, template, context, status=status_of(error))
