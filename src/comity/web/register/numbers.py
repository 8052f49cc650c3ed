"""Telephone numbers in common with a partner: offer a list, count, let one be shown (docs/protocol/overlap.md).

Each is done in the own name, with the second factor.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from comity.core.codes.exchange import Act
from comity.errors import ComityError
from comity.services.overlap.ask import comparisons, count_common
from comity.services.overlap.edge import show_edge
from comity.services.overlap.offer import offer
from comity.web.access import TIMERS, Visit, page
from comity.web.agreements.permitted import Ground, chosen, grounds
from comity.web.answers.confirm import own_code
from comity.web.refusals import refusal, status_of
from comity.web.register.forms import EdgeForm, NumbersForm

ACTS = ("offer", "count", "edge")


@page(*TIMERS, methods=("GET", "POST"))
def numbers(visit: Visit) -> HttpResponse:
    """List the comparisons; offer a list or count, or let one number in common be shown."""
    found = grounds(visit, Act.COUNT, *TIMERS)
    posted = visit.request.POST if visit.request.method == "POST" else None
    step = "" if posted is None else posted.get("step", "")
    context = _asked(visit, found, step, posted)
    status = 200
    if step in ACTS:
        status = 400
        if context["form"].is_valid() and context["code"].is_valid():
            try:
                context |= _done(visit, step, context["form"])
                context |= _asked(visit, found, "", None)
                status = 200
            except ComityError as error:
                context["refusal"], status = refusal(error), status_of(error)
    context["comparisons"] = comparisons(visit.node, visit.actor)
    return render(visit.request, "register/numbers.html", context, status=status)


def _asked(visit: Visit, found: list[Ground], step: str, posted: QueryDict | None) -> dict[str, Any]:
    """Return the form of a step: of one comparison, where a number of it is to be shown, or of a new one."""
    given = posted if step in ACTS else None
    edge = step in ("choose", "edge")
    first = {} if posted is None else {"overlap": posted.get("overlap", "")}
    form = EdgeForm(given, initial=first) if edge else NumbersForm(found, given)
    return {"form": form, "edge": edge, "possible": bool(found), "code": own_code(visit, given)}


def _done(visit: Visit, step: str, form: EdgeForm | NumbersForm) -> dict[str, Any]:
    given = form.cleaned_data
    if isinstance(form, EdgeForm):
        return {
            "shown": show_edge(visit.node, visit.channels, visit.actor, given["overlap"], given["reason"])
        }
    ground = chosen(form.grounds, given["ground"])
    where = ground.partner, ground.standing.hash, ground.purpose, given["reason"]
    if step == "offer":
        return {"offered": offer(visit.node, visit.actor, *where)}
    return {"counted": count_common(visit.node, visit.channels, visit.actor, *where)}
