"""The files of a case: how far each has come; one of them, to an officer who says why; further ones, with two persons."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.codes.exchange import Regime
from comity.errors import ComityError, InputError
from comity.services.cases.inbox import list_cases
from comity.services.identification.read import files_of, open_file
from comity.services.identification.request import supplement
from comity.services.people.actors import actor_of
from comity.web.access import ASKERS, CASE_READERS, Visit, page
from comity.web.answers.confirm import SecondPersonForm, own_code
from comity.web.identification.forms import FilesForm, ReasonForm
from comity.web.refusals import refusal, status_of


@page(*CASE_READERS, methods=("GET", "POST"))
def files(visit: Visit, thread: str) -> HttpResponse:
    """Show the files of a case; hand one out, with reason and second factor, and record it first."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form, code = ReasonForm(posted), own_code(visit, posted)
    context: dict[str, Any] = {
        "thread": thread,
        "files": files_of(visit.node, visit.actor, thread),
        "form": form,
        "code": code,
        "chosen": "" if posted is None else posted.get("file", ""),
        "may_add": Regime.RETURN_IDENTIFICATION in visit.regimes(*ASKERS) and _asked(visit, thread),
    }
    if posted is None:
        return render(visit.request, "identification/files.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "identification/files.html", context, status=400)
    try:
        direction, _, number = context["chosen"].partition("-")
        found = open_file(
            visit.node,
            visit.actor,
            thread,
            _number(number),
            form.cleaned_data["reason"],
            sent=direction == "out",
        )
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "identification/files.html", context, status=status_of(error))
    answer = HttpResponse(found.octets, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


@page(*ASKERS, methods=("GET", "POST"))
def add(visit: Visit, thread: str) -> HttpResponse:
    """Send further files for an open request of ours."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = FilesForm(posted, visit.request.FILES if posted is not None else None)
    code, second = own_code(visit, posted), SecondPersonForm(visit.request, posted)
    context: dict[str, Any] = {
        "thread": thread,
        "files": files_of(visit.node, visit.actor, thread),
        "form": form,
        "code": code,
        "second": second,
    }
    if posted is None:
        return render(visit.request, "identification/add.html", context)
    valid = [form.is_valid(), second.is_valid(), code.is_valid()]
    if not all(valid) or second.second is None:
        return render(visit.request, "identification/add.html", context, status=400)
    try:
        person = actor_of(second.second)
        supplement(visit.node, visit.actor, thread, form.files_given, second=person)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "identification/add.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("files", args=[thread]))


def _asked(visit: Visit, thread: str) -> bool:
    """Whether it is an open request of ours."""
    return any(e.thread == thread for e in list_cases(visit.node, visit.actor, side="asked", open_only=True))


def _number(text: str) -> int:
    """Return the number of a file that a form names.

    Raises:
        InputError: ``attachment.unknown``.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise InputError("attachment.unknown")
    return int(text)
