"""Recall what this service sent in a case; it only protects, so no agreement stops it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act
from comity.errors import ComityError
from comity.services.cases.recall import recall
from comity.services.cases.views import show_case
from comity.web.access import CASE_READERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.protection.forms import GroundForm
from comity.web.refusals import refusal, status_of


@page(*CASE_READERS, methods=("GET", "POST"))
def withdraw(visit: Visit, thread: str) -> HttpResponse:
    """Ask, with the second factor, that the partner's node empties what was sent."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    code = own_code(visit, posted)
    form = GroundForm(Act.RECALL, posted)
    form.fields["ground"].required = False
    context: dict[str, Any] = {"case": show_case(visit.node, visit.actor, thread), "code": code, "form": form}
    if posted is None:
        return render(visit.request, "answers/recall.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "answers/recall.html", context, status=400)
    try:
        ground = form.cleaned_data["ground"]
        recall(visit.node, visit.actor, thread, ground=ProtectionGround(ground) if ground else None)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "answers/recall.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("case", args=[thread]))
