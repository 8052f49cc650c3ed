"""The inbox: what is new, who holds it, how much time is left."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from comity.services.cases.inbox import list_cases, unread_outcomes
from comity.services.clocks.remind import reminders
from comity.services.clocks.yearly import owed
from comity.services.probe.standing import keep
from comity.services.watch import approve
from comity.services.watch.noticed import listed
from comity.web.access import ASKERS, CASE_READERS, EVERYONE, OVERSEERS, Visit, page
from comity.web.context import ENTRIES

SHOWN = 200
"""Greatest number of cases on the page, open ones first."""


@page(*EVERYONE)
def start(visit: Visit) -> HttpResponse:
    """Lead to the first page that the roles open: an administrator has no inbox."""
    entry = next(each for each in ENTRIES if each.is_for(visit.actor.roles))
    return HttpResponseRedirect(reverse(entry.name))


@page(*CASE_READERS)
def inbox(visit: Visit) -> HttpResponse:
    """Show the cases of the officer's regimes, the most pressing first."""
    wanted = "all" if visit.request.GET.get("show") == "all" else "open"
    ended = unread_outcomes(visit.node, visit.actor, limit=SHOWN) if visit.regimes(*ASKERS) else []
    to_read = {row.thread for row in ended}
    cases = list_cases(visit.node, visit.actor, open_only=wanted == "open", limit=SHOWN)
    found = [*ended, *(row for row in cases if row.thread not in to_read)]
    return render(
        visit.request,
        "inbox/list.html",
        {
            "rows": found,
            "to_read": to_read,
            "wanted": wanted,
            "unread": sum(1 for row in found if row.unread),
            "late": sum(1 for row in found if row.clock.late and row.clock.left is not None),
            "reminders": reminders(visit.node, visit.actor),
            "owed": owed(visit.node, visit.actor),
            "findings": keep.with_news(visit.node, visit.actor),
            "standing_out": len(listed(visit.node, visit.actor)) if visit.regimes(*OVERSEERS) else 0,
            "waiting": approve.listed(visit.node, visit.actor),
            "may_ask": bool(visit.regimes(*ASKERS)),
        },
    )
