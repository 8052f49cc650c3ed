"""Who stands in for whom when time runs out: an officer names its own substitute, the head of desk anybody's."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.codes.exchange import Regime
from comity.errors import ComityError, InputError
from comity.services.clocks.remind import put_substitute, standing_in
from comity.services.people.actors import named_actor
from comity.web.access import CASE_READERS, Visit, page
from comity.web.refusals import refusal, status_of


@page(*CASE_READERS, methods=("GET", "POST"))
def shown(visit: Visit) -> HttpResponse:
    """Show who stands in, or name somebody."""
    context: dict[str, Any] = {}
    status = 200
    if visit.request.method == "POST":
        try:
            _name(visit)
            return HttpResponseRedirect(reverse("standing-in"))
        except ComityError as error:
            context["refusal"], status = refusal(error), status_of(error)
    context["rows"] = standing_in(visit.node, visit.actor)
    return render(visit.request, "clocks/standing_in.html", context, status=status)


def _name(visit: Visit) -> None:
    posted = visit.request.POST
    try:
        regime = Regime(posted.get("regime", ""))
    except ValueError:
        raise InputError("officer.unknown") from None
    by = posted.get("by", "")
    officer = named_actor(visit.node, posted.get("officer", ""))
    put_substitute(visit.node, visit.actor, officer, regime, named_actor(visit.node, by) if by else None)
