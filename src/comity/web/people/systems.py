"""Service accounts of the REST interface: listed, created with their token shown once, ended."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.codes.exchange import Regime
from comity.errors import ComityError
from comity.services.people import service_accounts
from comity.web.access import ADMINISTRATORS, Visit, page
from comity.web.people.confirm import confirmation, confirmed
from comity.web.people.forms import SCOPES, SystemForm
from comity.web.refusals import STATUS, refusal


@page(*ADMINISTRATORS)
def systems(visit: Visit) -> HttpResponse:
    """List the service accounts."""
    words = {scope.value: said for scope, said in SCOPES.items()}
    listed = [
        (each, [words.get(scope, scope) for scope in each.scopes])
        for each in service_accounts.listed(visit.node)
    ]
    return render(visit.request, "people/systems.html", {"listed": listed})


@page(*ADMINISTRATORS, methods=("GET", "POST"))
def create(visit: Visit) -> HttpResponse:
    """Create a service account; its token stands on the one page that answers, and nowhere else."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form, code = SystemForm(visit.node, posted), confirmation(visit, posted)
    context: dict[str, Any] = {"form": form, "code": code}
    if posted is None or not form.is_valid() or not confirmed(code):
        status = 200 if posted is None else 400
        return render(visit.request, "people/system-new.html", context, status=status)
    given = form.cleaned_data
    try:
        scopes = service_accounts.parse_scopes(given["scopes"])
        regime = Regime(given["regime"])
        token = service_accounts.create(visit.node, visit.actor, given["name"], regime, scopes, given["days"])
    except ComityError as error:
        context |= {"refusal": refusal(error), "code": confirmation(visit)}
        return render(visit.request, "people/system-new.html", context, status=STATUS[error.fault])
    return render(visit.request, "people/token.html", {"name": given["name"], "token": token})


@page(*ADMINISTRATORS, methods=("GET", "POST"))
def revoke(visit: Visit, name: str) -> HttpResponse:
    """End a service account, at once and for good."""
    shown = service_accounts.shown(visit.node, name)
    posted = visit.request.POST if visit.request.method == "POST" else None
    code = confirmation(visit, posted)
    if posted is None or not confirmed(code):
        status = 200 if posted is None else 400
        return render(visit.request, "people/revoke.html", {"shown": shown, "code": code}, status=status)
    service_accounts.revoke(visit.node, visit.actor, name)
    return HttpResponseRedirect(reverse("systems"))
