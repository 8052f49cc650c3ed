"""Breaches: the list, a new one, who was told, the document for the authority."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.codes.exchange import Regime
from comity.core.rights.codes import BreachNature
from comity.errors import ComityError
from comity.services.breaches import shown
from comity.services.breaches.opened import Found, close_breach, open_breach, take_note, tell_authority
from comity.web.access import BREACH_OPENERS, Visit, page
from comity.web.answers.language import language_of
from comity.web.breaches.forms import BreachForm, ToldForm
from comity.web.refusals import refusal, status_of


@page(*BREACH_OPENERS)
def breaches(visit: Visit) -> HttpResponse:
    """List breaches, ours and those that partners told of."""
    found = shown.breaches(visit.node, visit.actor)
    return render(visit.request, "breaches/list.html", {"lines": found})


@page(*BREACH_OPENERS, methods=("GET", "POST"))
def new(visit: Visit) -> HttpResponse:
    """Write a breach down; partners concerned are told at once."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = BreachForm(visit.regimes(*BREACH_OPENERS), posted)
    context: dict[str, Any] = {"form": form}
    if posted is None:
        return render(visit.request, "breaches/new.html", context)
    if not form.is_valid():
        return render(visit.request, "breaches/new.html", context, status=400)
    given = form.cleaned_data
    first, last = (datetime.combine(given[name], time(0), UTC) for name in ("first", "last"))
    found = Found(
        nature=BreachNature(given["nature"]),
        aware_at=given["aware"],
        first=first,
        before=last + timedelta(days=1),
        language=language_of(given),
        **{name: given[name] for name in ("happened", "consequences", "measures", "contact", "register")},
    )
    try:
        number = open_breach(visit.node, visit.actor, Regime(given["regime"]), found)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "breaches/new.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("breach", args=[number]))


@page(*BREACH_OPENERS, methods=("GET", "POST"))
def breach(visit: Visit, breach: str) -> HttpResponse:
    """Show a breach; note that the authority was told, take note, write the document, close."""
    asked = visit.request.POST.get("do", "")
    form = ToldForm(visit.request.POST if asked == "told" else None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if visit.request.method == "POST":
        if asked == "told" and not form.is_valid():
            status = 400
        else:
            try:
                answer = _act(visit, breach, asked, form)
            except ComityError as error:
                context["refusal"], status = refusal(error), status_of(error)
            else:
                return answer or HttpResponseRedirect(reverse("breach", args=[breach]))
    context["breach"] = shown.show_breach(visit.node, visit.actor, breach)
    return render(visit.request, "breaches/breach.html", context, status=status)


def _act(visit: Visit, number: str, act: str, form: ToldForm) -> HttpResponse | None:
    node, actor = visit.node, visit.actor
    if act == "told":
        given = form.cleaned_data
        tell_authority(node, actor, number, given["at"], given["reference"], given["late"])
    elif act == "note":
        take_note(node, actor, number)
    elif act == "close":
        close_breach(node, actor, number)
    elif act == "document":
        document = HttpResponse(shown.write_document(node, actor, number), content_type="application/jose")
        document["Content-Disposition"] = f'attachment; filename="breach-{number[:12]}.jws"'
        return document
    return None
