"""What the agreements in force permit of the private search, asked at each use.

Implements docs/protocol/probe.md §1. A partner that is suspended, or an agreement that is stopped, ends publishing,
fetching, asking and answering at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import PURPOSE_GROUPS, Act, Purpose, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import DataCategory, SubjectCategory, Taint
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide
from comity.core.register.subject import Subject
from comity.errors import Refused
from comity.services.agreements.standing import in_force
from comity.services.context import Node
from comity.services.partners.directory import trusted_partner
from comity.services.probe.describe import USED, categories_of


@dataclass(frozen=True, slots=True)
class Basis:
    """An agreement in force and a purpose of the group for which it permits an index."""

    standing: AgreementStanding
    purpose: Purpose
    clause: str | None


def purposes_of(group: PurposeGroup) -> tuple[Purpose, ...]:
    """Return the purposes of a group."""
    return tuple(purpose for purpose, its in PURPOSE_GROUPS.items() if its is group)


def bases(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> tuple[Basis, ...]:
    """Return every basis on which this node may publish an index to a partner.

    Raises:
        Refused: ``partner.*``; ``probe.replica-off`` under the intelligence regime; ``probe.no-permit`` when no
            agreement in force permits it.
        PeerError: ``partner.unknown``.
    """
    trusted_partner(node, partner)
    if regime is Regime.INTELLIGENCE:
        raise Refused("probe.replica-off")
    found: list[Basis] = []
    for standing in in_force(node, partner, regime):
        for purpose in purposes_of(group):
            act = ProposedAct(
                act=Act.PUBLISH_INDEX,
                regime=regime,
                sender=node.service,
                recipient=partner,
                purpose=purpose,
            )
            decision = decide(standing, act, node.clock())
            if isinstance(decision, Permit):
                found.append(Basis(standing, purpose, decision.clause))
    if not found:
        raise Refused("probe.no-permit")
    return tuple(found)


def require_receivable(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> None:
    """Refuse what is left to fetch of a partner's index, wherever it is fetched from, once it may not come here any more.

    Raises:
        Refused: ``partner.*``; ``probe.no-permit`` when no agreement in force permits it.
        PeerError: ``partner.unknown``.
    """
    trusted_partner(node, partner)
    now = node.clock()
    for standing in in_force(node, partner, regime):
        for purpose in purposes_of(group):
            act = ProposedAct(
                act=Act.PUBLISH_INDEX,
                regime=regime,
                sender=partner,
                recipient=node.service,
                purpose=purpose,
            )
            if isinstance(decide(standing, act, now), Permit):
                return
    raise Refused("probe.no-permit")


Kind = tuple[SubjectCategory, frozenset[Taint], frozenset[Purpose], frozenset[DataCategory]]
"""What a decision follows from beside the agreements: category, taints, purposes and the categories of data held."""


class FindableBy:
    """Decides for each subject of the register which of its data may serve to find it, remembering equal cases."""

    def __init__(self, node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> None:
        self._node = node
        self._partner = partner
        self._regime = regime
        self.where = partner, regime, group
        self.bases = bases(node, partner, regime, group)
        self._now = node.clock()
        self._known: dict[Kind, frozenset[DataCategory]] = {}

    def permitted(self, subject: Subject) -> frozenset[DataCategory]:
        """Return the data categories that a Permit for ``be-found`` covers; empty when there is none."""
        marks = subject.marks
        held = categories_of(subject)
        purposes, taints = frozenset(marks.purposes), frozenset(marks.taints)
        return self.permitted_of((marks.category, taints, purposes, held))

    def permitted_of(self, kind: Kind) -> frozenset[DataCategory]:
        """Return the same for all subjects of a kind."""
        if kind not in self._known:
            self._known[kind] = self._decide(*kind)
        return self._known[kind]

    @property
    def decided(self) -> Mapping[Kind, frozenset[DataCategory]]:
        """Return what was decided so far, kind by kind."""
        return self._known

    def _decide(
        self,
        category: SubjectCategory,
        taints: frozenset[Taint],
        purposes: frozenset[Purpose],
        held: frozenset[DataCategory],
    ) -> frozenset[DataCategory]:
        for basis in self.bases:
            if basis.purpose not in purposes:
                continue
            for data in _narrowed(held):
                act = ProposedAct(
                    act=Act.BE_FOUND,
                    regime=self._regime,
                    sender=self._node.service,
                    recipient=self._partner,
                    purpose=basis.purpose,
                    data=data,
                    subjects=frozenset({category}),
                    taints=taints,
                )
                if not isinstance(decide(basis.standing, act, self._now), Refuse):
                    return data
        return frozenset()


def _narrowed(held: frozenset[DataCategory]) -> Iterator[frozenset[DataCategory]]:
    """Yield what is held, then less and less of it: first without documents, then without parents."""
    for count in range(len(USED), 0, -1):
        data = held & frozenset(USED[:count])
        if data:
            yield data
