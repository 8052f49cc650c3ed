"""Give information unasked: written by an officer; what describes a person is released by an approver, as in an answer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.cases.information import InformationBody
from comity.core.codes.exchange import Act
from comity.core.codes.marks import SILENT_COMPLETENESS, Completeness, DataCategory
from comity.errors import ComityError, Refused
from comity.services.cases.access import find_thread
from comity.services.cases.thread.inform import inform
from comity.services.cases.thread.offered import Offered, propose_information
from comity.web.access import ASKERS, RELEASERS, Visit, page
from comity.web.agreements.permitted import Ground, chosen, grounds
from comity.web.answers.assertions import marked
from comity.web.answers.confirm import own_code
from comity.web.answers.forms import ChosenForm
from comity.web.answers.language import language_of
from comity.web.answers.released import fields
from comity.web.information.forms import InformationForm
from comity.web.people.confirm import confirmation, confirmed
from comity.web.refusals import refusal, status_of

WRITE, CHOOSE, PREVIEW = "information/write.html", "information/choose.html", "information/preview.html"
_STEPS = ("write", "choose", "preview", "release")


@page(*ASKERS, methods=("GET", "POST"))
def inform_partner(visit: Visit) -> HttpResponse:
    """Lead through information that nobody asked for: the words, the choice, the preview, the release."""
    posted = visit.request.POST
    subject = posted.get("subject", "")
    found = grounds(visit, Act.INFORM, *(RELEASERS if subject else ASKERS))
    begun = {"cites": posted.get("cites", ""), "case": posted.get("case", "")}
    form = InformationForm(found, posted if posted.get("step") in _STEPS else None, initial=begun)
    context: dict[str, Any] = {"form": form, "subject": subject, "possible": bool(found) or form.is_bound}
    context["may_release"] = bool(visit.regimes(*RELEASERS))
    # Without a person it leaves from this page; about a person it leaves from the preview, which asks for itself.
    context["code"] = code = None if subject else confirmation(visit, begun=not form.is_bound)
    if not form.is_bound:
        return render(visit.request, WRITE, context)
    given = [form.is_valid(), confirmed(code)]
    if not all(given):
        return render(visit.request, WRITE, {**context, "code": None if given[1] else code}, status=400)
    context["code"] = None
    try:
        ground = chosen(found, form.cleaned_data["ground"])
        context |= {"ground": ground, "agreement_code": ground.standing.agreement.code}
        if not subject:
            return _opened(_tell(visit, ground, form))
        reason = f"information: {form.cleaned_data['matter']}"
        offered = propose_information(
            visit.node, visit.actor, ground.standing.hash, ground.purpose, subject, reason
        )
    except ComityError as error:
        return _not_given(visit, WRITE, context, error)
    return _choose(visit, ground, offered, context)


def _choose(visit: Visit, ground: Ground, offered: Offered, context: dict[str, Any]) -> HttpResponse:
    step = visit.request.POST.get("step")
    tell = ChosenForm(offered.categories, visit.request.POST if step in ("preview", "release") else None)
    context |= {"tell": tell, "offered": offered, "held": fields(offered.document)}
    if not tell.is_bound or not tell.is_valid():
        return render(visit.request, CHOOSE, context, status=400 if tell.is_bound else 200)
    releasing = step == "release"
    # What was shown and what the register holds now are one, or the officer looks again before typing any code.
    changed = releasing and visit.request.POST.get("shown") != offered.digest
    code = own_code(visit, visit.request.POST if releasing and not changed else None)
    context |= {"code": code, "leaving": fields(offered.document, tell.chosen)}
    if changed:
        return _not_given(visit, PREVIEW, context, Refused("case.changed"))
    if not releasing:
        return render(visit.request, PREVIEW, context)
    if not code.is_valid():
        return render(visit.request, PREVIEW, context, status=400)
    try:
        subject = context["subject"]
        return _opened(_tell(visit, ground, context["form"], subject, tell.chosen, offered.digest))
    except ComityError as error:
        return _not_given(visit, PREVIEW, context, error)


def _tell(
    visit: Visit,
    ground: Ground,
    form: InformationForm,
    subject: str | None = None,
    categories: list[DataCategory] | None = None,
    shown: str | None = None,
) -> str:
    given = form.cleaned_data
    return inform(
        visit.node,
        visit.actor,
        ground.partner,
        ground.standing.hash,
        ground.purpose,
        given["matter"],
        given["reasons"],
        assertions=marked(given, InformationBody.STATEMENTS),
        subject=subject,
        categories=categories or (),
        conditions=given["conditions"] or None,
        language=language_of(given),
        as_of=given["as_of"],
        completeness=Completeness(given["completeness"] or SILENT_COMPLETENESS),
        shown=shown,
        case=given["case"] or None,
        cites=cited(visit, given["cites"]),
    )


def cited(visit: Visit, number: str) -> str | None:
    """Return the thread that somebody cites by its number, in a regime of theirs; None for none.

    Raises:
        InputError: ``case.unknown``, ``case.ambiguous``.
    """
    return find_thread(visit.node, number, visit.regimes(*ASKERS)) if number.strip() else None


def _opened(thread: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _not_given(visit: Visit, template: str, context: dict[str, Any], error: ComityError) -> HttpResponse:
    context["refusal"] = refusal(error)
    return render(visit.request, template, context, status=status_of(error))
