"""Which numbers of the register may be compared with a partner's, and whose they are.

Implements docs/protocol/overlap.md §1. A number enters a list only if the law lets its entry be found by that partner
(`comity.core.register.findable`) and the agreement permits the act `count-common` for its category of person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import PURPOSE_GROUPS, Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Role, SubjectCategory
from comity.core.overlap.points import LEAST, MOST
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide
from comity.core.register.links.model import AROUND
from comity.errors import InputError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.context import Actor, ActorKind, Node
from comity.services.partners.directory import trusted_partner
from comity.services.register.read import stream_findable

COUNTERS = (Role.APPROVER, Role.HEAD_OF_DESK)
"""May offer a list, count, and let an edge be shown: it is done with the whole register."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry behind a number: identifier, version, whether it is there only because of somebody else."""

    uid: str
    version: int
    around: bool


@dataclass(frozen=True, slots=True)
class Basis:
    """What permits a comparison.

    Args:
        act: as it was decided on; with one's own service as the sender.
    """

    standing: AgreementStanding
    act: ProposedAct
    clause: str

    @property
    def regime(self) -> Regime:
        """The agreement's."""
        return self.standing.agreement.regime


def require_counter(actor: Actor, regime: Regime) -> None:
    """Refuse whoever is no named person with the role.

    Raises:
        Refused: ``overlap.person``, ``actor.role``.
    """
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("overlap.person")
    actor.require(regime, *COUNTERS)


def basis_of(node: Node, partner: ServiceId, agreement: str, purpose: Purpose) -> Basis:
    """Return what permits to compare with a partner, in both directions.

    Raises:
        InputError: ``agreement.not-found``.
        Refused: ``partner.*``, ``overlap.regime``, or the policy's code.
        PeerError: ``partner.unknown``.
    """
    trusted_partner(node, partner)
    standing = stored_standing(node, agreement)
    regime = standing.agreement.regime
    if regime is Regime.INTELLIGENCE:
        raise Refused("overlap.regime")
    act = ProposedAct(
        act=Act.COUNT,
        regime=regime,
        sender=node.service,
        recipient=partner,
        purpose=purpose,
        data=frozenset({DataCategory.PHONES}),
    )
    clause = ""
    for each in (act, replace(act, sender=partner, recipient=node.service)):
        decision = decide(standing, each, node.clock())
        if isinstance(decision, Refuse):
            raise Refused(decision.code)
        clause = decision.clause or clause
    return Basis(standing, act, clause)


def listed(node: Node, partner: ServiceId, basis: Basis, purpose: Purpose) -> dict[str, list[Entry]]:
    """Return every number that may be compared, in order, with the entries behind it.

    Raises:
        InputError: ``overlap.too-few``, ``overlap.too-many``.
    """
    permitted: dict[SubjectCategory, bool] = {}
    found: dict[str, list[Entry]] = {}
    for uid, version, subject in stream_findable(node, basis.regime, partner, PURPOSE_GROUPS[purpose]):
        marks = subject.marks
        if purpose not in marks.purposes or not subject.phones:
            continue
        if marks.category not in permitted:
            act = replace(basis.act, subjects=frozenset({marks.category}))
            permitted[marks.category] = isinstance(decide(basis.standing, act, node.clock()), Permit)
        if permitted[marks.category]:
            for number in subject.phones:
                found.setdefault(number, []).append(Entry(uid, version, marks.category in AROUND))
    if len(found) < LEAST:
        raise InputError("overlap.too-few", least=LEAST)
    if len(found) > MOST:
        raise InputError("overlap.too-many", limit=MOST)
    return dict(sorted(found.items()))


def written(entries: Mapping[str, list[Entry]]) -> list[list[list[str | int | bool]]]:
    """Return the entries behind each number, in the order of the numbers, as JSON; the numbers themselves are left out."""
    return [[[each.uid, each.version, each.around] for each in behind] for behind in entries.values()]


def read_entries(behind: list[list[object]]) -> list[Entry]:
    """Return the entries behind one number, as `written` wrote them; who is there for a reason of the own comes first."""
    found = [Entry(str(uid), int(str(version)), bool(around)) for uid, version, around in behind]
    return sorted(found, key=lambda each: (each.around, each.uid))
