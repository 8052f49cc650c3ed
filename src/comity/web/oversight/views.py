"""One page for those who oversee: look into an exchange, draw searches, and see who looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from comity.core.codes.exchange import Regime
from comity.errors import ComityError
from comity.services.oversight import shown
from comity.services.oversight.look import bundle, looks, replay
from comity.services.oversight.packed import pack
from comity.services.oversight.sample import draw
from comity.services.sentences import sentence
from comity.web.access import OVERSEERS, Visit, page
from comity.web.oversight.forms import LookForm, SampleForm
from comity.web.refusals import refusal, status_of


@page(*OVERSEERS, methods=("GET", "POST"))
def oversight(visit: Visit) -> HttpResponse:
    """Show the forms and the looks; on demand a replay, a bundle or a sample."""
    asked = visit.request.POST.get("do", "")
    posted = visit.request.POST if visit.request.method == "POST" else None
    sampling = asked == "sample"
    form = LookForm(None if sampling else posted)
    sample = SampleForm(visit.regimes(*OVERSEERS), posted if sampling else None, initial=_year(visit))
    context: dict[str, Any] = {"form": form, "sample": sample, "wrong": sample if sampling else form}
    status = 200
    if posted is not None:
        if not context["wrong"].is_valid():
            status = 400
        else:
            try:
                if asked == "bundle":
                    return _bundle(visit, form)
                context |= _drawn(visit, sample) if sampling else _replayed(visit, form)
            except ComityError as error:
                context["refusal"], status = refusal(error), status_of(error)
    context["looks"] = looks(visit.node, visit.actor)
    return render(visit.request, "oversight/page.html", context, status=status)


def _replayed(visit: Visit, form: LookForm) -> dict[str, Any]:
    found = shown.document(
        replay(visit.node, visit.actor, form.cleaned_data["subject"], form.cleaned_data["reason"])
    )
    language = (get_language() or "en")[:2]
    for each in found["findings"]:
        each["sentence"] = sentence(each["code"], language)[0]
    return {"found": found}


def _drawn(visit: Visit, form: SampleForm) -> dict[str, Any]:
    asked = form.cleaned_data
    drawn = draw(
        visit.node, visit.actor, Regime(asked["regime"]), form.period, asked["count"], asked["reason"]
    )
    return {"drawn": drawn}


def _bundle(visit: Visit, form: LookForm) -> HttpResponse:
    subject = form.cleaned_data["subject"].strip()
    octets = pack(bundle(visit.node, visit.actor, subject, form.cleaned_data["reason"]))
    answer = HttpResponse(octets, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{visit.node.service}-{subject}.zip"'
    return answer


def _year(visit: Visit) -> dict[str, Any]:
    today = visit.node.clock().date()
    return {"first": today - timedelta(days=365), "last": today, "count": 10}
