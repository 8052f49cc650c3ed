"""Consent to a further use: asked by an officer, decided and withdrawn with the second factor."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.cases.consent import Use
from comity.core.cases.number import case_number
from comity.core.codes.exchange import Purpose, Regime, service_id
from comity.errors import ComityError
from comity.services.cases.views import show_case
from comity.services.protection.consent import ask_consent, decide_consent, withdraw_consent
from comity.web import spoken
from comity.web.access import ASKERS, CASE_READERS, RECALLERS, RELEASERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.answers.language import language_of
from comity.web.protection.forms import ConsentForm
from comity.web.refusals import refusal, status_of


@page(*CASE_READERS, methods=("GET", "POST"))
def consents(visit: Visit, thread: str) -> HttpResponse:
    """Show the consents of a thread; ask for one, decide on one, withdraw one."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    shown = show_case(visit.node, visit.actor, thread)
    asking = posted is not None and "ask" in posted
    form = ConsentForm(usable_messages(shown), posted if asking else None)
    code = own_code(visit, posted if posted is not None and not asking else None)
    regime = Regime(shown["regime"])
    context: dict[str, Any] = {
        "case": shown,
        "form": form,
        "code": code,
        "may_ask": bool(usable_messages(shown)) and regime in visit.regimes(*ASKERS),
        "may_decide": regime in visit.regimes(*RELEASERS),
        "may_withdraw": regime in visit.regimes(*RECALLERS),
    }
    if posted is None:
        return render(visit.request, "protection/consent.html", context)
    if not (form.is_valid() if asking else code.is_valid()):
        return render(visit.request, "protection/consent.html", context, status=400)
    try:
        _act(visit, thread, form)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "protection/consent.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("consents", args=[thread]))


def _act(visit: Visit, thread: str, form: ConsentForm) -> None:
    posted = visit.request.POST
    if "ask" in posted:
        given = form.cleaned_data
        recipient = service_id(given["recipient"]) if given["recipient"] else None
        use, purpose = Use(given["use"]), Purpose(given["purpose"])
        ask_consent(
            visit.node,
            visit.actor,
            thread,
            given["message"],
            use,
            purpose,
            given["reasons"],
            recipient,
            language=language_of(given),
        )
    elif "withdraw" in posted:
        withdraw_consent(visit.node, visit.actor, thread, posted.get("asked", ""))
    else:
        decide_consent(visit.node, visit.actor, thread, posted.get("asked", ""), given="give" in posted)


def usable_messages(shown: dict[str, Any], *, described: bool = False) -> list[tuple[str, str]]:
    """Return the partner's messages that may be used, newest last, by the end of their identifiers.

    Args:
        described: only those that describe a person.
    """
    return [
        (each["message"], f"{spoken.KINDS.get(each['kind'], each['kind'])} {case_number(each['message'])}")
        for each in shown["passages"]
        if each["direction"] == "in"
        and each["state"] == "held"
        and not each["to_acknowledge"]
        and (not described or _describes(shown, each))
    ]


def _describes(shown: dict[str, Any], passage: dict[str, Any]) -> bool:
    words = passage["words"] or (shown["reply"] if passage["kind"] == "reply" else None) or {}
    return words.get("subject") is not None
