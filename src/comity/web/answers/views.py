"""Release: choose, see exactly what will leave and which clause decides, confirm. Refuse: a ground, confirm."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.core.cases.messages import ReplyBody
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import RefusalGround
from comity.core.policy.law import SPECIAL_CATEGORIES
from comity.errors import ComityError, InputError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases.answer import Proposal, answer, propose_answer
from comity.services.cases.refuse import refuse
from comity.services.cases.views import show_case
from comity.services.people.actors import actor_of
from comity.web.access import RELEASERS, Visit, page
from comity.web.answers.assertions import marked
from comity.web.answers.confirm import SecondPersonForm, own_code
from comity.web.answers.forms import RefusalForm, ReleaseForm
from comity.web.answers.language import language_of
from comity.web.answers.released import fields
from comity.web.refusals import refusal, status_of
from comity.web.register.forms import LIKE, MAX_WORDS, SearchForm
from comity.web.register.views import looked_for


@page(*RELEASERS, methods=("GET", "POST"))
def release(visit: Visit, thread: str) -> HttpResponse:
    """Lead through an answer: the subject, the choice, the preview, the release."""
    posted = visit.request.POST
    shown = show_case(visit.node, visit.actor, thread)
    subject = posted.get("subject") or None
    try:
        proposal = propose_answer(visit.node, visit.actor, thread, subject)
    except InputError as error:
        if error.code != "case.subject-missing":
            raise
        return _find(visit, shown)
    context = {
        "case": shown,
        "proposal": proposal,
        "subject": subject or "",
        "offered": fields(proposal.document),
    }
    form = ReleaseForm(proposal.categories, posted if posted.get("step") in ("preview", "release") else None)
    if not form.is_bound or not form.is_valid():
        return render(
            visit.request,
            "answers/choose.html",
            {**context, "form": form},
            status=400 if form.is_bound else 200,
        )
    return _preview_or_release(visit, thread, proposal, form, context)


def _preview_or_release(
    visit: Visit, thread: str, proposal: Proposal, form: ReleaseForm, context: dict[str, Any]
) -> HttpResponse:
    releasing = visit.request.POST.get("step") == "release"
    # What was shown and what the register holds now are one, or the officer looks again before typing any code.
    changed = releasing and visit.request.POST.get("shown") != proposal.digest
    posted = visit.request.POST if releasing and not changed else None
    code = own_code(visit, posted)
    second = SecondPersonForm(visit.request, posted) if SPECIAL_CATEGORIES & set(form.chosen) else None
    context |= {
        "form": form,
        "code": code,
        "second": second,
        "leaving": fields(proposal.document, form.chosen),
    }
    context |= _deciding(visit, proposal, context["case"])
    if changed:
        return _not_released(visit, context, Refused("case.changed"))
    if not releasing:
        return render(visit.request, "answers/preview.html", context)
    confirmed = [each.is_valid() for each in (second, code) if each is not None]
    if not all(confirmed):
        return render(visit.request, "answers/preview.html", context, status=400)
    try:
        answer(
            visit.node,
            visit.actor,
            thread,
            context["subject"] or None,
            form.chosen,
            note=form.cleaned_data["note"] or None,
            assertion=marked(form.cleaned_data, ReplyBody.STATEMENTS).get("note"),
            language=language_of(form.cleaned_data),
            conditions=form.cleaned_data["conditions"] or None,
            second=actor_of(second.second) if second is not None and second.second is not None else None,
            shown=proposal.digest,
            final=not form.cleaned_data["part"],
        )
    except ComityError as error:
        return _not_released(visit, context, error)
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _not_released(visit: Visit, context: dict[str, Any], error: ComityError) -> HttpResponse:
    context["refusal"] = refusal(error)
    return render(visit.request, "answers/preview.html", context, status=status_of(error))


def _deciding(visit: Visit, proposal: Proposal, shown: dict[str, Any]) -> dict[str, Any]:
    """Return the agreement whose clause decides, and the stricter of its handling code and the entry's."""
    agreement = stored_standing(visit.node, shown["agreement"]).agreement
    clause = agreement.clause(shown["clause"])
    handling = proposal.subject.marks.handling
    narrowed = handling if clause is None else handling.narrowed(clause.handling)
    return {"agreement_code": agreement.code, "handling": narrowed}


def _find(visit: Visit, shown: dict[str, Any]) -> HttpResponse:
    """Let the officer find the described person in the register; the search is recorded with the case as its reason."""
    regimes, reason = [Regime(shown["regime"])], f"case {shown['thread']}"
    posted = visit.request.POST
    typed = posted.get("step") == "find"
    words = posted.get("words", "") if typed else str(shown["request"].get("about") or "")[:MAX_WORDS]
    given = {"words": words, "manner": posted.get("manner", LIKE), "reason": reason}
    form = SearchForm(regimes, given if words.strip() else None)
    context: dict[str, Any] = {"case": shown, "thread": shown["thread"], "form": form}
    if form.is_bound and form.is_valid():
        try:
            context |= {"searched": True, **looked_for(visit, form)}
        except InputError as error:
            context |= {"refusal": refusal(error)} if typed else {}
        except Refused as error:  # the index is being built: the page stays, exact words can be searched
            context["refusal"] = refusal(error)
    return render(visit.request, "answers/find.html", context)


@page(*RELEASERS, methods=("GET", "POST"))
def turn_down(visit: Visit, thread: str) -> HttpResponse:
    """Refuse a request with a ground from the closed list."""
    shown = show_case(visit.node, visit.actor, thread)
    posted = visit.request.POST if visit.request.method == "POST" else None
    form, code = RefusalForm(posted), own_code(visit, posted)
    context: dict[str, Any] = {"case": shown, "form": form, "code": code}
    if posted is None:
        return render(visit.request, "answers/refuse.html", context)
    if not form.is_valid() or not code.is_valid():
        return render(visit.request, "answers/refuse.html", context, status=400)
    ground = RefusalGround(form.cleaned_data["ground"])
    try:
        refuse(visit.node, visit.actor, thread, ground, reason=form.cleaned_data["reason"] or None)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "answers/refuse.html", context, status=status_of(error))
    return HttpResponseRedirect(reverse("case", args=[thread]))
