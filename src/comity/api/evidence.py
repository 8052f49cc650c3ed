"""How far the evidence is covered by countersignatures, the statistics that follow from it; replay and bundle for oversight.

A person states figures to the partner, never a system.
"""

from __future__ import annotations

import base64
from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.bodies import Body
from comity.api.contract.person import only_a_person
from comity.core.cases.statistics import days
from comity.core.instant import Instant, write_instant
from comity.services.agreements.standing import find_agreement
from comity.services.breaches.shown import breaches_of
from comity.services.clocks.statistics import figures_document, figures_of, statements_of
from comity.services.clocks.yearly import year_report_of
from comity.services.evidence.alarms import open_alarms
from comity.services.evidence.verify import log_status
from comity.services.oversight import shown
from comity.services.oversight.look import bundle, replay
from comity.services.oversight.packed import pack
from comity.services.people.service_accounts import Scope
from comity.services.rights.requests import lines_of
from comity.services.serving import current_node
from comity.services.transfers.records import report_of

router = Router(tags=["evidence"])
counted = Router(tags=["evidence"])

Agreement = Annotated[
    str, Query(description="Code, or the beginning of the hash.", min_length=1, max_length=64)
]
FirstDay = Annotated[
    date | None, Query(alias="from", description="First day (UTC); without it, the first of the year.")
]
LastDay = Annotated[
    date | None, Query(alias="to", description="Last day (UTC), counted; without it, the last of the year.")
]


@router.get("", response=answers(dict[str, Any]), summary="Every log, and what is wrong")
def evidence(request: HttpRequest) -> dict[str, Any]:
    """Return each log of the account's regime with its size and cover, and the alarms that nobody has settled."""
    account = bearer(request, Scope.READ_EVIDENCE)
    node = current_node()
    logs = [
        {
            "log": each.origin,
            "state": each.state,
            "entries": each.size,
            "covered": each.covered,
            "covered_at": _moment(each.covered_at),
            "waiting": each.pending,
            "uncovered_since": _moment(each.tail_since),
        }
        for each in log_status(node, [account.regime])
    ]
    alarms = [
        {"code": each.code, "log": each.origin, "raised_at": write_instant(each.raised_at)}
        for each in open_alarms(node, [account.regime])
    ]
    return {"logs": logs, "alarms": alarms}


@counted.get("/statistics", response=answers(dict[str, Any]), summary="Statistics of an agreement")
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


@counted.get(
    "/statistics/yearly", response=answers(dict[str, Any]), summary="Figures of a year, due on 1 March"
)
def yearly(
    request: HttpRequest,
    year: Annotated[
        int | None, Query(description="Without it: the last year that is over.", ge=2, le=9998)
    ] = None,
) -> dict[str, Any]:
    """Count a year under every agreement of the account's regime, and say which figures are still owed (Art. 18(1))."""
    account = bearer(request, Scope.READ_EVIDENCE)
    return year_report_of(current_node(), [account.regime], year).document()


@router.get(
    "/transfers", response=answers(dict[str, Any]), summary="Transfers of a period, for the authority"
)
def transfers(request: HttpRequest, first: FirstDay = None, last: LastDay = None) -> dict[str, Any]:
    """Sum up the transfers of the account's regime from the first day to the last, counted (UTC).

    Without days: of the last calendar year that is over.
    """
    account = bearer(request, Scope.READ_EVIDENCE)
    node = current_node()
    return report_of(node, [account.regime], days(first, last, node.clock().date()))


class LookIn(Body):
    """What is looked at, and why."""

    subject: Annotated[str, Field(description="Thread of a case, or identifier of a search.", max_length=64)]
    reason: Annotated[str, Field(description="Kept sealed for three years.", max_length=1000)]


class BundleOut(Schema):
    """A bundle: name of the file, and the zip in base64."""

    file: str
    zip: str


@router.post("/replays", response=answers(dict[str, Any]), summary="Decide an exchange again")
def replayed(request: HttpRequest, look: LookIn) -> dict[str, Any]:
    """Decide every envelope again by the agreement of its day, and verify its evidence; the look is recorded."""
    account = bearer(request, Scope.OVERSEE)
    return shown.document(replay(current_node(), account.actor, look.subject, look.reason))


@router.post("/bundles", response=answers(BundleOut), summary="A sealed bundle for the authority")
def bundled(request: HttpRequest, look: LookIn) -> BundleOut:
    """Return a bundle that `comity evidence verify-bundle` checks without a node; the look is recorded."""
    account = bearer(request, Scope.OVERSEE)
    octets = pack(bundle(current_node(), account.actor, look.subject, look.reason))
    return BundleOut(file=f"{look.subject.strip()}.zip", zip=base64.b64encode(octets).decode())


@router.get(
    "/persons", response=answers(list[dict[str, Any]]), summary="Requests of persons, and when each is due"
)
def persons(request: HttpRequest) -> list[dict[str, Any]]:
    """List the requests of the account's regime; who asks, and what was found, a person reads at the desk."""
    account = bearer(request, Scope.READ_EVIDENCE)
    return [each.document() for each in lines_of(current_node(), [account.regime])]


@router.get("/breaches", response=answers(list[dict[str, Any]]), summary="Breaches, and who was told")
def breaches(request: HttpRequest) -> list[dict[str, Any]]:
    """List the breaches of the account's regime with their 72-hour clock, counts and notices; no words."""
    account = bearer(request, Scope.READ_EVIDENCE)
    return breaches_of(current_node(), [account.regime])


only_a_person(
    router,
    "POST",
    "/persons",
    Scope.READ_EVIDENCE,
    "evidence_refuse_person",
    "a person writes down who asks, and answers at the desk",
)
only_a_person(
    router,
    "POST",
    "/breaches",
    Scope.READ_EVIDENCE,
    "evidence_refuse_breach",
    "a person writes a breach down and tells of it",
)


def _moment(value: Instant | None) -> str | None:
    return None if value is None else write_instant(value)
