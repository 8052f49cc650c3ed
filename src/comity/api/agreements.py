"""Read the agreements."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.services.agreements.standing import find_agreement
from comity.services.agreements.views import list_agreements, show_agreement
from comity.services.people.service_accounts import Scope
from comity.services.serving import current_node
from comity.services.transfers.status import flows

router = Router(tags=["agreements"])


@router.get("", response=answers(list[dict[str, Any]]), summary="Every agreement known here, newest first")
def agreements(request: HttpRequest) -> list[dict[str, Any]]:
    """Return one line for each agreement of the account's regime."""
    account = bearer(request, Scope.READ_AGREEMENTS)
    return [
        each.document() for each in list_agreements(current_node()) if each.regime == account.regime.value
    ]


@router.get(
    "/{agreement}/transfers",
    response=answers(dict[str, Any]),
    summary="On which ground each direction stands now, or what is missing",
)
def transfers(request: HttpRequest, agreement: str) -> dict[str, Any]:
    """Return what has changed in the status of the parties, and how each direction stands, purpose by purpose."""
    account = bearer(request, Scope.READ_AGREEMENTS)
    node = current_node()
    return flows(node, account.actor, find_agreement(node, agreement))


@router.get("/{agreement}", response=answers(dict[str, Any]), summary="One agreement")
def agreement(request: HttpRequest, agreement: str) -> dict[str, Any]:
    """Return an agreement by its code or the beginning of its hash, with how it stands and its text."""
    bearer(request, Scope.READ_AGREEMENTS)
    node = current_node()
    return show_agreement(node, find_agreement(node, agreement))
