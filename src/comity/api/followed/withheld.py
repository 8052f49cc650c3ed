"""Texts of this account that the law did not let leave; and what only persons do: true grounds, the end of a case."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.person import only_a_person
from comity.services.egress.blocked import discard_draft, draft_of, drafts_of
from comity.services.people.service_accounts import Scope
from comity.services.serving import current_node

router = Router(tags=["not sent"])


class DraftOut(Schema):
    """A text that was not permitted to leave; by which rule and for whose mark the data-protection officer reads alone."""

    reference: str
    partner: str
    thread: str
    kind: str
    at: str
    code: str
    content: dict[str, Any]


class DiscardedOut(Schema):
    """The text that is gone."""

    reference: str


@router.get("/not-sent", response=answers(list[DraftOut]), summary="This account's texts that did not leave")
def drafts(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the account's own texts that the law did not let leave, the latest first; each is kept for 30 days."""
    account = bearer(request, Scope.REQUEST)
    return [each.document() for each in drafts_of(current_node(), account.actor)]


@router.get("/not-sent/{reference}", response=answers(DraftOut), summary="One text that did not leave")
def draft(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Return one of the account's own texts."""
    account = bearer(request, Scope.REQUEST)
    return draft_of(current_node(), account.actor, reference).document()


@router.delete("/not-sent/{reference}", response=answers(DiscardedOut), summary="Throw such a text away")
def discard(request: HttpRequest, reference: str) -> dict[str, str]:
    """Delete one of the account's own texts."""
    account = bearer(request, Scope.REQUEST)
    discard_draft(current_node(), account.actor, reference)
    return {"reference": reference}


only_a_person(
    router,
    "GET",
    "/true-grounds",
    Scope.OVERSEE,
    "withheld_grounds",
    "the data-protection officer reads them at the desk and says why",
    "a true ground can tell a protected status",
)
only_a_person(
    router,
    "POST",
    "/conclusions",
    Scope.REQUEST,
    "withheld_conclude",
    "a person says at the desk that a case ended in acquittal or was dropped",
    "what it erases, here and at every partner, does not come back",
)
