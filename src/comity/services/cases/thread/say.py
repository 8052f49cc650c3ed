"""A message inside a thread: under the agreement, clause and purpose of its case, to the other party of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.services.exchange.submit import Outgoing
from comity.storage.models.cases import Case


def in_thread(
    row: Case, kind: str, act: Act, body: Mapping[str, Any], *, decision: str | None = None
) -> Outgoing:
    """Return a message of a case that carries words only, ready to be submitted.

    Args:
        decision: digest of the person's decision that it carries out; None when it carries out none.
    """
    return Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=kind,
        act=act,
        body=body,
        agreement=row.agreement,
        clause=row.clause,
        purpose=Purpose(row.purpose),
        thread=row.thread,
        decision=decision,
    )
