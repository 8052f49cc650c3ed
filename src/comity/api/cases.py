"""Request information and follow cases. A system never releases and never refuses: a named person does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.bodies import Agreement, Body, Language, Line, Partner, Text
from comity.api.contract.person import only_a_person
from comity.core.cases.messages import UrgencyGround
from comity.core.codes.exchange import Purpose
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import Assertion, DataCategory, SubjectCategory, Urgency
from comity.services.agreements.standing import find_agreement
from comity.services.cases.access import find_thread
from comity.services.cases.inbox import list_cases
from comity.services.cases.request import NeedsSecond, open_request
from comity.services.cases.views import show_case
from comity.services.partners.directory import find_partner
from comity.services.people.service_accounts import Scope
from comity.services.serving import current_node
from comity.services.watch import approve

router = Router(tags=["cases"])


class RequestIn(Body):
    """A request for information (Directive (EU) 2023/977 Art. 4(5))."""

    partner: Partner
    agreement: Agreement
    purpose: Purpose
    case: Line
    reference: Annotated[str, Field(max_length=128)] | None = None
    about: Text | None = None
    facts: Text
    offence: Line
    reasons: Text
    link: Text
    assertions: Annotated[
        dict[str, Assertion],
        Field(description="Of each of facts, reasons, link and about that is given: fact or assessment."),
    ]
    subject_category: SubjectCategory
    categories: list[DataCategory] = []
    urgency: Urgency = Urgency.ORDINARY
    urgency_ground: UrgencyGround | None = None
    urgency_reason: Text | None = None
    restrictions: Text | None = None
    language: Language = UNKNOWN
    cites: Annotated[
        str | None, Field(max_length=64, description="Thread with this partner that it follows from.")
    ] = None


class ThreadOut(Schema):
    """The thread that a request opened; `follow_up` instead when it waits for a second person at the desk."""

    thread: str | None
    follow_up: str | None = None


class FollowUpOut(Schema):
    """A request that cites what a search found, and whether a second person has let it leave."""

    follow_up: str
    partner: str
    regime: str
    state: Literal["waiting", "sent", "declined"]
    asked_by: str
    approved_by: str
    asked_at: str
    thread: str


@router.post("", response=answers(ThreadOut), summary="Request information")
def request_information(request: HttpRequest, body: RequestIn) -> dict[str, str | None]:
    """Send a request and return its thread.

    The first request of a case that cites a reference waits for a second person, who approves it at the desk.
    """
    account = bearer(request, Scope.REQUEST)
    node = current_node()
    rest = body.model_dump(exclude={"partner", "agreement", "purpose", "case", "reference", "facts"})
    if body.cites is not None:
        rest["cites"] = find_thread(node, body.cites, [account.regime])
    try:
        thread = open_request(
            node,
            account.actor,
            find_partner(node, body.partner),
            find_agreement(node, body.agreement),
            body.purpose,
            body.case,
            body.reference,
            body.facts,
            **rest,
        )
    except NeedsSecond as held:
        return {"thread": None, "follow_up": approve.lay_before(node, account.actor, held.ready)}
    return {"thread": thread, "follow_up": None}


@router.get("/follow-ups/{follow_up}", response=answers(FollowUpOut), summary="Whether it has left")
def follow_up_state(request: HttpRequest, follow_up: str) -> dict[str, Any]:
    """Return how a request stands that waits, or waited, for a second person."""
    account = bearer(request, Scope.REQUEST)
    return approve.state(current_node(), account.actor, follow_up).document()


only_a_person(
    router,
    "POST",
    "/follow-ups/{follow_up}/approve",
    Scope.REQUEST,
    "cases_approve_follow_up",
    "a second person approves at the desk",
)


@router.get("", response=answers(list[dict[str, Any]]), summary="The inbox")
def cases(
    request: HttpRequest,
    side: Literal["asked", "received", "gave", "told"] | None = None,
    open_only: bool = True,
    waiting_only: bool = False,
) -> list[dict[str, Any]]:
    """Return cases of the account's regime with their clocks and what is to be done, the most pressing first.

    `open_only`: no closed case but those in which something waits for this service; `waiting_only`: only such cases.
    """
    account = bearer(request, Scope.READ_CASES)
    found = list_cases(
        current_node(), account.actor, side=side, open_only=open_only, waiting_only=waiting_only
    )
    return [each.document() for each in found]


@router.get("/{thread}", response=answers(dict[str, Any]), summary="One case")
def case(request: HttpRequest, thread: str) -> dict[str, Any]:
    """Return a case with its request, answer, clock and timeline; the reading is recorded."""
    account = bearer(request, Scope.READ_CASES)
    node = current_node()
    return show_case(node, account.actor, find_thread(node, thread, [account.regime]))


only_a_person(
    router,
    "POST",
    "/{thread}/answer",
    Scope.READ_CASES,
    "cases_answer",
    "a person answers at the desk",
)
only_a_person(
    router,
    "POST",
    "/{thread}/refuse",
    Scope.READ_CASES,
    "cases_refuse",
    "a person decides at the desk",
    "an adverse decision is a person's too",
)
