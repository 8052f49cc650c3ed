"""The request form: begun from a hit or empty, kept as a sealed draft while it is written, then sent.

Sending asks for the second factor, unless it was given within the last five minutes; what was written stays.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from comity.core.cases.messages import RequestBody, UrgencyGround
from comity.core.codes.exchange import Act
from comity.core.codes.marks import DataCategory, SubjectCategory, Urgency
from comity.errors import ComityError
from comity.services.cases.request import NeedsSecond, open_request
from comity.services.people import desk
from comity.services.watch.approve import lay_before
from comity.web.access import ASKERS, Visit, page
from comity.web.agreements.permitted import Ground, chosen, grounds
from comity.web.answers.assertions import marked
from comity.web.answers.language import language_of
from comity.web.information.views import cited
from comity.web.people.confirm import confirmation, confirmed
from comity.web.refusals import refusal, status_of
from comity.web.requests.forms import RequestForm

DRAFT = "request"
BEGIN = ("ground", "reference", "case", "offence", "subject_category", "cites")
"""What a hit, or information that was given, hands over to the form."""


@page(*ASKERS, methods=("GET", "POST"))
def request(visit: Visit) -> HttpResponse:
    """Show the form, or send the request and open its case."""
    found = grounds(visit, Act.REQUEST, *ASKERS)
    posted = visit.request.POST
    if visit.request.method != "POST" or posted.get("step") == "begin":
        draft = {} if posted else dict(desk.draft(visit.node, visit.officer, DRAFT) or {})
        start: dict[str, Any] = {
            "language": visit.officer.language,
            "urgency": Urgency.ORDINARY.value,
            **draft,
        }
        start.update({name: posted[name] for name in BEGIN if name in posted})
        form = RequestForm(found, initial=start)
        return _form(visit, form, bool(found), restored=bool(draft), code=confirmation(visit, begun=True))
    if not found:
        # The form is gone, what was typed is not.
        desk.keep_draft(visit.node, visit.officer, DRAFT, draft_of(visit.request))
    form, code = RequestForm(found, posted), confirmation(visit)
    # Both are looked at, so that all mistakes show at once; a right code counts, whatever else is wrong.
    given = [form.is_valid(), confirmed(code)]
    if not all(given):
        return _form(visit, form, bool(found), status=400, code=None if given[1] else code)
    ground = chosen(found, form.cleaned_data["ground"])
    try:
        thread = _send(visit, ground, form)
    except NeedsSecond as held:
        waiting = lay_before(visit.node, visit.actor, held.ready)
        desk.drop_draft(visit.node, visit.officer, DRAFT)
        return HttpResponseRedirect(reverse("waiting-one", args=[waiting]))
    except ComityError as error:
        return _form(visit, form, True, status=status_of(error), refusal=refusal(error), code=None)
    desk.drop_draft(visit.node, visit.officer, DRAFT)
    return HttpResponseRedirect(reverse("case", args=[thread]))


def _send(visit: Visit, ground: Ground, form: RequestForm) -> str:
    given = form.cleaned_data
    return open_request(
        visit.node,
        visit.actor,
        ground.partner,
        ground.standing.hash,
        ground.purpose,
        given["case"],
        given["reference"] or None,
        given["facts"],
        offence=given["offence"],
        reasons=given["reasons"],
        link=given["link"],
        subject_category=SubjectCategory(given["subject_category"]),
        assertions=marked(given, RequestBody.STATEMENTS),
        urgency=Urgency(given["urgency"]),
        urgency_ground=UrgencyGround(given["urgency_ground"]) if given["urgency_ground"] else None,
        urgency_reason=given["urgency_reason"] or None,
        categories=[DataCategory(each) for each in given["categories"]],
        about=given["about"] or None,
        restrictions=given["restrictions"] or None,
        language=language_of(given),
        cites=cited(visit, given["cites"]),
    )


@page(*ASKERS, methods=("POST",))
def keep_draft(visit: Visit) -> HttpResponse:
    """Keep, sealed, what has been written so far; nothing of it is checked."""
    desk.keep_draft(visit.node, visit.officer, DRAFT, draft_of(visit.request))
    return HttpResponse(gettext("Draft kept."))


def draft_of(http: HttpRequest) -> dict[str, Any]:
    """Return the fields of the form as they stand, cut to what the form takes at most."""
    fields = RequestForm.base_fields
    return {
        name: http.POST.getlist(name) if name == "categories" else http.POST.get(name, "")[:8000]
        for name in fields
        if name in http.POST
    }


def _form(visit: Visit, form: RequestForm, possible: bool, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(
        visit.request, "requests/form.html", {"form": form, "possible": possible, **more}, status=status
    )
