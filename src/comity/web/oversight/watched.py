"""Searches that stand out, and how many hits are followed up: for those who oversee; a data-protection officer settles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comity.core.codes.marks import Role
from comity.errors import ComityError
from comity.services.register.accountable import MAX_REASON, MIN_REASON
from comity.services.watch.noticed import Outcome, listed, settle
from comity.services.watch.ratios import ratios
from comity.web.access import OVERSEERS, Visit, page
from comity.web.oversight.words import OUTCOMES
from comity.web.refusals import refusal, status_of


class SettleForm(forms.Form):
    """How what stands out was settled, and why."""

    anomaly = forms.RegexField(regex=r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("", _("choose")), *((each.value, OUTCOMES[each.value]) for each in Outcome)],
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Kept for three years and shown to everybody who oversees."),
        min_length=MIN_REASON,
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )


@page(*OVERSEERS, methods=("GET", "POST"))
def watched(visit: Visit) -> HttpResponse:
    """Show what stands out, or settle one."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form, status = SettleForm(posted), 200
    context: dict[str, Any] = {"wrong": form}
    if posted is not None:
        if form.is_valid():
            given = form.cleaned_data
            try:
                settle(visit.node, visit.actor, given["anomaly"], Outcome(given["outcome"]), given["reason"])
                return HttpResponseRedirect(reverse("watched"))
            except ComityError as error:
                context["refusal"], status = refusal(error), status_of(error)
        else:
            status = 400
    officers = {regime.value for regime in visit.regimes(Role.DATA_PROTECTION_OFFICER)}
    context["rows"] = [
        (each, _form(each.uid) if each.regime in officers else None)
        for each in listed(visit.node, visit.actor)
    ]
    context["settled"] = listed(visit.node, visit.actor, settled=True)
    context["ratios"] = ratios(visit.node, visit.actor)
    return render(visit.request, "oversight/watched.html", context, status=status)


def _form(uid: str) -> SettleForm:
    return SettleForm(initial={"anomaly": uid}, prefix=None, auto_id=f"id_{uid[:8]}_%s")
