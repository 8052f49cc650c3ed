"""First requests after a hit that wait for a second person: read, approved, declined, or sent at once in an emergency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comity.core.cases.messages import MAX_TEXT
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.codes.transfer import OverrideGround
from comity.core.watch.follow_up import MIN_REASON, Emergency
from comity.errors import ComityError
from comity.services.watch import approve
from comity.services.watch.approve import MAX_REASON, Waiting
from comity.web.access import ASKERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.refusals import STATUS, refusal
from comity.web.transfers.words import EMERGENCIES

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
    ground = forms.ChoiceField(
        label=_("Nothing less than this"),
        widget=forms.RadioSelect,
        choices=[(each.value, EMERGENCIES[each]) for each in OverrideGround],
    )
    reason = forms.CharField(
        label=_("Objective reason why it cannot wait"),
        help_text=_("Your data-protection officer reads this."),
        min_length=MIN_REASON,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs=_AREA),
    )


@page(*ASKERS)
def waiting(visit: Visit) -> HttpResponse:
    """List the requests that wait for a second person: one's own, and to an approver those of the desk."""
    return render(visit.request, "requests/waiting.html", {"rows": approve.listed(visit.node, visit.actor)})


@page(*ASKERS, methods=("GET", "POST"))
def one(visit: Visit, name: str) -> HttpResponse:
    """Show a request that waits, and decide on it."""
    asked = visit.request.POST.get("do", "")
    posted = visit.request.POST if visit.request.method == "POST" else None
    view, body = approve.read(visit.node, visit.actor, name)
    context: dict[str, Any] = {
        "view": view,
        "body": body,
        "code": own_code(visit, posted if asked in ("approve", "emergency") else None),
        "decline": DeclineForm(posted if asked == "decline" else None),
        "emergency": AtOnceForm(posted if asked == "emergency" else None),
        "alone": view.mine and Role.APPROVER in _roles(visit, view),
    }
    if posted is None:
        return render(visit.request, "requests/waiting_one.html", context)
    needed = {"approve": ("code",), "decline": ("decline",), "emergency": ("emergency", "code")}.get(
        asked, ()
    )
    # Every form is looked at, so that all mistakes are told at once.
    valid = [context[form].is_valid() for form in needed]
    if not valid or not all(valid):
        return render(visit.request, "requests/waiting_one.html", context, status=400)
    try:
        return _decide(visit, name, asked, context)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "requests/waiting_one.html", context, status=STATUS[error.fault])


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
