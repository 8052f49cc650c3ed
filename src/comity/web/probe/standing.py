"""Standing searches at the desk: one's own, what they found anew, and their end.

What was found is shown by POST only: looking is recorded, and makes it new no more. Nothing here says for whom a search is.
"""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.services.probe.standing import keep
from comity.web.access import ASKERS, Visit, page


@page(*ASKERS)
def standing(visit: Visit) -> HttpResponse:
    """List the standing searches that run: the officer's own, and to a head of desk those of the desk."""
    rows = [each for each in keep.listed(visit.node, visit.actor) if each.ended_at is None]
    return render(visit.request, "probe/standing.html", {"rows": rows})


@page(*ASKERS, methods=("POST",))
def findings(visit: Visit, name: str) -> HttpResponse:
    """Show what a standing search found anew."""
    view, new = keep.show(visit.node, visit.actor, name)
    return render(visit.request, "probe/findings.html", {"view": view, "found": new})


@page(*ASKERS, methods=("POST",))
def end(visit: Visit, name: str) -> HttpResponse:
    """End a standing search; who was asked for is erased."""
    keep.end(visit.node, visit.actor, name)
    return HttpResponseRedirect(reverse("standing"))
