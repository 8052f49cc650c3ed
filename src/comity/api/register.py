"""How imports stand, and which rows they refused and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.services.people.service_accounts import Scope
from comity.services.register import status
from comity.services.serving import current_node

router = Router(tags=["register"])
SHOWN = 1000
"""Greatest number of row errors in one answer."""


@router.get("/imports", response=answers(list[dict[str, Any]]), summary="The latest imports")
def imports(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the latest imports, newest first."""
    bearer(request, Scope.READ_REGISTER)
    return [
        {
            **asdict(each),
            "state": each.state.value,
            "started_on": None if each.started_on is None else each.started_on.isoformat(),
        }
        for each in status.all_reports(current_node())
    ]


@router.get(
    "/imports/{identifier}/errors", response=answers(list[dict[str, Any]]), summary="Rows that were not taken"
)
def errors(request: HttpRequest, identifier: str) -> list[dict[str, Any]]:
    """Return line, column and reason of up to 1,000 faults; never a value of the file."""
    bearer(request, Scope.READ_REGISTER)
    found = []
    for line, column, reason, part in status.errors(current_node(), identifier):
        found.append({"line": line, "column": column, "reason": reason, "file": part})
        if len(found) == SHOWN:
            break
    return found
