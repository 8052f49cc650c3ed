"""How messages stand with each partner, without what they say; and, after a restore, fetching what was lost."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.errors import ComityError, PeerError, Refused
from comity.services.exchange.fetch import fetch_missing
from comity.services.exchange.missing import RecoveryView, find_missing, note_missing, recoveries
from comity.services.exchange.status import LaneStatus, disputed, lanes, unacknowledged
from comity.web.access import STATERS, Visit, page
from comity.web.refusals import refusal, status_of, told


@page(*STATERS, methods=("GET", "POST"))
def messages(visit: Visit) -> HttpResponse:
    """Show each queue and why it waits; on demand ask a partner what a restore lost, or fetch it again."""
    came: dict[str, Any] = {}
    status = 200
    if visit.request.method == "POST":
        try:
            came = _asked(visit)
        except ComityError as error:
            came, status = {"refusal": refusal(error)}, status_of(error)
    return render(visit.request, "exchange/messages.html", _standing(visit) | came, status=status)


def _standing(visit: Visit) -> dict[str, Any]:
    mine = {each.value for each in visit.regimes(*STATERS)}
    node = visit.node
    return {
        "queues": [(each, _why(each)) for each in lanes(node) if each.regime in mine],
        "late": [each for each in unacknowledged(node) if each.regime in mine],
        "disputed": [each for each in disputed(node) if each.regime in mine],
        "lost": [each for each in recoveries(node) if each.regime in mine],
        "administers": {each.value for each in visit.regimes(Role.ADMINISTRATOR)},
    }


def _why(lane: LaneStatus) -> str:
    """Return in words why the last attempt failed."""
    return "" if not lane.failures or lane.last_code is None else told(lane.last_code)


def _asked(visit: Visit) -> dict[str, Any]:
    """Ask what is missing, or fetch it, for one partner and regime of those that the last restore left to be asked."""
    row = _chosen(visit)
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    if regime not in visit.regimes(Role.ADMINISTRATOR):
        raise Refused("actor.role")
    if visit.request.POST.get("do") == "fetch":
        return {"fetched": fetch_missing(visit.node, visit.channels, partner, regime, row.since), "row": row}
    found = find_missing(visit.node, visit.channels, partner, regime, row.since)
    note_missing(visit.node, partner, regime, row.since, found)
    return {"found": found, "row": row}


def _chosen(visit: Visit) -> RecoveryView:
    named = (visit.request.POST.get("partner"), visit.request.POST.get("regime"))
    for row in recoveries(visit.node):
        if (row.partner, row.regime) == named:
            return row
    raise PeerError("partner.unknown")
