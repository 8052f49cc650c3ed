"""The report on transfers for the supervisory authority, and the status of an agreement's parties."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from comity.core.agreement.profile import ChangeEffect
from comity.errors import ComityError
from comity.services.agreements.standing import stored_standing
from comity.services.sentences import sentence
from comity.services.transfers.records import report, transfer_records
from comity.services.transfers.status import flows, note_change
from comity.web.access import NOTERS, PROOF_READERS, REPORTERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.refusals import refusal, status_of
from comity.web.transfers.forms import ChangeForm, ReportForm

SHOWN = 200
"""Greatest number of single records on one page; the console lists all."""


@page(*REPORTERS)
def reported(visit: Visit) -> HttpResponse:
    """Show the transfers of a period, summed up and one by one."""
    asked = "first" in visit.request.GET
    form = ReportForm(visit.request.GET if asked else None)
    if not asked:
        today = visit.node.clock().date()
        form = ReportForm(initial={"first": today.replace(day=1), "last": today})
    context: dict[str, Any] = {"form": form}
    if not asked:
        return render(visit.request, "transfers/report.html", context)
    if not form.is_valid():
        return render(visit.request, "transfers/report.html", context, status=400)
    try:
        period = form.period
        context["report"] = report(visit.node, visit.actor, period)
        found = transfer_records(visit.node, visit.actor, period)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "transfers/report.html", context, status=status_of(error))
    context |= {"records": found[-SHOWN:][::-1], "more": len(found) > SHOWN}
    return render(visit.request, "transfers/report.html", context)


@page(*PROOF_READERS, methods=("GET", "POST"))
def status(visit: Visit, agreement: str) -> HttpResponse:
    """Show how each direction stands; note a change of status, with the second factor."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    found = stored_standing(visit.node, agreement).agreement
    may_note = found.regime in visit.regimes(*NOTERS)
    form, code = ChangeForm(found, posted), own_code(visit, posted)
    context: dict[str, Any] = {
        "agreement": found,
        "hash": agreement,
        "flows": _told(flows(visit.node, visit.actor, agreement)),
        "form": form if may_note else None,
        "code": code,
    }
    if posted is None:
        return render(visit.request, "transfers/status.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "transfers/status.html", context, status=400)
    try:
        _note(visit, agreement, form)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "transfers/status.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("transfer-status", args=[agreement]))


def _told(found: dict[str, Any]) -> dict[str, Any]:
    """Return flows in which each missing element has its sentence."""
    language = (get_language() or "en")[:2]
    for way in found["directions"]:
        for missing in way["missing"].values():
            for each in missing:
                each["sentence"] = sentence(each["code"], language)[0]
    return found


def _note(visit: Visit, agreement: str, form: ChangeForm) -> None:
    given = form.cleaned_data
    kind, name = form.changed
    now, day = visit.node.clock(), given["since"]
    since = now if day is None else datetime.combine(day, time(0), UTC)
    # Who names today means from now on, also where today has begun elsewhere.
    if now < since <= now + timedelta(hours=14):
        since = now
    note_change(
        visit.node,
        visit.actor,
        agreement,
        given["country"],
        kind,
        name,
        ChangeEffect(given["effect"]),
        since,
        given["reason"],
    )
