"""The statistics of an agreement, as both nodes count them, and stating them to the partner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from comity.core.cases.statistics import Figures
from comity.errors import ComityError
from comity.services.agreements.standing import all_standings
from comity.services.clocks.statistics import figures, state, statements
from comity.web import isolation
from comity.web.access import PROOF_READERS, STATERS, Visit, page
from comity.web.clocks.forms import PeriodForm
from comity.web.refusals import refusal, status_of

STATES = {"disputed": "disputed-figures"}
"""A receipt can be disputed too, in other words."""


@page(*PROOF_READERS)
def shown(visit: Visit) -> HttpResponse:
    """Show the figures of an agreement and a period."""
    agreements = _agreements(visit)
    form = PeriodForm(agreements, visit.request.GET if "agreement" in visit.request.GET else None)
    if not form.is_bound:
        today = visit.node.clock().date()
        first = today.replace(month=1, day=1)
        form = PeriodForm(agreements, initial={"first": first, "last": max(first, today - timedelta(days=1))})
    context: dict[str, Any] = {"form": form, "may_state": bool(visit.regimes(*STATERS))}
    if not form.is_bound:
        return render(visit.request, "clocks/statistics.html", context)
    if not form.is_valid():
        return render(visit.request, "clocks/statistics.html", context, status=400)
    agreement = form.cleaned_data["agreement"]
    try:
        found = figures(visit.node, visit.actor, agreement, form.period)
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(visit.request, "clocks/statistics.html", context, status=status_of(error))
    context |= {
        "figures": [(service, lines(each)) for service, each in sorted(found.items())],
        "statements": [
            {**each, "state": STATES.get(each["verdict"], each["verdict"])}
            for each in statements(visit.node, visit.actor, agreement)
        ],
        "over": form.period.before <= visit.node.clock(),
    }
    return render(visit.request, "clocks/statistics.html", context)


@page(*STATERS, methods=("POST",))
def stated(visit: Visit) -> HttpResponse:
    """State the figures of a period to the partner, who recomputes them."""
    form = PeriodForm(_agreements(visit), visit.request.POST)
    if not form.is_valid():
        return HttpResponseRedirect(reverse("statistics"))
    state(visit.node, visit.actor, form.cleaned_data["agreement"], form.period)
    again = {name: visit.request.POST[name] for name in form.fields}
    return HttpResponseRedirect(f"{reverse('statistics')}?{urlencode(again)}")


def _agreements(visit: Visit) -> list[tuple[str, str]]:
    """Return the agreements of the officer's regimes, newest first."""
    regimes = visit.regimes(*PROOF_READERS)
    return [
        (each.hash, isolation.isolated_text(each.agreement.code))
        for each in all_standings(visit.node)
        if each.agreement.regime in regimes
    ]


def lines(found: Figures) -> dict[str, Any]:
    """Return the figures as the page shows them; grounds as pairs of code and number."""
    return {
        "requests": found.requests,
        "answered": found.answered,
        "late": found.late,
        "refused": [(ground.value, number) for ground, number in sorted(found.refused.items())],
        "refused_late": found.refused_late,
        "extended": [(ground.value, number) for ground, number in sorted(found.extended.items())],
        "explained": [(ground.value, number) for ground, number in sorted(found.explained.items())],
        "overdue": found.overdue,
        "median": None if found.median_seconds is None else timedelta(seconds=found.median_seconds),
    }
