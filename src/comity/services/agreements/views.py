"""What people and programs read of an agreement: one document for the desk, the REST interface and the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.core.agreement.difference import Change, difference
from comity.core.agreement.standing import AgreementStanding, State
from comity.core.instant import Instant, write_instant
from comity.services.agreements import store
from comity.services.agreements.standing import all_standings, stored_standing
from comity.services.context import Actor, Node
from comity.storage import agreements as rows


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the list of agreements."""

    hash: str
    code: str
    regime: str
    partner: str
    state: State
    valid_from: Instant
    valid_before: Instant | None
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "hash": self.hash,
            "code": self.code,
            "regime": self.regime,
            "partner": self.partner,
            "state": self.state.value,
            "valid_from": write_instant(self.valid_from),
            "valid_before": None if self.valid_before is None else write_instant(self.valid_before),
            "signed_by": list(self.signed_by),
            "not_signed_by": list(self.missing),
        }


def summary(node: Node, found: AgreementStanding) -> Summary:
    """Return the line of one agreement as it stands now."""
    agreement = found.agreement
    return Summary(
        hash=found.hash,
        code=agreement.code,
        regime=agreement.regime.value,
        partner=str(agreement.other(node.service) or ""),
        state=found.state(node.clock()),
        valid_from=agreement.valid_from,
        valid_before=agreement.valid_before,
        signed_by=tuple(party for party in agreement.parties if party in found.signed_at),
        missing=tuple(party for party in agreement.parties if party not in found.signed_at),
    )


def list_agreements(node: Node) -> list[Summary]:
    """Return every agreement known here, newest first."""
    return [summary(node, found) for found in all_standings(node)]


def show_agreement(node: Node, agreement: str) -> dict[str, Any]:
    """Return an agreement, who signed it, and how and why it stands as it does, as a JSON value.

    Raises:
        InputError: ``agreement.not-found``.
    """
    found = stored_standing(node, agreement)
    now = node.clock()
    row = rows.agreement_row(node.alias, agreement)
    proposed = row is not None and row.proposed_at is not None
    return {
        **summary(node, found).document(),
        "as_of": write_instant(now),
        "intact": found.intact,
        "signatures": [
            {"party": party, "signed_at": write_instant(moment)}
            for party, moment in sorted(found.signed_at.items())
        ],
        "in_force_from": _moment(found.in_force_from()),
        "proposed_by": row.proposed_by if row is not None and proposed else None,
        "proposed_at": _moment(row.proposed_at) if row is not None and proposed else None,
        "stops": [
            {
                "kind": stop.kind.value,
                "by": stop.by,
                "at": write_instant(stop.at),
                "until": _moment(stop.until),
            }
            for stop in found.stops
        ],
        "successors": [
            {"hash": heir.hash, "in_force_from": write_instant(heir.in_force_from)}
            for heir in found.successors
        ],
        "document": found.agreement.model_dump(mode="json"),
    }


def compare(node: Node, older: str, newer: str) -> tuple[Change, ...]:
    """Return what changes from one agreement to another.

    Raises:
        InputError: ``agreement.not-found``.
    """
    return difference(stored_standing(node, older).agreement, stored_standing(node, newer).agreement)


def stop_reason(node: Node, actor: Actor, agreement: str, kind: str) -> str | None:
    """Return why this service stopped an agreement; only to a person of this service.

    Raises:
        Refused: ``actor.person``.
    """
    store.require_person(actor)
    return rows.stop_reason(node.alias, agreement, kind, node.service)


def _moment(value: Instant | None) -> str | None:
    return None if value is None else write_instant(value)
