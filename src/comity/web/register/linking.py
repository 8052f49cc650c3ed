"""The links of an entry: shown to who may see both ends, entered and deleted with a reason; every look is recorded."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from comity.core.codes.handling import Handling, HandlingCode, SubCode, Tlp
from comity.core.codes.marks import Assertion, InformationEvaluation, SourceEvaluation
from comity.core.faults import named
from comity.core.register.links.model import Link, LinkKind, LinkMarks
from comity.errors import ComityError, InputError
from comity.services.overlap.edge import edges_of
from comity.services.register.links.join import join, part
from comity.services.register.links.shown import links_of
from comity.web.access import ASKERS, Visit, page
from comity.web.refusals import refusal, status_of
from comity.web.register.forms import LinkForm, LookForm


@page(*ASKERS, methods=("GET", "POST"))
def links(visit: Visit) -> HttpResponse:
    """Ask which entry and why, then list its links; enter one, or delete one that proves unfounded."""
    posted = visit.request.POST if visit.request.method == "POST" else None
    step = "" if posted is None else posted.get("step", "")
    look = LookForm(posted if step else None, initial={} if posted is None else {"uid": posted.get("uid")})
    form = LinkForm(posted if step == "link" else None)
    context: dict[str, Any] = {"look": look, "form": form}
    if not step or not look.is_valid():
        return render(visit.request, "register/links.html", context, status=400 if step else 200)
    uid, reason = look.cleaned_data["uid"], look.cleaned_data["reason"]
    status = 200
    try:
        if step == "part" and posted is not None:
            part(visit.node, visit.actor, posted.get("link", ""), reason)
        elif step == "link" and form.is_valid():
            join(visit.node, visit.actor, uid, form.cleaned_data["other"], _link(form), reason)
            context["form"] = LinkForm()
        elif step == "link":
            status = 400
    except ComityError as error:
        context["refusal"], status = refusal(error), status_of(error)
    try:
        context |= {"uid": uid, "reason": reason, "links": links_of(visit.node, visit.actor, uid, reason)}
        context["edges"] = edges_of(visit.node, uid)
    except ComityError as error:
        context["refusal"], status = refusal(error), status_of(error)
    return render(visit.request, "register/links.html", context, status=status)


def _link(form: LinkForm) -> Link:
    given = form.cleaned_data
    marks = LinkMarks(
        basis=given["basis"],
        assertion=Assertion(given["basis_is"]),
        handling=_handling(given),
        source_evaluation=SourceEvaluation(given["source"]),
        information_evaluation=InformationEvaluation(given["information"]),
    )
    return Link(kind=LinkKind(given["kind"]), marks=marks)


def _handling(given: dict[str, Any]) -> Handling:
    """Return the handling that was chosen.

    Raises:
        InputError: ``register.handling``.
    """
    try:
        return Handling.of(
            HandlingCode(given["handling"]),
            [SubCode(each) for each in given["sub_codes"]],
            Tlp(given["tlp"]) if given["tlp"] else None,
        )
    except ValueError:
        raise InputError("register.handling", allowed=named(SubCode)) from None
