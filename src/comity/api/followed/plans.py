"""Read the action plans: objectives, measures with their counters, decisions, points of contact. A person enters."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.person import only_a_person
from comity.services.people.service_accounts import Scope
from comity.services.plans.report import plans_of, report_of
from comity.services.plans.standing import find_plan
from comity.services.serving import current_node

router = Router(tags=["plans"])


@router.get("", response=answers(list[dict[str, Any]]), summary="Every plan known here, newest first")
def plans(request: HttpRequest) -> list[dict[str, Any]]:
    """Return one line for each plan of the account's regime."""
    account = bearer(request, Scope.READ_EVIDENCE)
    return plans_of(current_node(), [account.regime])


@router.get("/{plan}", response=answers(dict[str, Any]), summary="One plan, counted and followed up")
def plan(request: HttpRequest, plan: str) -> dict[str, Any]:
    """Return a plan by its code or the beginning of its hash: counters from receipts, states, decisions, contacts.

    The partner's node counts the same; `figures_digest` compares both.
    """
    account = bearer(request, Scope.READ_EVIDENCE)
    node = current_node()
    return report_of(node, [account.regime], find_plan(node, plan))


only_a_person(
    router,
    "POST",
    "/{plan}/entries",
    Scope.READ_EVIDENCE,
    "plans_enter",
    "a head of desk says at the desk how a measure stands, decides and appoints",
)
