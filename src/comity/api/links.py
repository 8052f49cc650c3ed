"""Links of an entry of one's own register, and its edges to partners' registers: read by a system, entered by a person."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.bodies import Body
from comity.api.contract.person import only_a_person
from comity.core.codes.marks import Assertion
from comity.core.overlap.wire import End
from comity.core.register.links.model import LinkKind
from comity.services.overlap.edge import edges_of
from comity.services.people.service_accounts import Scope
from comity.services.register.links.shown import links_of
from comity.services.serving import current_node

router = Router(tags=["register"])


class LookIn(Body):
    """Why the links of an entry are looked at; kept sealed for oversight."""

    reason: Annotated[str, Field(min_length=3, max_length=1000)]


class MarkedOut(Schema):
    """What is said of a link beside its kind; null, all of it, of a contact's contact."""

    kind: LinkKind
    basis: str | None
    assertion: Annotated[Assertion | None, Field(description="Whether it is a fact or an assessment.")]
    handling: str | None
    evaluation: str | None


class LinkOut(MarkedOut):
    """A link to another entry of the register, of which both ends may be seen."""

    link: str
    other: str
    names: list[str]
    beyond: Annotated[
        dict[str, int],
        Field(description="Of the other end's further links their kinds, and how many of each."),
    ]


class EdgeOut(MarkedOut):
    """An edge to somebody in a partner's register; nothing describes that person."""

    edge: str
    partner: str
    overlap: str
    end: End
    reference: str | None


class LinksOut(Schema):
    """The links and the edges of an entry."""

    links: list[LinkOut]
    edges: list[EdgeOut]


@router.post("/entries/{uid}/links", response=answers(LinksOut), summary="The links of an entry")
def links(request: HttpRequest, uid: str, body: LookIn) -> dict[str, Any]:
    """Return the links of an entry of which both ends may be seen, each a fact or an assessment; the look is recorded."""
    account = bearer(request, Scope.SEARCH_REGISTER)
    node = current_node()
    found = links_of(node, account.actor, uid, body.reason)
    return {"links": [each.document() for each in found], "edges": edges_of(node, uid)}


only_a_person(
    router, "POST", "/links", Scope.SEARCH_REGISTER, "register_link", "a person joins entries at the desk"
)
only_a_person(
    router,
    "POST",
    "/links/{link}/delete",
    Scope.SEARCH_REGISTER,
    "register_unlink",
    "a person deletes an unfounded link at the desk",
)
only_a_person(
    router,
    "POST",
    "/numbers",
    Scope.SEARCH_REGISTER,
    "register_count",
    "an approver counts numbers in common at the desk",
    "it is done with the whole register",
)
