"""What a node knows of its partner and their agreements while it handles one batch.

Keys and standing are read from the database for each batch, so that a suspension, a revocation or a stop binds the
next batch on every path. Implements docs/protocol/envelope.md §6 steps 1 and 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import ALWAYS_PERMITTED, Act, Regime, ServiceId
from comity.core.instant import Instant
from comity.core.policy.claimed import proposed
from comity.core.policy.decide import Decision, ProposedAct, Refuse, decide
from comity.errors import Refused
from comity.services.agreements.standing import standing
from comity.services.context import Node
from comity.services.partners.directory import signing_keys

__all__ = ["CHANGES_STANDING", "Decider", "Trust", "proposed", "skew", "transit", "trust_in"]

CHANGES_STANDING = frozenset({Act.PROPOSE, Act.SIGN, Act.SUSPEND, Act.TERMINATE, Act.RESUME, Act.RENEW_CARD})
"""After such a message, what was read before no longer counts."""

_PROTECTIVE_ONLY = frozenset({"partner.suspended", "partner.revoked"})


@dataclass(frozen=True, slots=True)
class Trust:
    """The signing keys of a partner that count now.

    Args:
        keys: key identifier to public key.
        closed: code when only acts that protect may pass (the partner is suspended or revoked), else None.
    """

    keys: Mapping[str, bytes]
    closed: str | None = None

    def refusal(self, act: Act) -> str | None:
        """Return the code with which an act is refused for the partner's state, or None."""
        return None if act in ALWAYS_PERMITTED else self.closed


def trust_in(node: Node, partner: ServiceId, regime: Regime, at: Instant) -> Trust:
    """Return the partner's keys at an instant, and whether only protective acts may pass.

    Raises:
        Refused, PeerError: ``partner.unknown``, ``partner.unconfirmed``, ``partner.*``.
    """
    try:
        return Trust(signing_keys(node, partner, regime, at))
    except Refused as refusal:
        if refusal.code not in _PROTECTIVE_ONLY:
            raise
        return Trust(signing_keys(node, partner, regime, at, protective=True), refusal.code)


class Decider:
    """Decides acts, reading each agreement once."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._standings: dict[str, AgreementStanding | None] = {}
        self._decided: dict[tuple[ProposedAct, str | None, Instant], Decision] = {}

    def forget(self) -> None:
        """Read the agreements again: one of them may have changed."""
        self._standings.clear()
        self._decided.clear()

    def decide(self, act: ProposedAct, agreement: str | None, at: Instant) -> Decision:
        """Decide an act at its signed time, and again at our own if we ourselves have stopped the agreement.

        A partner that backdates an act cannot pass our own stop. Equal acts of one batch are decided once.
        """
        key = (act, agreement, at)
        decision = self._decided.get(key)
        if decision is None:
            decision = self._decided[key] = self._decide(act, agreement, at)
        return decision

    def _decide(self, act: ProposedAct, agreement: str | None, at: Instant) -> Decision:
        found = None if agreement is None else self._standing(agreement)
        decision = decide(found, act, at)
        now = self._node.clock()
        if isinstance(decision, Refuse) or found is None or not found.stopped_by(self._node.service, now):
            return decision
        return decide(found, act, now)

    def _standing(self, agreement: str) -> AgreementStanding | None:
        if agreement not in self._standings:
            self._standings[agreement] = standing(self._node, agreement)
        return self._standings[agreement]


def skew(node: Node) -> timedelta:
    """Return how far clocks may differ."""
    return timedelta(seconds=node.config.skew_seconds)


def transit(node: Node) -> timedelta:
    """Return how long a message may travel."""
    return timedelta(days=node.config.transit_days)
