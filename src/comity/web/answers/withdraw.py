"""Recall what this service sent in a case; it only protects, so no agreement stops it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.errors import ComityError
from comity.services.cases.recall import recall
from comity.services.cases.views import show_case
from comity.web.access import CASE_READERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.refusals import STATUS, refusal


@page(*CASE_READERS, methods=("GET", "POST"))
def withdraw(visit: Visit, thread: str) -> HttpResponse:
    """Ask, with the second factor, that the partner's node empties what was sent."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    code = own_code(visit, posted)
    context: dict[str, Any] = {"case": show_case(visit.node, visit.actor, thread), "code": code}
    if posted is None:
        return render(visit.request, "answers/recall.html", context)
    if not code.is_valid():
        return render(visit.request, "answers/recall.html", context, status=400)
    try:
        recall(visit.node, visit.actor, thread)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "answers/recall.html", context, status=STATUS[error.fault])
    return HttpResponseRedirect(reverse("case", args=[thread]))
