"""What ends soon, and the decision to keep it: by the head of desk, having seen the entry, with the second factor."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from comity.errors import ComityError
from comity.services.register.read import consult
from comity.services.register.reviewing.prolong import due_for, latest, prolong
from comity.web.access import REVIEWERS, Visit, page
from comity.web.answers.confirm import own_code
from comity.web.refusals import refusal, status_of
from comity.web.register.forms import ReviewForm


@page(*REVIEWERS, methods=("GET", "POST"))
def review(visit: Visit) -> HttpResponse:
    """List what ends within ninety days; show one entry, its look recorded; keep it until another day."""
    posted = visit.request.POST
    uid = posted.get("uid", "")
    context: dict[str, Any] = {"due": due_for(visit.node, visit.actor), "latest": latest(visit.node)}
    if not uid:
        return render(visit.request, "register/review.html", context)
    keeping = posted.get("step") == "keep"
    form, code = ReviewForm(posted if keeping else None), own_code(visit, posted if keeping else None)
    context |= {"uid": uid, "form": form, "code": code}
    try:
        # Whoever decides has the entry before the eyes; that it was looked at is recorded once, with why.
        if not keeping:
            context["held"] = consult(visit.node, visit.actor, uid, gettext("review of its date"))
        elif form.is_valid() and code.is_valid():
            given = form.cleaned_data
            prolong(visit.node, visit.actor, uid, given["until"], given["reason"])
            return HttpResponseRedirect(reverse("review"))
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "register/review.html", context, status=status_of(error))
    return render(visit.request, "register/review.html", context, status=400 if keeping else 200)
