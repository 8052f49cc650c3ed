"""The list of agreements, and one agreement with its clauses."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from comity.services.agreements.standing import stored_standing
from comity.services.agreements.views import list_agreements, summary
from comity.web.access import EVERYONE, PROOF_READERS, Visit, page


@page(*EVERYONE)
def listed(visit: Visit) -> HttpResponse:
    """Show every agreement known here, newest first."""
    found = list_agreements(visit.node)
    return render(visit.request, "agreements/list.html", {"agreements": found})


@page(*EVERYONE)
def shown(visit: Visit, agreement: str) -> HttpResponse:
    """Show one agreement: parties, signatures, validity, clauses."""
    found = stored_standing(visit.node, agreement)
    language = (get_language() or "en")[:2]
    return render(
        visit.request,
        "agreements/one.html",
        {
            "standing": found,
            "agreement": found.agreement,
            "summary": summary(visit.node, found),
            "title": getattr(found.agreement.title, language, found.agreement.title.en),
            "may_see_transfers": bool(visit.regimes(*PROOF_READERS)),
            "signatures": sorted(found.signed_at.items()),
        },
    )
