"""A case of ours ends in acquittal or is dropped: first what would be erased, then, with the second factor, the erasure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from comity.core.cases.messages import MAX_LINE
from comity.core.cases.protection import CaseOutcome
from comity.errors import ComityError
from comity.services.cases.conclude import conclude, foresee
from comity.services.register.accountable import MAX_REASON
from comity.web import spoken
from comity.web.access import RECALLERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.refusals import refusal, status_of

_LINE = {"dir": "auto", "autocomplete": "off"}
PAGE = "protection/conclude.html"


class CaseForm(forms.Form):
    """Which case of ours."""

    case = forms.CharField(
        label=_("Number of your case"),
        help_text=_("As it stood in your requests."),
        max_length=MAX_LINE,
        widget=forms.TextInput(attrs=_LINE),
    )


class ConclusionForm(forms.Form):
    """How it ended, by which decision, and what of our own register goes too."""

    outcome = forms.ChoiceField(
        label=_("How did it end?"),
        widget=forms.RadioSelect,
        choices=[(each.value, words) for each, words in spoken.OUTCOMES.items()],
    )
    reason = forms.CharField(
        label=_("Judgment or decision"),
        help_text=_("For your own file; the partner is told an ordinary ground, not the outcome."),
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs=_LINE),
    )
    subjects = forms.CharField(
        label=_("Entries of our register that were held for this case only"),
        help_text=_("Their identifiers, one on each line; empty if there are none."),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(
            attrs={"rows": "2", "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


@page(*RECALLERS, methods=("GET", "POST"))
def conclusion(visit: Visit) -> HttpResponse:
    """Show what would be erased, here and at every partner; erase it."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    named = CaseForm(posted)
    context: dict[str, Any] = {"named": named}
    if posted is None:
        return render(visit.request, PAGE, context)
    if not named.is_valid():
        return render(visit.request, PAGE, context, status=400)
    case, only_looks = named.cleaned_data["case"], "look" in posted
    form, code = (
        ConclusionForm(None if only_looks else posted),
        own_code(visit, None if only_looks else posted),
    )
    context |= {"case": case, "form": form, "code": code}
    try:
        context["lines"] = foresee(visit.node, visit.actor, case)
        if only_looks:
            return render(visit.request, PAGE, context)
        if not form.is_valid() or not code.is_valid():
            return render(visit.request, PAGE, context, status=400)
        context["made"] = _conclude(visit, case, form.cleaned_data)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, PAGE, context, status=status_of(error))
    return render(visit.request, PAGE, context)


def _conclude(visit: Visit, case: str, said: dict[str, Any]) -> Any:
    uids = said["subjects"].split()
    return conclude(
        visit.node, visit.actor, case, CaseOutcome(said["outcome"]), said["reason"], subjects=frozenset(uids)
    )
