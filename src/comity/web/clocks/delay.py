"""Take more time for an answer, or say why it is late."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.errors import ComityError
from comity.services.cases.clock import clock
from comity.services.clocks.delay import Offer, explain, extend, offer
from comity.web.access import TIMERS, Visit, page
from comity.web.answers.language import language_of
from comity.web.clocks.forms import ExtensionForm, ReasonForm
from comity.web.refusals import refusal, status_of


@page(*TIMERS, methods=("GET", "POST"))
def delay(visit: Visit, thread: str) -> HttpResponse:
    """Tell the requester how long it will take, or why it took longer."""
    offered = offer(visit.node, visit.actor, thread)
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = _form(offered, posted)
    context: dict[str, Any] = {
        "thread": thread,
        "clock": clock(visit.node, thread),
        "offered": offered,
        "form": form,
    }
    if posted is None:
        return render(visit.request, "clocks/delay.html", context)
    if not form.is_valid():
        return render(visit.request, "clocks/delay.html", context, status=400)
    reason, tag = form.cleaned_data["reason"], language_of(form.cleaned_data)
    try:
        if isinstance(form, ExtensionForm):
            extend(visit.node, visit.actor, thread, form.chosen, form.span, reason, language=tag)
        else:
            explain(visit.node, visit.actor, thread, form.chosen, reason, language=tag)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "clocks/delay.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _form(offered: Offer, posted: Any) -> ReasonForm:
    if offered.late:
        return ReasonForm(offered.grounds, posted)
    return ExtensionForm(offered.grounds, offered.working, posted)
