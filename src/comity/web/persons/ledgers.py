"""To whom what was told of an entry of the register, and whether ledger and message log are equal."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from comity.core.codes.exchange import Regime
from comity.errors import ComityError
from comity.services.rights.ledger import ledger as told
from comity.services.rights.ledger import verify_ledger
from comity.web.access import RIGHTS_OFFICERS, Visit, page
from comity.web.persons.forms import LedgerForm
from comity.web.refusals import refusal, status_of


@page(*RIGHTS_OFFICERS, methods=("GET", "POST"))
def ledger(visit: Visit) -> HttpResponse:
    """Show the form; on demand the disclosures of an entry, and the comparison with the log."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = LedgerForm(visit.regimes(*RIGHTS_OFFICERS), posted)
    context: dict[str, Any] = {"form": form}
    if posted is None:
        return render(visit.request, "persons/ledger.html", context)
    if not form.is_valid():
        return render(visit.request, "persons/ledger.html", context, status=400)
    regime, subject = Regime(form.cleaned_data["regime"]), form.cleaned_data["subject"].strip()
    try:
        context["told"] = told(visit.node, visit.actor, regime, subject, form.cleaned_data["reason"])
        found = verify_ledger(visit.node, visit.actor, regime)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "persons/ledger.html", context, status=status_of(error))
    context |= {"shown": True, "different": [*found.missing, *found.unfounded, *found.unproven]}
    return render(visit.request, "persons/ledger.html", context)
