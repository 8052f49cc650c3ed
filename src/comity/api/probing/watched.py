"""Which searches stand out, and how many hits are followed up: for those who oversee; a person settles it at the desk."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.person import only_a_person
from comity.services.people.service_accounts import Scope
from comity.services.serving import current_node
from comity.services.watch.noticed import listed
from comity.services.watch.ratios import ratios

router = Router(tags=["probe"])


@router.get("/anomalies", response=answers(list[dict[str, Any]]), summary="Searches that stand out")
def anomalies(request: HttpRequest, settled: bool = False) -> list[dict[str, Any]]:
    """List what stands out in the account's regime, newest first: who searched and how much, never for whom."""
    account = bearer(request, Scope.OVERSEE)
    return [each.document() for each in listed(current_node(), account.actor, settled=settled)]


@router.get("/follow-ups", response=answers(list[dict[str, Any]]), summary="How many hits are followed up")
def follow_ups(request: HttpRequest) -> list[dict[str, Any]]:
    """List, for each partner, searches, hits and follow-ups of the last ninety days, on both sides."""
    account = bearer(request, Scope.OVERSEE)
    return [each.document() for each in ratios(current_node(), account.actor)]


only_a_person(
    router,
    "POST",
    "/anomalies/{anomaly}/settle",
    Scope.OVERSEE,
    "probe_settle_anomaly",
    "a data-protection officer settles it at the desk",
)
