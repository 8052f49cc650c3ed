"""One's own texts that the law did not let leave; the true grounds, for the data-protection officer and the auditor."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.codes.marks import Role
from comity.core.egress.reading import texts_in
from comity.errors import ComityError
from comity.services.egress.blocked import discard_draft, drafts_of
from comity.services.egress.grounds import read_grounds
from comity.web.access import ASKERS, OVERSEERS, Visit, page
from comity.web.egress.forms import GroundsForm
from comity.web.refusals import refusal, status_of, told


@page(*ASKERS)
def not_sent(visit: Visit) -> HttpResponse:
    """List the officer's own texts that did not leave."""
    drafts = [
        {
            "draft": each,
            "texts": [text for text in texts_in(each.content) if text.strip()],
            "why": told(each.code),
        }
        for each in drafts_of(visit.node, visit.actor)
    ]
    return render(visit.request, "egress/not-sent.html", {"drafts": drafts})


@page(*ASKERS, methods=("POST",))
def discard(visit: Visit) -> HttpResponse:
    """Throw one of them away."""
    reference = visit.request.POST.get("reference")
    if reference:
        discard_draft(visit.node, visit.actor, reference)
    return HttpResponseRedirect(reverse("not-sent"))


@page(*OVERSEERS, methods=("GET", "POST"))
def grounds(visit: Visit) -> HttpResponse:
    """Ask why they are read, record it, and show why things really did not leave or were taken back."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = GroundsForm(visit.regimes(*OVERSEERS), posted)
    context: dict[str, Any] = {"form": form}
    if posted is None:
        return render(visit.request, "egress/true-grounds.html", context)
    if not form.is_valid():
        return render(visit.request, "egress/true-grounds.html", context, status=400)
    try:
        found = read_grounds(visit.node, visit.actor, form.regime, form.cleaned_data["reason"], form.period)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "egress/true-grounds.html", context, status=status_of(error))
    protects = (form.regime, Role.DATA_PROTECTION_OFFICER) in visit.actor.roles
    context |= {"read": True, "grounds": found.grounds, "counts": found.counts, "opens_cases": protects}
    return render(visit.request, "egress/true-grounds.html", context)
