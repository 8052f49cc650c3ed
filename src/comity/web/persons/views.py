"""Requests of persons: the list, a new one, what was found, the decision, the answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from comity.core.codes.exchange import Regime
from comity.core.probe.query import read_query
from comity.core.rights.codes import Origin, Outcome, RestrictionReason, RightsKind
from comity.errors import ComityError, InputError
from comity.services.agreements.standing import all_standings
from comity.services.rights import requests as kept
from comity.services.rights.answering import Decision, decide, hand_out
from comity.services.rights.partners import ask_partner
from comity.services.rights.search import search_everything
from comity.web.access import REQUEST_KEEPERS, RIGHTS_OFFICERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.isolation import isolated_text
from comity.web.labels import words
from comity.web.persons.forms import DecisionForm, PartnerForm, RequestForm
from comity.web.refusals import refusal, status_of


@page(*REQUEST_KEEPERS)
def persons(visit: Visit) -> HttpResponse:
    """List the requests, those not answered first; it does not say who asks."""
    lines = kept.requests(visit.node, visit.actor)
    opens = {each.value for each in visit.regimes(*RIGHTS_OFFICERS)}
    return render(visit.request, "persons/list.html", {"lines": lines, "opens": opens})


@page(*REQUEST_KEEPERS, methods=("GET", "POST"))
def new(visit: Visit) -> HttpResponse:
    """Write a request down."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    today = visit.node.clock().date()
    form = RequestForm(visit.regimes(*REQUEST_KEEPERS), posted, initial={"received": today})
    context: dict[str, Any] = {"form": form}
    if posted is None:
        return render(visit.request, "persons/new.html", context)
    if not form.is_valid():
        return render(visit.request, "persons/new.html", context, status=400)
    given = form.cleaned_data
    try:
        asked = kept.Asked(
            person=read_query(form.described()),
            kind=RightsKind(given["kind"]),
            origin=Origin(given["origin"]),
            received_at=form.received_at(visit.node.clock()),
            contact=given["contact"],
            words=given["words"],
            wish=given["wish"],
        )
        kept.register_request(visit.node, visit.actor, Regime(given["regime"]), asked)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "persons/new.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("persons"))


@page(*RIGHTS_OFFICERS, methods=("GET", "POST"))
def person(visit: Visit, number: str) -> HttpResponse:
    """Show a request with what was found; take it, search, ask a partner, or hand the answer out."""
    asked = visit.request.POST.get("do", "")
    code = own_code(visit, visit.request.POST if asked == "ask" else None)
    status = 200
    context: dict[str, Any] = {"code": code}
    if asked == "ask" and not code.is_valid():
        status = 400
    elif visit.request.method == "POST":
        try:
            answer = _act(visit, number, asked)
        except ComityError as error:
            context["refusal"], status = refusal(error), status_of(error)
        else:
            return answer or HttpResponseRedirect(reverse("person-asks", args=[number]))
    shown = kept.show_request(visit.node, visit.actor, number)
    context |= {"request": shown, "partners": PartnerForm(_agreements(visit, shown["regime"]))}
    return render(visit.request, "persons/request.html", context, status=status)


@page(*RIGHTS_OFFICERS, methods=("GET", "POST"))
def decision(visit: Visit, number: str) -> HttpResponse:
    """Decide a request, with the second factor."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    shown = kept.show_request(visit.node, visit.actor, number)
    found = (shown["search"] or {}).get("found", [])
    held = {each["key"]: each.get("fields", ()) for each in found if shown["kind"] == RightsKind.ACCESS}
    form, code = (
        DecisionForm([(each["key"], _named(each)) for each in found], held, posted),
        own_code(visit, posted),
    )
    context: dict[str, Any] = {"request": shown, "form": form, "code": code}
    if posted is None:
        return render(visit.request, "persons/decide.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "persons/decide.html", context, status=400)
    given = form.cleaned_data
    made = Decision(
        Outcome(given["outcome"]),
        tuple(given["told"]),
        tuple(given["others"]),
        tuple(RestrictionReason(each) for each in given["reasons"]),
        given["reasoning"],
        form.left_out(),
    )
    try:
        decide(visit.node, visit.actor, number, made)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "persons/decide.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("person-asks", args=[number]))


def _act(visit: Visit, number: str, act: str) -> HttpResponse | None:
    node, actor = visit.node, visit.actor
    if act == "take":
        kept.take(node, actor, number)
    elif act == "search":
        search_everything(node, actor, number)
    elif act == "ask":
        _ask(visit, number)
    elif act == "letter":
        letter = HttpResponse(hand_out(node, actor, number), content_type="application/jose")
        letter["Content-Disposition"] = f'attachment; filename="{number[:12]}.jws"'
        return letter
    return None


def _ask(visit: Visit, number: str) -> None:
    """Ask the partner of an agreement to search too.

    Raises:
        InputError: ``rights.agreement``.
    """
    named = visit.request.POST.get("agreement", "")
    found = next((each for each in all_standings(visit.node) if each.hash == named), None)
    partner = None if found is None else found.agreement.other(visit.node.service)
    if partner is None:
        raise InputError("rights.agreement")
    ask_partner(visit.node, visit.actor, number, partner, named)


def _agreements(visit: Visit, regime: str) -> list[tuple[str, str]]:
    found = []
    for each in all_standings(visit.node):
        partner = each.agreement.other(visit.node.service)
        if partner is not None and each.agreement.regime == regime and each.in_force_from() is not None:
            found.append((each.hash, f"{isolated_text(partner)} – {isolated_text(each.agreement.code)}"))
    return found


def _named(each: dict[str, Any]) -> str:
    """Return what stands beside the box of a finding."""
    parts = [words("search-place", each["place"]), isolated_text(each["name"][:12])]
    parts.append(gettext("said by %(service)s") % {"service": isolated_text(each["owner"])})
    if each["probability"]:
        parts.append(isolated_text(each["probability"]))
    return " – ".join(parts)
