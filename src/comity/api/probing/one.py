"""Ask a partner privately whether it knows a person."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.api.contract.bodies import Agreement, Body, Partner
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import SubjectCategory
from comity.core.probe.query import read_query
from comity.core.watch.justified import MAX_BEHALF, MAX_OFFENCE, Aim, Justification, Profession
from comity.services.agreements.standing import find_agreement
from comity.services.partners.directory import find_partner
from comity.services.people.service_accounts import Scope
from comity.services.probe.ask import ask
from comity.services.probe.asking.outcome import outcome_document
from comity.services.serving import served
from comity.services.watch.justification import require_said

router = Router(tags=["probe"])


class JustifiedIn(Body):
    """Why somebody is searched for (Regulation (EU) 2024/982 Art. 33(2)): sealed here, never sent."""

    case: Annotated[str, Field(min_length=1, max_length=200, description="Yours; only a pseudonym travels.")]
    offence: Annotated[
        str, Field(max_length=MAX_OFFENCE, description="Needed but where people are only identified.")
    ] = ""
    aim: Aim
    concerns: Annotated[SubjectCategory, Field(description="Role of the person in the case.")]
    profession: Annotated[Profession | None, Field(description="Protected profession, as far as known.")] = (
        None
    )
    on_behalf: Annotated[
        str, Field(max_length=MAX_BEHALF, description="The officer for whom you ask, as you name officers.")
    ] = ""
    reason: Annotated[str, Field(max_length=2000)] = ""

    def said(self, regime: Regime) -> Justification:
        """Return what was said; ``probe.justification`` when something is missing."""
        said = Justification(self.offence, self.aim, self.concerns, self.profession, self.on_behalf)
        return require_said(said, regime)


class ProbeIn(JustifiedIn):
    """One probe; `subject` uses the columns of the register."""

    partner: Partner
    agreement: Agreement
    purpose: Purpose
    subject: Annotated[
        dict[str, str], Field(description="given, family, given_ar, family_ar, dob, pob, sex, …")
    ]


@router.post("", response=answers(dict[str, Any]), summary="Probe", operation_id="comity_api_probe_probe")
def probe(request: HttpRequest, body: ProbeIn) -> dict[str, Any]:
    """Return what was found: which rules, which opaque references; never more.

    The description stands in the body only, is not stored, and reaches the partner blinded.
    """
    account = bearer(request, Scope.PROBE)
    there = served()
    node = there.node
    outcome = ask(
        node,
        there.channels,
        find_partner(node, body.partner),
        find_agreement(node, body.agreement),
        body.purpose,
        body.case,
        read_query(body.subject),
        account.actor,
        reason=body.reason,
        said=body.said(account.regime),
    )
    return {
        **outcome_document(outcome),
        "search": outcome.rid,
        "left_today": outcome.left_today,
        "left_in_case": outcome.left_in_case,
    }
