"""What a node knows of its partner and their agreements while it handles one batch.

Keys and standing are read from the database for each batch, so that a suspension, a revocation or a stop binds the
next batch on every path. Implements docs/protocol/envelope.md §6 steps 1 and 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import ALWAYS_PERMITTED, Act, Regime, ServiceId
from comity.core.codes.transfer import DEROGATIONS
from comity.core.envelope.fields import read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import MANIFEST_BYTES, MANIFEST_DEPTH
from comity.core.instant import Instant
from comity.core.policy.claimed import proposed
from comity.core.policy.decide import Decision, ProposedAct, Refuse, decide
from comity.core.policy.transfer import TRANSFERS, derogation_of
from comity.errors import Refused
from comity.services.agreements.standing import standing
from comity.services.context import Node
from comity.services.partners.directory import signing_keys
from comity.storage.exchange import inbox
from comity.storage.exchange.transfers import made_on
from comity.storage.models.exchange import Direction
from comity.storage.transaction import alone

__all__ = ["CHANGES_STANDING", "Decider", "Trust", "proposed", "skew", "transit", "trust_in"]

CHANGES_STANDING = frozenset({Act.PROPOSE, Act.SIGN, Act.SUSPEND, Act.TERMINATE, Act.RESUME, Act.RENEW_CARD})
"""After such a message, what was read before no longer counts."""

STATUS_CHANGED = "transfer.status-changed"
"""Code of a message that waited and may not go any more, since the status of a party has changed."""

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
    """Decides acts, reading each agreement once.

    Args:
        counting: whether transfers under a derogation are counted; not where they have been already.
    """

    def __init__(self, node: Node, *, counting: bool = True) -> None:
        self._node = node
        self._counting = counting
        self._made: dict[tuple[str, ServiceId], int] = {}
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
            decision = self._decide(act, agreement, at)
            if not self._count(decision, act, agreement):
                self._decided[key] = decision
        return decision

    def _counted(self, found: AgreementStanding, act: ProposedAct, at: Instant) -> ProposedAct:
        """Return the act with the number of transfers that its sender has made under the agreement's derogation."""
        stated = derogation_of(found.agreement, act.sender)
        if not self._counting or stated is None or stated.cap is None or act.act not in TRANSFERS:
            return act
        own = act.sender == self._node.service
        stored = made_on(
            self._node.alias,
            (Direction.OUT if own else Direction.IN).value,
            act.recipient if own else act.sender,
            found.hash,
            stated.ground.value,
            after=at - stated.cap.within,
        )
        return replace(act, derogated=stored + self._made.get((found.hash, act.sender), 0))

    def _count(self, decision: Decision, act: ProposedAct, agreement: str | None) -> bool:
        """Count a transfer that rests on a derogation; whether the decision must not be remembered for equal acts."""
        ground = None if isinstance(decision, Refuse) else decision.obligations.ground
        if agreement is None or ground not in DEROGATIONS:
            return False
        self._made[agreement, act.sender] = self._made.get((agreement, act.sender), 0) + 1
        return True

    def _decide(self, act: ProposedAct, agreement: str | None, at: Instant) -> Decision:
        found = None if agreement is None else self._standing(agreement)
        act = act if found is None else self._counted(found, act, at)
        decision = decide(found, act, at)
        now = self._node.clock()
        if isinstance(decision, Refuse) or found is None or not found.stopped_by(self._node.service, now):
            return decision
        return decide(found, act, now)

    def _standing(self, agreement: str) -> AgreementStanding | None:
        if agreement not in self._standings:
            self._standings[agreement] = standing(self._node, agreement)
        return self._standings[agreement]


VOLUME = "transfer.volume"


class OverCap(Refused):
    """The last of a cap was taken while this was being decided."""


def require_within_caps(node: Node, made: Iterable[tuple[ServiceId, str]]) -> None:
    """Check, in the transaction that stores them, that transfers under a derogation keep within its cap.

    Two submissions may have been decided side by side, each without knowing of the other.

    Args:
        made: partner and agreement of each transfer that rests on a derogation, stored by now.

    Raises:
        OverCap: ``transfer.volume``.
    """
    for partner, agreement in sorted(set(made)):
        found = standing(node, agreement)
        stated = None if found is None else derogation_of(found.agreement, node.service)
        if stated is None or stated.cap is None:
            continue
        alone(node.alias, f"derogation/{agreement}")
        after = node.clock() - stated.cap.within
        counted = made_on(
            node.alias, Direction.OUT.value, partner, agreement, stated.ground.value, after=after
        )
        if counted > stated.cap.transfers:
            raise OverCap(VOLUME)


def decided_again(
    node: Node, decider: Decider, octets: bytes, agreement: str, at: Instant | None
) -> Decision:
    """Decide once more on a message of ours that waits, by its header.

    Args:
        octets: the header as it is stored. at: when; None: at its signed time.
    """
    header = read_document(
        Header, octets, code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH
    )
    opened = None
    if header.thread is not None:
        found = inbox.threads_opened(node.alias, header.recipient, header.regime, [header.thread])
        opened = found.get(header.thread)
    return decider.decide(proposed(header, opened), agreement, header.sent_at if at is None else at)


def skew(node: Node) -> timedelta:
    """Return how far clocks may differ."""
    return timedelta(seconds=node.config.skew_seconds)


def transit(node: Node) -> timedelta:
    """Return how long a message may travel."""
    return timedelta(days=node.config.transit_days)
