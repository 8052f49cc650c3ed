"""Questions, clarifications, acknowledged conditions, notices read; and the negative answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.cases.thread import NegativeResult
from comity.errors import ComityError, InputError
from comity.services.cases.access import known_case
from comity.services.cases.thread.acknowledge import acknowledge
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.inform import close_information
from comity.services.cases.thread.negative import answer_negative
from comity.services.cases.views import show_case
from comity.services.protection.outstanding import take_note
from comity.web.access import CASE_READERS, RELEASERS, Visit, page
from comity.web.answers.assertions import posted_mark
from comity.web.answers.confirm import own_code
from comity.web.answers.language import language_of
from comity.web.protection.forms import NegativeForm
from comity.web.refusals import refusal, status_of


@page(*CASE_READERS, methods=("POST",))
def say(visit: Visit, thread: str) -> HttpResponse:
    """Do one thing inside a thread and come back to it; each is checked again by its service."""
    known_case(visit.node, visit.actor, thread)
    posted = visit.request.POST
    text, named = posted.get("text", ""), posted.get("message", "")
    acts: dict[str, Callable[[], object]] = {
        "ask": lambda: ask_clarification(visit.node, visit.actor, thread, text, language=language_of(posted)),
        "clarify": lambda: clarify(
            visit.node,
            visit.actor,
            thread,
            text,
            named or None,
            assertion=posted_mark(posted.get("text_is", ""), "answer"),
            language=language_of(posted),
        ),
        "acknowledge": lambda: acknowledge(visit.node, visit.actor, thread, named),
        "file": lambda: close_information(visit.node, visit.actor, thread),
        "note": lambda: take_note(visit.node, visit.actor, _number(posted.get("notice", ""))),
    }
    for name, act in acts.items():
        if name in posted:
            act()
    return HttpResponseRedirect(reverse("case", args=[thread]))


@page(*RELEASERS, methods=("GET", "POST"))
def negative(visit: Visit, thread: str) -> HttpResponse:
    """Answer, with the second factor, that nothing was found."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form, code = NegativeForm(posted), own_code(visit, posted)
    context: dict[str, Any] = {"case": show_case(visit.node, visit.actor, thread), "form": form, "code": code}
    if posted is None:
        return render(visit.request, "protection/negative.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "protection/negative.html", context, status=400)
    try:
        answer_negative(visit.node, visit.actor, thread, NegativeResult(form.cleaned_data["result"]))
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "protection/negative.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _number(text: str) -> int:
    """Return the notice that a form names.

    Raises:
        InputError: ``protection.unknown``.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InputError("protection.unknown")
    return int(text)
