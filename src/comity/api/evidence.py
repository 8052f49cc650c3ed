"""How far the evidence is covered by countersignatures; replay and bundle of one exchange, for those who oversee."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.core.instant import Instant, write_instant
from comity.services.evidence.alarms import open_alarms
from comity.services.evidence.verify import log_status
from comity.services.oversight import shown
from comity.services.oversight.look import bundle, replay
from comity.services.oversight.packed import pack
from comity.services.people.service_accounts import Scope
from comity.services.serving import current_node

router = Router(tags=["evidence"])


@router.get("", response=answers(dict[str, Any]), summary="Every log, and what is wrong")
def evidence(request: HttpRequest) -> dict[str, Any]:
    """Return each log with its size and cover, and the alarms that nobody has settled."""
    bearer(request, Scope.READ_EVIDENCE)
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
        for each in log_status(node)
    ]
    alarms = [
        {"code": each.code, "log": each.origin, "raised_at": write_instant(each.raised_at)}
        for each in open_alarms(node)
    ]
    return {"logs": logs, "alarms": alarms}


class LookIn(Schema):
    """What is looked at, and why."""

    model_config = ConfigDict(extra="forbid")
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


def _moment(value: Instant | None) -> str | None:
    return None if value is None else write_instant(value)
