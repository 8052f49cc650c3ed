"""Searches of several persons in one call, and standing searches."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from comity.api.answers import Refusal, answers
from comity.api.bearer import bearer
from comity.api.contract.bodies import Agreement, Body, Partner
from comity.api.interface import refusal
from comity.api.probing.one import JustifiedIn, ProbeIn
from comity.core.codes.exchange import Purpose
from comity.core.instant import end_of
from comity.core.probe.query import read_query
from comity.services.agreements.standing import find_agreement
from comity.services.partners.directory import find_partner
from comity.services.people.service_accounts import Scope
from comity.services.probe.batch.at_once import MOST_ROWS, ask_rows
from comity.services.probe.batch.run import BatchOrder
from comity.services.probe.batch.table import Wanted
from comity.services.probe.standing import keep
from comity.services.serving import served

router = Router(tags=["probe"])


class RowIn(Body):
    """One person to ask for."""

    id: Annotated[str, Field(min_length=1, max_length=200, description="Yours; comes back with the result.")]
    subject: Annotated[dict[str, str], Field(description="As of one probe.")]


class BatchIn(JustifiedIn):
    """Several persons, one partner, one case."""

    batch: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            description="A name of your choice: the same rows under it are not asked again for a week.",
        ),
    ]
    partner: Partner
    agreement: Agreement
    purpose: Purpose
    rows: Annotated[list[RowIn], Field(min_length=1, max_length=MOST_ROWS)]


class RowOut(Schema):
    """What was found for one person; `strength` is the greatest probability."""

    id: str
    result: str
    strength: float | None
    rules: list[str]
    references: list[str]


class BatchOut(Schema):
    """Results in the order of the rows; with `left`, why the others were not asked: call again with the same body."""

    results: list[RowOut]
    left: int
    stopped: Refusal | None


class StandingIn(ProbeIn):
    """A probe that is made again when the partner's index changes; `until` is the last day of the case (UTC)."""

    until: date


class StandingOut(Schema):
    """A standing search; for whom it is, is not told again."""

    standing: str
    partner: str
    purpose: str
    owner: str
    case: str
    ends_at: str
    ended_at: str | None
    ground: str
    runs: int
    ran_at: str | None
    code: str
    new: int


class FindingOut(Schema):
    """What one run found."""

    at: str
    result: str
    reference: str
    rules: list[str]


class FindingsOut(StandingOut):
    """A standing search, and what it found that its owner has not been told."""

    findings: list[FindingOut]


@router.post("/batch", response=answers(BatchOut), summary="Probe for several persons")
def batch(request: HttpRequest, body: BatchIn) -> dict[str, Any]:
    """Ask for each row in turn, each counted once, however often this call is repeated under the same name.

    A row that is refused, by a quota for instance, ends the call: the results so far come with `stopped`.
    """
    account = bearer(request, Scope.PROBE)
    there = served()
    order = BatchOrder(
        find_partner(there.node, body.partner),
        find_agreement(there.node, body.agreement),
        body.purpose,
        body.case,
        account.actor,
        body.reason,
        body.said(account.regime),
    )
    wanted = [Wanted(at, row.id, read_query(row.subject)) for at, row in enumerate(body.rows)]
    found = ask_rows(there.node, there.channels, order, body.batch, wanted)
    stopped = None if found.stopped is None else refusal(found.stopped)
    return {"results": list(found.lines), "left": found.left, "stopped": stopped}


@router.post("/standing", response=answers(dict[str, str]), summary="Have a partner asked again")
def add(request: HttpRequest, body: StandingIn) -> dict[str, str]:
    """Add a standing search, owned by this account; the worker makes the first one within a minute."""
    account = bearer(request, Scope.PROBE)
    there = served()
    order = keep.StandingOrder(
        find_partner(there.node, body.partner),
        find_agreement(there.node, body.agreement),
        body.purpose,
        body.case,
        read_query(body.subject),
        end_of(body.until),
        body.reason,
        body.said(account.regime),
    )
    return {"standing": keep.add(there.node, there.channels, account.actor, order)}


@router.get("/standing", response=answers(list[StandingOut]), summary="Standing searches")
def listed(request: HttpRequest) -> list[dict[str, Any]]:
    """List the standing searches of this account, and how many findings are new."""
    account = bearer(request, Scope.PROBE)
    return [each.document() for each in keep.listed(served().node, account.actor)]


@router.post("/standing/{standing}/findings", response=answers(FindingsOut), summary="What is new")
def findings(request: HttpRequest, standing: str) -> dict[str, Any]:
    """Return what a standing search found anew; told, it is new no more."""
    account = bearer(request, Scope.PROBE)
    view, new = keep.show(served().node, account.actor, standing)
    return {**view.document(), "findings": new}


@router.post("/standing/{standing}/end", response=answers(dict[str, str]), summary="End a standing search")
def end(request: HttpRequest, standing: str) -> dict[str, str]:
    """End a standing search; who was asked for is erased."""
    account = bearer(request, Scope.PROBE)
    keep.end(served().node, account.actor, standing)
    return {"standing": standing, "state": "ended"}
