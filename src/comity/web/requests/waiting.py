"""First requests after a hit that wait for a second person: read, approved, declined, or sent at once in an emergency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.codes.transfer import OverrideGround
from comity.core.watch.follow_up import MIN_REASON, Emergency
from comity.errors import ComityError
from comity.services.watch import approve
from comity.services.watch.approve import MAX_REASON, Waiting
from comity.web.access import ASKERS, Visit, page
from comity.web.people.confirm import confirmation, confirmed
from comity.web.refusals import refusal, status_of
from comity.web.transfers.forms import emergency_ground, emergency_reason

TEMPLATE = "requests/waiting_one.html"
LEAVING = ("approve", "emergency")
ACTS = (*LEAVING, "decline")
_AREA = {"rows": "3", "dir": "auto", "autocomplete": "off"}


class DeclineForm(forms.Form):
    """Why a request does not leave."""

    prefix = "decline"
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Kept here, never sent."),
        min_length=3,
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs=_AREA),
    )


class AtOnceForm(forms.Form):
    """Why a request cannot wait for a second person."""

    prefix = "emergency"
    ground = emergency_ground()
    reason = emergency_reason(_("Your data-protection officer reads this."), MIN_REASON)


@page(*ASKERS)
def waiting(visit: Visit) -> HttpResponse:
    """List the requests that wait for a second person: one's own, and to an approver those of the desk."""
    return render(visit.request, "requests/waiting.html", {"rows": approve.listed(visit.node, visit.actor)})


@page(*ASKERS, methods=("GET", "POST"))
def one(visit: Visit, name: str) -> HttpResponse:
    """Show a request that waits, and decide on it; letting it leave takes the second factor."""
    asked = visit.request.POST.get("do", "")
    posted = visit.request.POST if visit.request.method == "POST" else None
    view, body = approve.read(visit.node, visit.actor, name)
    code = confirmation(visit, begun=asked not in LEAVING)
    context: dict[str, Any] = {
        "view": view,
        "body": body,
        "code": code,
        "decline": DeclineForm(posted if asked == "decline" else None),
        "emergency": AtOnceForm(posted if asked == "emergency" else None),
        "alone": view.mine and Role.APPROVER in _roles(visit, view),
    }
    if posted is None:
        return render(visit.request, TEMPLATE, context)
    # Both are looked at, so that all mistakes show at once; a right code counts, whatever else is wrong.
    given = [asked == "approve" or context[asked].is_valid()] if asked in ACTS else [False]
    given += [confirmed(code)] if asked in LEAVING else []
    if not all(given):
        context["code"] = None if asked in LEAVING and given[-1] else code
        return render(visit.request, TEMPLATE, context, status=400)
    try:
        return _decide(visit, name, asked, context)
    except ComityError as error:
        context |= {"refusal": refusal(error), "code": confirmation(visit, begun=True)}
        return render(visit.request, TEMPLATE, context, status=status_of(error))


def _decide(visit: Visit, name: str, asked: str, context: dict[str, Any]) -> HttpResponse:
    if asked == "decline":
        reason = context["decline"].cleaned_data["reason"]
        approve.turn_down(visit.node, visit.actor, name, reason)
        return HttpResponseRedirect(reverse("waiting"))
    if asked == "approve":
        thread = approve.approve(visit.node, visit.actor, name)
    else:
        given = context["emergency"].cleaned_data
        why = Emergency(OverrideGround(given["ground"]), given["reason"], visit.node.clock())
        thread = approve.send_at_once(visit.node, visit.actor, name, why)
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _roles(visit: Visit, view: Waiting) -> set[Role]:
    return {role for regime, role in visit.actor.roles if regime is Regime(view.regime)}
