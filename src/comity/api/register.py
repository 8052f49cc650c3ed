"""How imports stand, which rows they refused and why; who in the register may be the person described."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.bodies import Body
from comity.core.probe.query import read_query
from comity.core.probe.words import read_words
from comity.services.people.service_accounts import Scope
from comity.services.register import status
from comity.services.register.finding.document import findings_document, held_document
from comity.services.register.finding.find import find
from comity.services.register.search import search as search_exactly
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


class SearchIn(Body):
    """Whom one looks for: in words or by the columns of the register, and why."""

    words: Annotated[str, Field(description="Name, date, place or number, by commas.", max_length=400)] = ""
    subject: Annotated[
        dict[str, str],
        Field(description="given, family, given_ar, family_ar, dob, pob, sex, … instead of words"),
    ] = {}
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class ExactIn(Body):
    """Words that a subject must carry as they are written, and why."""

    words: Annotated[str, Field(min_length=1, max_length=400)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


@router.post("/search", response=answers(dict[str, Any]), summary="Look for a person")
def search(request: HttpRequest, body: SearchIn) -> dict[str, Any]:
    """Return who may be the person, in any spelling and script, each with its probability and reasons."""
    account = bearer(request, Scope.SEARCH_REGISTER)
    asked = read_query(body.subject) if body.subject else read_words(body.words)
    return findings_document(find(current_node(), account.actor, account.regime, asked, body.reason))


@router.post("/search-exact", response=answers(dict[str, Any]), summary="Look for exact words")
def search_exact(request: HttpRequest, body: ExactIn) -> dict[str, Any]:
    """Return the subjects that carry every word, and whether there are more."""
    account = bearer(request, Scope.SEARCH_REGISTER)
    found = search_exactly(current_node(), account.actor, account.regime, body.words, body.reason)
    return {"subjects": [held_document(each) for each in found.subjects], "more": found.more}
