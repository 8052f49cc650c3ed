"""The clocks: statistics of an agreement, and the cases whose time runs out. A person states figures to the partner."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.core.cases.statistics import days
from comity.services.agreements.standing import find_agreement
from comity.services.clocks.remind import reminders_of
from comity.services.clocks.statistics import figures_document, figures_of, statements_of
from comity.services.people.service_accounts import Scope
from comity.services.serving import current_node

router = Router(tags=["clocks"])

Agreement = Annotated[
    str, Query(description="Code, or the beginning of the hash.", min_length=1, max_length=64)
]
FirstDay = Annotated[
    date | None, Query(alias="from", description="First day (UTC); without it, the first of the year.")
]
LastDay = Annotated[
    date | None, Query(alias="to", description="Last day (UTC), counted; without it, the last of the year.")
]


@router.get("/statistics", response=answers(dict[str, Any]), summary="Statistics of an agreement")
def statistics(
    request: HttpRequest, agreement: Agreement, first: FirstDay = None, last: LastDay = None
) -> dict[str, Any]:
    """Count requests, answers, refusals and delays as both nodes do (Directive (EU) 2023/977 Art. 18).

    Without days: of the last calendar year that is over.
    """
    account = bearer(request, Scope.READ_EVIDENCE)
    node = current_node()
    name, period = find_agreement(node, agreement), days(first, last, node.clock().date())
    found = figures_of(node, account.regime, name, period)
    return {**figures_document(name, period, found), "statements": statements_of(node, name)}


@router.get("/reminders", response=answers(list[dict[str, Any]]), summary="Cases whose time runs out")
def reminders(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the open cases of the account's regime of which somebody was reminded, with the last step reached."""
    account = bearer(request, Scope.READ_CASES)
    return [each.document() for each in reminders_of(current_node(), account.regime)]
