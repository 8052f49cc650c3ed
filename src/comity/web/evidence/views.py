"""The state of the evidence, and its verification on demand."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from comity.services.evidence.alarms import open_alarms
from comity.services.evidence.verify import log_status, verify
from comity.web.access import PROOF_READERS, Visit, page


@page(*PROOF_READERS, methods=("GET", "POST"))
def evidence(visit: Visit) -> HttpResponse:
    """Show every log; on demand recompute the whole evidence from what is stored."""
    regimes = visit.regimes(*PROOF_READERS)
    context: dict[str, Any] = {
        "logs": log_status(visit.node, regimes),
        "alarms": open_alarms(visit.node, regimes),
    }
    if visit.request.method == "POST":
        context["verification"] = verify(visit.node)
    return render(visit.request, "evidence/status.html", context)
