"""Ask for an identification: whom, then exactly what is told, the files, two persons who stand for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.codes.exchange import Act, Regime
from comity.errors import ComityError, Refused
from comity.services.identification.request import Particulars, ask, propose
from comity.services.people.actors import actor_of
from comity.web.access import ASKERS, Visit, page
from comity.web.agreements.permitted import Ground, chosen, grounds, grouped
from comity.web.answers.confirm import SecondPersonForm, own_code
from comity.web.answers.released import fields
from comity.web.identification.forms import AskForm, SubjectForm
from comity.web.refusals import refusal, status_of


@page(*ASKERS, methods=("GET", "POST"))
def new(visit: Visit) -> HttpResponse:
    """Lead through a request for identification."""
    found = [
        each
        for each in grounds(visit, Act.REQUEST, *ASKERS)
        if each.standing.agreement.regime is Regime.RETURN_IDENTIFICATION
    ]
    posted = visit.request.POST
    if not posted.get("subject"):
        return _whom(visit, SubjectForm(grouped(found)), found)
    given = {
        "subject": posted["subject"],
        "ground": posted.get("ground") or (found[0].value if found else ""),
    }
    whom = SubjectForm(grouped(found), given)
    if not whom.is_valid():
        return _whom(visit, whom, found, status=400)
    try:
        ground = chosen(found, whom.cleaned_data["ground"])
        person = propose(visit.node, visit.actor, ground.standing.hash, whom.cleaned_data["subject"])
    except ComityError as error:
        return _whom(visit, whom, found, status=status_of(error), refusal=refusal(error))
    return _ask(visit, ground, person)


def _ask(visit: Visit, ground: Ground, person: Particulars) -> HttpResponse:
    posted = visit.request.POST if visit.request.POST.get("step") == "send" else None
    country = visit.node.config.country
    start = {
        "categories": sorted(person.categories),
        "presumed": ground.partner[:2],
        "issuing": country,
    }
    form = AskForm(person.categories, posted, visit.request.FILES if posted else None, initial=start)
    code = own_code(visit, posted)
    second = SecondPersonForm(visit.request, posted)
    context: dict[str, Any] = {
        "form": form,
        "code": code,
        "second": second,
        "ground": ground,
        "person": person,
        "told": fields(person.document),
    }
    if posted is None:
        return render(visit.request, "identification/ask.html", context)
    valid = [form.is_valid(), second.is_valid(), code.is_valid()]
    if not all(valid) or second.second is None:
        return render(visit.request, "identification/ask.html", context, status=400)
    try:
        thread = _send(visit, ground, person, form, second)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "identification/ask.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _send(visit: Visit, ground: Ground, person: Particulars, form: AskForm, second: SecondPersonForm) -> str:
    # What was shown and what the register holds now are one; the ticked categories are told of it.
    if visit.request.POST.get("shown") != person.digest:
        raise Refused("case.changed")
    narrowed = propose(visit.node, visit.actor, ground.standing.hash, person.subject, form.chosen)
    return ask(
        visit.node,
        visit.actor,
        ground.standing.hash,
        person.subject,
        form.circumstances,
        form.files_given,
        form.chosen,
        second=None if second.second is None else actor_of(second.second),
        shown=narrowed.digest,
    )


def _whom(
    visit: Visit, form: SubjectForm, found: list[Ground], *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, "possible": bool(found), **more}
    return render(visit.request, "identification/whom.html", context, status=status)
