"""Search one's own register: only by POST, so that nobody's name stands in an address; every search is recorded."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from comity.core.probe.words import read_words
from comity.errors import ComityError
from comity.services.register.finding.find import find
from comity.services.register.search import search
from comity.web.access import ASKERS, RELEASERS, REVIEWERS, TIMERS, Visit, page
from comity.web.refusals import refusal, status_of
from comity.web.register.explained import explained
from comity.web.register.forms import SearchForm


@page(*ASKERS, methods=("GET", "POST"))
def register(visit: Visit) -> HttpResponse:
    """Show an empty form, or what was found and why."""
    regimes = visit.regimes(*ASKERS)
    if visit.request.method != "POST":
        return _shown(visit, SearchForm(regimes))
    form = SearchForm(regimes, visit.request.POST)
    if not form.is_valid():
        return _shown(visit, form, status=HTTPStatus.BAD_REQUEST)
    try:
        return _shown(visit, form, searched=True, **looked_for(visit, form))
    except ComityError as error:
        return _shown(visit, form, status=status_of(error), refusal=refusal(error))


def looked_for(visit: Visit, form: SearchForm) -> dict[str, Any]:
    """Return what was found, for the template.

    Raises:
        InputError, Refused: as `find` and `search` raise them.
    """
    words, reason = form.cleaned_data["words"], form.cleaned_data["reason"]
    if form.exact:
        same = search(visit.node, visit.actor, form.regime, words, reason)
        return {"same": same.subjects, "more": same.more}
    found = find(visit.node, visit.actor, form.regime, read_words(words), reason)
    return {"clusters": explained(found), "too_many": found.too_many, "looked_at": found.candidates}


def _shown(visit: Visit, form: SearchForm, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(
        visit.request,
        "register/search.html",
        {
            "form": form,
            "may_inform": _may_inform(visit),
            "may_review": bool(visit.regimes(*REVIEWERS)),
            "may_compare": bool(visit.regimes(*TIMERS)),
            **more,
        },
        status=status,
    )


def _may_inform(visit: Visit) -> bool:
    """Whether the officer releases what describes a person."""
    return bool(visit.regimes(*RELEASERS))
