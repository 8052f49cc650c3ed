"""What is overdue with each partner, and how the others ended: the list that the partner's desk shows too."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from comity.core.codes.exchange import Regime
from comity.services.evidence.alarms import open_alarms
from comity.services.identification.overdue import DISPUTED, overview
from comity.web.access import ASKERS, CASE_READERS, Visit, page


@page(*CASE_READERS)
def identifications(visit: Visit) -> HttpResponse:
    """Show the lists of the regime of return; to who does not work there, that there is nothing for them."""
    mine = Regime.RETURN_IDENTIFICATION in visit.regimes(*CASE_READERS)
    context = {
        "mine": mine,
        "pairs": overview(visit.node, visit.actor) if mine else [],
        "disputed": mine and any(one.code == DISPUTED for one in open_alarms(visit.node)),
        "may_ask": Regime.RETURN_IDENTIFICATION in visit.regimes(*ASKERS),
    }
    return render(visit.request, "identification/overdue.html", context)
