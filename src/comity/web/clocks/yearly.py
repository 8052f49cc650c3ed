"""The figures of a year, due on 1 March, under all agreements; what is owed is stated to the partners at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.errors import InputError
from comity.services.clocks.yearly import YearState, last_year, state_year, year_report
from comity.web.access import PROOF_READERS, STATERS, Visit, page
from comity.web.clocks.statistics import STATES, lines


@page(*PROOF_READERS)
def shown(visit: Visit) -> HttpResponse:
    """Show the report of a year; without one, of the last that is over."""
    year = _year(visit.request.GET.get("year"))
    report = year_report(visit.node, visit.actor, year)
    open_ones = any(each.state is not YearState.STATED for each in report.lines)
    context: dict[str, Any] = {
        "report": report,
        "agreements": [(each, STATES.get(each.verdict or "", each.verdict)) for each in report.lines],
        "totals": [(service, lines(each)) for service, each in sorted(report.totals.items())],
        "late": any(each.state is YearState.LATE for each in report.lines),
        "before": report.year - 1,
        "may_state": open_ones and report.year <= last_year(visit.node) and bool(visit.regimes(*STATERS)),
    }
    return render(visit.request, "clocks/yearly.html", context)


@page(*STATERS, methods=("POST",))
def stated(visit: Visit) -> HttpResponse:
    """State what is owed of a year to each partner; what cannot be stated now stays owed."""
    year = _year(visit.request.POST.get("year"))
    state_year(visit.node, visit.actor, year)
    chosen = "" if year is None else f"?year={year}"
    return HttpResponseRedirect(f"{reverse('yearly-statistics')}{chosen}")


def _year(text: str | None) -> int | None:
    if not text:
        return None
    if len(text) != 4 or not (text.isascii() and text.isdecimal()):
        raise InputError("statistics.period")
    return int(text)
