"""Correct and restrict, with the second factor; and the page of what is outstanding."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act
from comity.errors import ComityError, Refused
from comity.services.cases.views import show_case
from comity.services.protection.correct import CorrectionProposal, correct, propose_correction
from comity.services.protection.outstanding import outstanding
from comity.services.protection.restrict import (
    lift_received,
    lift_sent,
    restrict_received,
    restrict_sent,
)
from comity.web.access import RECALLERS, RELEASERS, WATCHERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.answers.released import fields
from comity.web.protection import forms
from comity.web.refusals import refusal, status_of


@page(*WATCHERS)
def waiting(visit: Visit) -> HttpResponse:
    """Show who has not complied with a correction, restriction, recall or erasure, and since when."""
    return render(
        visit.request, "protection/outstanding.html", {"lines": outstanding(visit.node, visit.actor)}
    )


@page(*RELEASERS, methods=("GET", "POST"))
def correction(visit: Visit, thread: str) -> HttpResponse:
    """Show what was sent beside what the register holds now; send it, with the second factor."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    message = (posted or visit.request.GET).get("message") or None
    form, code = forms.GroundForm(Act.RECTIFY, posted), own_code(visit, posted)
    context: dict[str, Any] = {
        "case": show_case(visit.node, visit.actor, thread),
        "form": form,
        "code": code,
        "message": message or "",
    }
    try:
        proposal = propose_correction(visit.node, visit.actor, thread, message)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(
            visit.request, "protection/correct.html", context, status=200 if posted is None else 403
        )
    context |= {
        "proposal": proposal,
        "before": fields(proposal.before),
        "after": fields(proposal.after),
    }
    if posted is None:
        return render(visit.request, "protection/correct.html", context)
    if posted.get("shown") != proposal.digest:
        return _corrected_not(visit, context, Refused("case.changed"))
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "protection/correct.html", context, status=400)
    return _correct(visit, thread, proposal, context)


def _correct(
    visit: Visit, thread: str, proposal: CorrectionProposal, context: dict[str, Any]
) -> HttpResponse:
    ground = ProtectionGround(context["form"].cleaned_data["ground"])
    try:
        correct(visit.node, visit.actor, thread, ground, proposal.message, shown=proposal.digest)
    except ComityError as error:
        return _corrected_not(visit, context, error)
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _corrected_not(visit: Visit, context: dict[str, Any], error: ComityError) -> HttpResponse:
    context["refusal"] = refusal(error)
    return render(visit.request, "protection/correct.html", context, status=status_of(error))


@page(*RECALLERS, methods=("GET", "POST"))
def restriction(visit: Visit, thread: str) -> HttpResponse:
    """Restrict what was said or end a restriction, with the second factor."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form, code = forms.RestrictionForm(Act.RESTRICT, posted), own_code(visit, posted)
    lifting = posted is not None and str(posted.get("act", "")).startswith("lift-")
    form.fields["ground"].required = not lifting
    context: dict[str, Any] = {"case": show_case(visit.node, visit.actor, thread), "form": form, "code": code}
    if posted is None:
        return render(visit.request, "protection/restrict.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "protection/restrict.html", context, status=400)
    try:
        _restrict(visit, thread, form.cleaned_data["act"], form.cleaned_data["ground"])
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "protection/restrict.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _restrict(visit: Visit, thread: str, act: str, ground: str) -> None:
    node, actor = visit.node, visit.actor
    if act == forms.RESTRICT_SENT:
        restrict_sent(node, actor, thread, ProtectionGround(ground))
    elif act == forms.RESTRICT_RECEIVED:
        restrict_received(node, actor, thread, ProtectionGround(ground))
    elif act == forms.LIFT_SENT:
        lift_sent(node, actor, thread)
    else:
        lift_received(node, actor, thread)
