"""A search that has arrived: what is known of it before it is counted, whether it is permitted, and what is kept of it.

Implements docs/protocol/probe.md §4 (issuer). Neither the register nor the index is read here: whether the person is
found is not known in this process, so nothing about it can leak. The list of what is gone is the same for every query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Act, PurposeGroup
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.encoding import to_text
from comity.core.crypto.oprf import ELEMENT_BYTES
from comity.core.crypto.voprf.layout import SlotLayout
from comity.core.instant import Instant
from comity.core.policy.decide import Permit, ProposedAct
from comity.core.probe.exchange import ProbeAnswer, ProbeRequest
from comity.core.probe.recalled import Tombstones
from comity.core.probe.rules.profile import PROFILES
from comity.errors import PeerError, Refused
from comity.services.calls import Call
from comity.services.context import Node
from comity.services.evidence.record import Event
from comity.services.exchange.trust import Decider
from comity.services.partners.directory import PartnerState, require_trusted
from comity.services.probe.layers.recalled import told
from comity.services.probe.permit import purposes_of
from comity.services.probe.replica import read_group
from comity.storage.indexes import answers as rows
from comity.storage.indexes.answers import Asked, Counter
from comity.storage.models.probe import ProbeAnswered

OVERLAP = timedelta(hours=48)
"""How long searches of an epoch that has ended are still answered."""

Evaluated = tuple[tuple[str, ...], tuple[str, ...]]
"""All elements of a search, and the proof of each of its classes."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A search as it was asked, and what is known of it before it is counted.

    Of several in one call it is the first: what is known here, they share; `asked.known` is of any of them.
    """

    call: Call
    request: ProbeRequest
    group: PurposeGroup
    layout: SlotLayout
    at: Instant
    asked: Asked
    tombstones: Tombstones

    @property
    def counter(self) -> Counter:
        """Return what it is counted with."""
        return _counter(self.call, self.request, self.at)


def layout_of(profile: str) -> SlotLayout:
    """Return the shape of a search.

    Raises:
        PeerError: ``probe.profile``.
    """
    found = PROFILES.get(profile)
    if found is None:
        raise PeerError("probe.profile")
    return found.layout


def arrived(node: Node, call: Call, requests: Sequence[ProbeRequest]) -> Arrived:
    """Look up what an answer needs to know: from a partner that is trusted now, in an epoch that is answered.

    Args:
        node: this node.
        call: who asks.
        requests: all of the call; they share all but person and identifier.

    Raises:
        PeerError: ``partner.unknown``, ``probe.group``, ``probe.profile``, ``probe.epoch``, ``probe.layer``.
        Refused: ``partner.*``.
    """
    request, rids = requests[0], [one.rid for one in requests]
    group, layout, now = read_group(request.group), layout_of(request.profile), node.clock()
    counter = _counter(call, request, now)
    asked = rows.asked(node.alias, counter, request.case, rids, request.epoch, request.layer)
    if asked is None:
        raise PeerError("partner.unknown")
    require_trusted(call.partner, PartnerState(asked.state), asked.confirmed_at)
    require_epoch(now, asked.valid_before)
    tombstones = told(asked.record_key or b"", asked.gone, asked.oldest, request.layer)
    return Arrived(call, request, group, layout, now, asked, tombstones)


def points_of(texts: Sequence[str], octets: bytes, size: int) -> list[bytes]:
    """Return as many distinct points as there must be; that each is one, the holder of the keys looks at.

    Args:
        texts: as they stand in the body, where they are the only list.
        octets: the same as they travelled (`put_together`).
        size: how many.

    Raises:
        PeerError: ``probe.batch-size``, ``probe.element``.
    """
    if len(texts) != size:
        raise PeerError("probe.batch-size", limit=size)
    points = [octets[at : at + ELEMENT_BYTES] for at in range(0, len(octets), ELEMENT_BYTES)]
    if len(set(points)) != size:
        raise PeerError("probe.element")
    return points


def require_epoch(now: Instant, valid_before: Instant | None) -> None:
    """Refuse an epoch that is not, or no longer, answered.

    Raises:
        PeerError: ``probe.epoch``.
    """
    if valid_before is None or now >= valid_before + OVERLAP:
        raise PeerError("probe.epoch")


def evaluated(
    node: Node, call: Call, group: PurposeGroup, epoch: int, layout: SlotLayout, points: Sequence[bytes]
) -> list[Evaluated]:
    """Evaluate the points of one search or of several, in one round trip; a proof for each class of each search.

    Args:
        node: this node.
        call: who asks.
        group, epoch: name the keys.
        layout: of each search.
        points: of all, one search after the other.

    Raises:
        PeerError: ``probe.element``.
    """
    batches = [
        (
            ProbeKeyId(call.partner, call.regime, group, epoch, key_class),
            points[start + places.start : start + places.stop],
        )
        for start in range(0, len(points), layout.total)
        for key_class, places in layout.ranges()
    ]
    found, classes = node.keys.evaluate_each(batches), len(layout.slots)
    return [
        (
            tuple(to_text(element) for one in own for element in one.elements),
            tuple(to_text(one.proof) for one in own),
        )
        for own in (found[at : at + classes] for at in range(0, len(found), classes))
    ]


def permit(node: Node, search: Arrived, decider: Decider, today: int, in_case: int) -> None:
    """Refuse unless some purpose of the group permits the search: the purpose itself does not travel.

    Args:
        node: this node.
        search: what is asked.
        decider: of this request.
        today, in_case: searches counted before it.

    Raises:
        Refused: the code of the last decision; a quota before anything else.
    """
    call, agreement, codes = search.call, search.request.agreement, []
    for purpose in purposes_of(search.group):
        act = ProposedAct(
            act=Act.PROBE,
            regime=call.regime,
            sender=call.partner,
            recipient=node.service,
            purpose=purpose,
            probes_today=today,
            probes_in_case=in_case,
        )
        decision = decider.decide(act, agreement, call.at)
        if isinstance(decision, Permit):
            # The answer tells of our register: that direction must be open on that day as well.
            back = replace(act, act=Act.PUBLISH_INDEX, sender=node.service, recipient=call.partner)
            decision = decider.decide(back, agreement, call.at)
        if isinstance(decision, Permit):
            return
        codes.append(decision.code)
    quota = [code for code in codes if code.startswith("quota.")]
    raise Refused((quota or codes)[0])


def written(search: Arrived, rid: str, found: Evaluated, day: date, today: int, in_case: int) -> ProbeAnswer:
    """Return the answer to one search.

    Args:
        search: what is known of it.
        rid: its identifier.
        found: its evaluation.
        day, today, in_case: the count that holds, this search included.
    """
    return ProbeAnswer(
        rid=rid,
        epoch=search.request.epoch,
        day=day.isoformat(),
        today=today,
        in_case=in_case,
        elements=found[0],
        proofs=found[1],
        tombstones=search.tombstones,
    )


def kept(search: Arrived, request: ProbeRequest, answer: dict[str, Any]) -> tuple[ProbeAnswered, Event]:
    """Return what is kept of a search that was counted, and the evidence of its count.

    Args:
        search: what is known of it, or of the first of its call.
        request: as it would have been asked by itself: what its digest is of.
        answer: as it is fetched again when it was lost, byte for byte.
    """
    call, counter, digest = search.call, search.counter, request.digest
    row = ProbeAnswered(
        partner=call.partner,
        rid=request.rid,
        regime=call.regime.value,
        group=counter.group,
        agreement=request.agreement,
        epoch=request.epoch,
        digest=digest,
        commitment=request.commitment,
        case=request.case,
        day=counter.day,
        today=answer["today"],
        in_case=answer["in_case"],
        answer=canonical.encode(answer).decode(),
        at=search.at,
    )
    facts: dict[str, str | int] = {
        "search": request.rid,
        "group": counter.group,
        "agreement": request.agreement,
        "epoch": request.epoch,
        "commitment": request.commitment,
        "request": digest,
        "today": row.today,
    }
    return row, Event("probe.answered", search.at, facts)


def _counter(call: Call, request: ProbeRequest, at: Instant) -> Counter:
    return Counter(call.partner, call.regime.value, request.agreement, request.group, at.date())
