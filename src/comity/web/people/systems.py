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
from comity.web.people.confirm import asked, confirmation, confirmed, posted, refused
from comity.web.people.forms import SCOPES, SystemForm


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
    sent = posted(visit)
    form, code = SystemForm(visit.node, sent), confirmation(visit)
    context: dict[str, Any] = {"form": form, "code": code}
    if sent is None or not (confirmed(code) and form.is_valid()):
        return asked(visit, "people/system-new.html", context)
    given = form.cleaned_data
    try:
        scopes = service_accounts.parse_scopes(given["scopes"])
        regime = Regime(given["regime"])
        token = service_accounts.create(visit.node, visit.actor, given["name"], regime, scopes, given["days"])
    except ComityError as error:
        return refused(visit, "people/system-new.html", context, error)
    return render(visit.request, "people/token.html", {"name": given["name"], "token": token})


@page(*ADMINISTRATORS, methods=("GET", "POST"))
def revoke(visit: Visit, name: str) -> HttpResponse:
    """End a service account, at once and for good."""
    shown = service_accounts.shown(visit.node, name)
    code = confirmation(visit)
    if posted(visit) is None or not confirmed(code):
        return asked(visit, "people/revoke.html", {"shown": shown, "code": code})
    service_accounts.revoke(visit.node, visit.actor, name)
    return HttpResponseRedirect(reverse("systems"))
