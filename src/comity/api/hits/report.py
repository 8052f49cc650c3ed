"""A hit report of a national system: what was found and done on what a partner gave."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import AwareDatetime, Field

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.bodies import Body, Language, Line, Text
from comity.api.threads import MessageOut
from comity.core.cases.hit.report import HitReportBody, Measure, Outcome
from comity.core.codes.checks import Check
from comity.core.codes.handling import Handling
from comity.core.codes.languages import UNKNOWN
from comity.core.codes.marks import Assertion
from comity.services.cases.access import find_thread
from comity.services.cases.thread.report_hit import HitReport, report_hit
from comity.services.people.service_accounts import Scope
from comity.services.serving import current_node

router = Router(tags=["threads"])


class HitReportIn(Body):
    """What was found and done; each text that is there is marked in `assertions` as a fact or an assessment."""

    message: Annotated[
        str | None,
        Field(
            max_length=32, description="The partner's message; null: its only one, or the hit of the search."
        ),
    ] = None
    subject: Annotated[
        str | None,
        Field(
            max_length=32,
            description="Our own entry of the person, for the ledger of disclosures; it does not leave.",
        ),
    ] = None
    outcome: Outcome
    at: Annotated[AwareDatetime, Field(description="When it happened, with its offset.")]
    measures: Annotated[list[Measure], Field(min_length=1, max_length=len(Measure))]
    place: Line
    reason: Text
    circumstances: Text
    route: Text | None = None
    companions: Text | None = None
    identity: Text | None = None
    used: Text | None = None
    carried: Text | None = None
    further: Text | None = None
    check: Annotated[
        Check | None,
        Field(description="The check that was made, where the message asked for one; null: none was."),
    ] = None
    aware: Annotated[bool | None, Field(description="Whether the person learned that it was asked for.")] = (
        None
    )
    deviation: Annotated[
        Text | None,
        Field(description="Why another check was made than the one due, or the person learned of it."),
    ] = None
    assertions: dict[str, Assertion]
    handling: Annotated[Handling, Field(description="Narrower than the clause's, where it is.")] = Handling.H0
    conditions: Text | None = None
    language: Language = UNKNOWN


@router.post(
    "/cases/{thread}/hit-report", response=answers(MessageOut), summary="Report a hit to the partner"
)
def report(request: HttpRequest, thread: str, body: HitReportIn) -> dict[str, str]:
    """Tell the partner what was found and done on its answer, its information or the hit."""
    account = bearer(request, Scope.REQUEST)
    node = current_node()
    name = find_thread(node, thread, [account.regime])
    told = HitReport(
        message=body.message,
        outcome=body.outcome,
        at=body.at,
        measures=body.measures,
        texts={each: getattr(body, each) for each in HitReportBody.STATEMENTS},
        assertions=body.assertions,
        subject=body.subject,
        check=body.check,
        aware=body.aware,
        handling=body.handling,
        conditions=body.conditions,
        language=body.language,
    )
    return {"thread": name, "message": report_hit(node, account.actor, name, told)}
