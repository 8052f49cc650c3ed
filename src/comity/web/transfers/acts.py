"""Pass on in an emergency, and give to a court: by an approver, with the second factor."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import Assertion, Role
from comity.core.codes.transfer import OverrideGround
from comity.errors import ComityError
from comity.services.cases.views import show_case
from comity.services.transfers.court import give_to_court
from comity.services.transfers.emergency import pass_on_at_once
from comity.web.access import RELEASERS, Visit, page
from comity.web.agreements.permitted import Ground, chosen, grounds
from comity.web.answers.confirm import own_code
from comity.web.answers.language import language_of
from comity.web.answers.released import fields
from comity.web.isolation import isolated_text
from comity.web.protection.consent import usable_messages
from comity.web.refusals import refusal, status_of
from comity.web.transfers.forms import CourtForm, EmergencyForm


@page(*RELEASERS, methods=("GET", "POST"))
def emergency(visit: Visit, thread: str) -> HttpResponse:
    """Pass on a partner's words before it could be asked; it is told in the same act."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    shown = show_case(visit.node, visit.actor, thread)
    found = _recipients(visit, shown)
    recipients = [(each.value, f"{isolated_text(each.partner)} – {each.words}") for each in found]
    form, code = EmergencyForm(recipients, usable_messages(shown), posted), own_code(visit, posted)
    context: dict[str, Any] = {"case": shown, "form": form, "code": code}
    if posted is None:
        return render(visit.request, "transfers/emergency.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "transfers/emergency.html", context, status=400)
    given = form.cleaned_data
    try:
        ground = chosen(found, given["recipient"])
        sent = pass_on_at_once(
            visit.node,
            visit.actor,
            thread,
            given["message"],
            ground.partner,
            ground.standing.hash,
            OverrideGround(given["ground"]),
            given["matter"],
            given["reason"],
            assertions={"matter": Assertion(given["matter_is"]), "reasons": Assertion(given["reason_is"])},
            confirmed_at=visit.node.clock(),
            language=language_of(given),
        )
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "transfers/emergency.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("case", args=[sent]))


@page(*RELEASERS, methods=("GET", "POST"))
def court(visit: Visit, thread: str) -> HttpResponse:
    """Show a partner's words for a court, once the partner has permitted it."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    shown = show_case(visit.node, visit.actor, thread)
    form, code = CourtForm(usable_messages(shown), posted), own_code(visit, posted)
    context: dict[str, Any] = {"case": shown, "form": form, "code": code}
    if posted is None:
        return render(visit.request, "transfers/court.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "transfers/court.html", context, status=400)
    given = form.cleaned_data
    try:
        words = give_to_court(
            visit.node, visit.actor, thread, given["message"], given["court"], given["proceedings"]
        )
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "transfers/court.html", context, status=status_of(error))
    context |= {"given": given, "words": words, "leaving": fields(words.get("subject") or {})}
    return render(visit.request, "transfers/court.html", context)


def _recipients(visit: Visit, shown: dict[str, Any]) -> list[Ground]:
    """Return the clauses under which anybody else may be told for the purpose for which it came."""
    regime, purpose = Regime(shown["regime"]), Purpose(shown["purpose"])
    return [
        each
        for each in grounds(visit, Act.INFORM, Role.APPROVER)
        if each.standing.agreement.regime is regime
        and each.purpose is purpose
        and each.partner != shown["partner"]
    ]
