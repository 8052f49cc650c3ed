"""The probe form and its outcome: both only by POST or empty, never stored."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from comity.core.codes.exchange import Act
from comity.core.probe.opening import Strength
from comity.core.probe.query import read_query
from comity.errors import ComityError
from comity.services.probe.ask import ask
from comity.services.probe.asking.outcome import Outcome
from comity.services.watch.justification import require_said
from comity.web.access import ASKERS, Visit, page
from comity.web.agreements.permitted import Ground, chosen, grounds
from comity.web.probe.forms import ProbeForm
from comity.web.refusals import refusal, status_of

KEPT = ("ground", "case", "offence", "aim")
"""What the next probe of a case begins with: why one asks, and nothing of the person."""


@page(*ASKERS, methods=("GET", "POST"))
def probe(visit: Visit) -> HttpResponse:
    """Show an empty form, or ask the partner and show what was found."""
    found = grounds(visit, Act.PROBE, *ASKERS)
    posted = visit.request.POST
    if visit.request.method != "POST" or posted.get("step") == "begin":
        kept = {name: posted[name] for name in KEPT if name in posted}
        return _form(visit, ProbeForm(found, initial=kept), bool(found))
    form = ProbeForm(found, posted)
    if not form.is_valid():
        return _form(visit, form, bool(found), status=HTTPStatus.BAD_REQUEST)
    ground = chosen(found, form.cleaned_data["ground"])
    try:
        outcome = _ask(visit, ground, form)
    except ComityError as error:
        return _form(visit, form, True, status=status_of(error), refusal=refusal(error))
    if outcome.strength is Strength.INSUFFICIENT:
        return _form(visit, form, True, insufficient=True)
    context = {
        "outcome": outcome,
        "ground": ground,
        "case": form.cleaned_data["case"],
        "kept": {name: form.cleaned_data[name] for name in KEPT},
        "concerns": form.cleaned_data["concerns"],
        "request_ground": _request_ground(visit, ground),
    }
    return render(visit.request, "probe/outcome.html", context)


def _ask(visit: Visit, ground: Ground, form: ProbeForm) -> Outcome:
    query = read_query(form.described())
    given = form.cleaned_data
    return ask(
        visit.node,
        visit.channels,
        ground.partner,
        ground.standing.hash,
        ground.purpose,
        given["case"],
        query,
        visit.actor,
        reason=given["reason"],
        said=require_said(form.said(given), ground.standing.agreement.regime),
    )


def _request_ground(visit: Visit, ground: Ground) -> str:
    """Return the ground on which a request may follow: the same agreement and purpose; empty when there is none."""
    for each in grounds(visit, Act.REQUEST, *ASKERS):
        if each.standing.hash == ground.standing.hash and each.purpose is ground.purpose:
            return each.value
    return ""


def _form(visit: Visit, form: ProbeForm, possible: bool, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(
        visit.request, "probe/form.html", {"form": form, "possible": possible, **more}, status=status
    )
