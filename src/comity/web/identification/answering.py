"""Answer a request for identification: the result, who it is if that is told, the confirmation of two persons."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.codes.exchange import Regime
from comity.core.identification.messages import Result, ResultGround
from comity.errors import ComityError, Refused
from comity.services.cases.views import show_case
from comity.services.identification.answer import answer_identification, needs_second, propose_identity
from comity.services.identification.person import Identity
from comity.services.people.actors import actor_of
from comity.web.access import RELEASERS, Visit, page
from comity.web.answers.confirm import SecondPersonForm, own_code
from comity.web.answers.released import fields
from comity.web.identification.forms import AnswerForm
from comity.web.refusals import refusal, status_of


@page(*RELEASERS, methods=("GET", "POST"))
def answer(visit: Visit, thread: str) -> HttpResponse:
    """Choose the result, see exactly what leaves, confirm."""
    shown = show_case(visit.node, visit.actor, thread)
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = AnswerForm(posted)
    context: dict[str, Any] = {"case": shown, "form": form}
    if shown["regime"] != Regime.RETURN_IDENTIFICATION:
        context["refusal"] = refusal(Refused("identification.other"))
    if posted is None or not form.is_valid():
        return render(
            visit.request, "identification/answer.html", context, status=200 if posted is None else 400
        )
    try:
        return _preview_or_answer(visit, thread, form, context)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "identification/answer.html", context, status=status_of(error))


def _preview_or_answer(visit: Visit, thread: str, form: AnswerForm, context: dict[str, Any]) -> HttpResponse:
    given = form.cleaned_data
    result, subject = Result(given["result"]), given["subject"] or None
    person = (
        None if subject is None else propose_identity(visit.node, visit.actor, thread, subject, form.chosen)
    )
    answering = visit.request.POST.get("step") == "answer"
    posted = visit.request.POST if answering else None
    grounds = [ResultGround(each) for each in given["grounds"]]
    needed = needs_second(visit.node, thread, result, grounds)
    second = SecondPersonForm(visit.request, posted) if needed else None
    code = own_code(visit, posted)
    context |= {"second": second, "code": code, "person": person, "preview": True}
    context["told"] = [] if person is None or person.document is None else fields(person.document)
    if not answering:
        return render(visit.request, "identification/confirm.html", context)
    # Both are looked at, so that all mistakes show at once.
    valid = [each.is_valid() for each in (second, code) if each is not None]
    if not all(valid):
        return render(visit.request, "identification/confirm.html", context, status=400)
    try:
        _send(visit, thread, form, person, second)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "identification/confirm.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _send(
    visit: Visit, thread: str, form: AnswerForm, person: Identity | None, second: SecondPersonForm | None
) -> None:
    given = form.cleaned_data
    answer_identification(
        visit.node,
        visit.actor,
        thread,
        Result(given["result"]),
        [ResultGround(each) for each in given["grounds"]],
        subject=given["subject"] or None,
        categories=form.chosen,
        none_held=given["none_held"],
        second=actor_of(second.second) if second is not None and second.second is not None else None,
        shown=None if person is None else visit.request.POST.get("shown", ""),
    )
