"""Words inside a thread, what is outstanding, and whose time runs out. A system never releases, corrects, acknowledges or consents."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.bodies import Agreement, Body, Language, Line, Partner, Text
from comity.api.contract.person import only_a_person
from comity.core.codes.exchange import Purpose
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import SILENT_COMPLETENESS, Assertion, Completeness
from comity.services.agreements.standing import find_agreement
from comity.services.cases.access import find_thread
from comity.services.cases.thread.cited import file_under
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.inform import inform
from comity.services.clocks.remind import reminders_of
from comity.services.identification.overdue import overview
from comity.services.partners.directory import find_partner
from comity.services.people.service_accounts import Scope
from comity.services.protection.outstanding import outstanding_of
from comity.services.serving import current_node

router = Router(tags=["threads"])


class QuestionIn(Body):
    """What the service that was asked needs to know."""

    question: Text
    language: Language = UNKNOWN


class ClarificationIn(Body):
    """The requester's words on a question; without one, on the oldest that is open."""

    answer: Text
    assertion: Annotated[Assertion, Field(description="What the answer is.")]
    question: Annotated[str, Field(max_length=32)] | None = None
    language: Language = UNKNOWN


class InformationIn(Body):
    """Information that nobody asked for and that describes no person; a person releases the others at the desk."""

    partner: Partner
    agreement: Agreement
    purpose: Purpose
    matter: Line
    reasons: Text
    assertions: Annotated[
        dict[str, Assertion], Field(description="Of matter and of reasons: fact or assessment.")
    ]
    as_of: Annotated[date | None, Field(description="Day of which they speak; null: not known.")] = None
    completeness: Annotated[Completeness, Field(description="Whether that is all that is known here.")] = (
        SILENT_COMPLETENESS
    )
    language: Language = UNKNOWN
    case: Annotated[
        Line | None, Field(description="Case of the account's service; its end takes this along.")
    ] = None
    cites: Annotated[
        str | None, Field(max_length=64, description="Thread with this partner in which it belongs.")
    ] = None


class FilingIn(Body):
    """Under which case of the account's own service something is kept."""

    case: Line


class FilingOut(Schema):
    """What is kept where."""

    thread: str
    case: str


class MessageOut(Schema):
    """The message that was sent, in its thread."""

    thread: str
    message: str


@router.post(
    "/cases/{thread}/clarification-request", response=answers(MessageOut), summary="Ask what a request means"
)
def ask(request: HttpRequest, thread: str, body: QuestionIn) -> dict[str, str]:
    """Ask the partner what its request means; the request stays open (Directive (EU) 2023/977 Art. 6(2))."""
    account = bearer(request, Scope.REQUEST)
    node = current_node()
    name = find_thread(node, thread, [account.regime])
    message = ask_clarification(node, account.actor, name, body.question, language=body.language)
    return {"thread": name, "message": message}


@router.post(
    "/cases/{thread}/clarification", response=answers(MessageOut), summary="Clarify a request of ours"
)
def say(request: HttpRequest, thread: str, body: ClarificationIn) -> dict[str, str]:
    """Answer the partner's question on a request of ours."""
    account = bearer(request, Scope.REQUEST)
    node = current_node()
    name = find_thread(node, thread, [account.regime])
    marks: dict[str, Any] = {"assertion": body.assertion, "language": body.language}
    message = clarify(node, account.actor, name, body.answer, body.question, **marks)
    return {"thread": name, "message": message}


@router.post("/information", response=answers(MessageOut), summary="Inform a partner unasked")
def tell(request: HttpRequest, body: InformationIn) -> dict[str, str]:
    """Give a partner information that describes no person (Directive (EU) 2023/977 Art. 7)."""
    account = bearer(request, Scope.REQUEST)
    node = current_node()
    thread = inform(
        node,
        account.actor,
        find_partner(node, body.partner),
        find_agreement(node, body.agreement),
        body.purpose,
        body.matter,
        body.reasons,
        assertions=body.assertions,
        language=body.language,
        as_of=body.as_of,
        completeness=body.completeness,
        case=body.case,
        cites=None if body.cites is None else find_thread(node, body.cites, [account.regime]),
    )
    return {"thread": thread, "message": thread}


@router.post("/cases/{thread}/filing", response=answers(FilingOut), summary="File under a case of one's own")
def file_case(request: HttpRequest, thread: str, body: FilingIn) -> dict[str, str]:
    """Note to which case of ours belongs what the partner gave or asks; that case's end takes it along. It never leaves."""
    account = bearer(request, Scope.REQUEST)
    node = current_node()
    name = find_thread(node, thread, [account.regime])
    file_under(node, account.actor, name, body.case)
    return {"thread": name, "case": body.case}


@router.get("/outstanding", response=answers(list[dict[str, Any]]), summary="Who has not complied yet")
def outstanding(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the notices of the account's regime that somebody has not complied with, the oldest first."""
    account = bearer(request, Scope.READ_CASES)
    return [each.document() for each in outstanding_of(current_node(), [account.regime])]


@router.get(
    "/identifications", response=answers(list[dict[str, Any]]), summary="Overdue identifications, and counts"
)
def identifications(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the overdue list and the counts with each partner; the partner's node returns the same."""
    account = bearer(request, Scope.READ_CASES)
    return [each.document() for each in overview(current_node(), account.actor)]


@router.get("/reminders", response=answers(list[dict[str, Any]]), summary="Cases whose time runs out")
def reminders(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the open cases of the account's regime of which somebody was reminded, with the last step reached."""
    account = bearer(request, Scope.READ_CASES)
    return [each.document() for each in reminders_of(current_node(), account.regime)]


only_a_person(
    router,
    "POST",
    "/identifications",
    Scope.REQUEST,
    "threads_identify",
    "a person asks for an identification at the desk",
    "fingerprints and particulars leave by named persons' decisions",
)
only_a_person(
    router,
    "GET",
    "/cases/{thread}/files/{number}",
    Scope.READ_CASES,
    "threads_file",
    "a file is handed out to a person, who says why",
    "how far each file has come stands in the case",
)
only_a_person(
    router,
    "POST",
    "/cases/{thread}/{act}",
    Scope.READ_CASES,
    "threads_refuse",
    "a person corrects, restricts, recalls, acknowledges and consents at the desk",
)
