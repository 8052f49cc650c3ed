"""Answers a partner's search: counts it, evaluates blinded points, proves the evaluation. Learns nothing else.

Implements docs/protocol/probe.md §4 (issuer). Neither the register nor the index is read here: whether the person is
found is not known in this process, so nothing about it can leak. The list of what is gone is the same for every query.
What is evaluated leaves only after one transaction has counted it, kept it, and recorded the count.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Act, PurposeGroup
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.encoding import to_text
from comity.core.crypto.oprf import ELEMENT_BYTES
from comity.core.crypto.voprf.layout import OPENINGS, SlotLayout
from comity.core.instant import Instant
from comity.core.policy.decide import Permit, ProposedAct
from comity.core.probe.exchange import OpeningAnswer, ProbeAnswer, ProbeRequest, read_opening, read_request
from comity.core.probe.recalled import Tombstones
from comity.core.probe.rules.profile import PROFILES
from comity.core.probe.wire import put_together, take_apart
from comity.errors import PeerError, Refused
from comity.services.calls import Call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import Bilateral, Event, record
from comity.services.exchange.trust import Decider
from comity.services.partners.directory import PartnerState, require_trusted
from comity.services.probe.layers.recalled import told
from comity.services.probe.permit import purposes_of
from comity.services.probe.replica import read_group
from comity.storage.indexes import answers as rows
from comity.storage.indexes.answers import Asked, Counter
from comity.storage.models.probe import ProbeAnswered
from comity.storage.transaction import atomic

OVERLAP = timedelta(hours=48)
"""How long searches of an epoch that has ended are still answered."""


@dataclass(frozen=True, slots=True)
class _Search:
    """A search as it was asked, and what is known of it before it is counted."""

    call: Call
    request: ProbeRequest
    group: PurposeGroup
    layout: SlotLayout
    points: Sequence[bytes]
    at: Instant
    asked: Asked
    tombstones: Tombstones

    @property
    def counter(self) -> Counter:
        """Return what it is counted with."""
        return _counter(self.call, self.request, self.at)


@call_handler("probe", repeatable=True)
def answer(node: Node, call: Call) -> tuple[Any, bytes]:
    """Answer a search; the same request again is answered again as it was, and not counted.

    Raises:
        PeerError: ``partner.unknown``, ``probe.request-malformed``, ``probe.group``, ``probe.profile``,
            ``probe.batch-size``, ``probe.element``, ``probe.epoch``, ``probe.layer``, ``probe.id-reused``.
        Refused: ``partner.*``, the policy's code, ``quota.*``.
    """
    # 1. A request of the one shape, from a partner that is trusted now, in an epoch that is answered.
    request = read_request(put_together(call.body, call.attachment, "probe.request-malformed"))
    group = read_group(request.group)
    profile = PROFILES.get(request.profile)
    if profile is None:
        raise PeerError("probe.profile")
    points, now = _points(request.points, call.attachment, profile.layout.total), node.clock()
    counter = _counter(call, request, now)
    asked = rows.asked(node.alias, counter, request.case, request.rid, request.epoch, request.layer)
    if asked is None:
        raise PeerError("partner.unknown")
    require_trusted(call.partner, PartnerState(asked.state), asked.confirmed_at)
    _require_epoch(now, asked.valid_before)
    tombstones = told(asked.record_key or b"", asked.gone, asked.oldest, request.layer)
    search = _Search(call, request, group, profile.layout, points, now, asked, tombstones)
    # 2. Count and answer, or recognise the request.
    return take_apart(_again(node, search) if asked.known else _first(node, search))


def _first(node: Node, search: _Search) -> dict[str, Any]:
    """Return the answer to a search that is counted now."""
    # 1. Nothing is evaluated for whom the agreement permits nothing.
    decider = Decider(node)
    _permit(node, search, decider, search.asked.today, search.asked.in_case)
    # 2. Evaluate with a proof for each class, outside any transaction: nothing of it leaves before it is counted.
    evaluated = _evaluated(
        node, search.call, search.group, search.request.epoch, search.layout, search.points
    )
    # 3. Count, with the evidence of the count and what is answered.
    try:
        with atomic(node.alias):
            return _count(node, search, decider, evaluated)
    except _CountedMeanwhileError:
        return _again(node, search)


def _again(node: Node, search: _Search) -> dict[str, Any]:
    """Return the answer to a search that was counted before.

    Raises:
        PeerError: ``probe.id-reused``: an identifier names one request for ever.
        Refused: it was never answered, or the answer was forgotten since, and the agreement does not permit it now.
    """
    request, call = search.request, search.call
    known = rows.known(node.alias, call.partner, request.rid)
    if known is None or known.digest != request.digest or known.regime != call.regime.value:
        raise PeerError("probe.id-reused")
    if known.answer is None:
        _permit(node, search, Decider(node), known.today - 1, known.in_case - 1)
        evaluated = _evaluated(node, call, search.group, request.epoch, search.layout, search.points)
        made = _written(search, evaluated, known.day, known.today, known.in_case)
        with atomic(node.alias):
            if rows.keep(node.alias, known.id, canonical.encode(made).decode()):
                return made
        return _again(node, search)
    found: dict[str, Any] = json.loads(known.answer)
    return found


@call_handler("probe-open", repeatable=True)
def answer_openings(node: Node, call: Call) -> tuple[Any, bytes]:
    """Evaluate the two points that follow a search, once for each search that was answered.

    Raises:
        PeerError: ``partner.unknown``, ``probe.request-malformed``, ``probe.batch-size``, ``probe.element``,
            ``probe.epoch``; ``probe.opening``: no such search, or it had its openings.
        Refused: ``partner.*``.
    """
    # 1. Two points, from a partner that is trusted now.
    request = read_opening(put_together(call.body, call.attachment, "probe.request-malformed"))
    points = _points(request.points, call.attachment, OPENINGS.total)
    found = rows.opening(node.alias, call.partner, request.rid)
    if found is None:
        raise PeerError("partner.unknown")
    require_trusted(call.partner, PartnerState(found.state), found.confirmed_at)
    # 2. For a search that was counted and answered, and for no other request than the first.
    if found.known is None or not found.answered or found.regime != call.regime.value:
        raise PeerError("probe.opening")
    if found.digest not in ("", request.digest):
        raise PeerError("probe.opening")
    if found.opening is not None:
        return take_apart(json.loads(found.opening))
    _require_epoch(node.clock(), found.valid_before)
    # 3. Evaluate; keep the answer, with evidence, before anything of it leaves.
    elements, proofs = _evaluated(node, call, PurposeGroup(found.group), found.epoch, OPENINGS, points)
    made = OpeningAnswer(rid=request.rid, elements=elements, proofs=proofs).to_json()
    with atomic(node.alias):
        kept = rows.keep_opening(node.alias, found.known, request.digest, canonical.encode(made).decode())
        if kept and not found.digest:
            facts: dict[str, str | int] = {"search": request.rid, "openings": request.digest}
            record(node, Bilateral(call.partner, call.regime), Event("probe.opened", node.clock(), facts))
    # 4. Another request was quicker: it is told what that one got if it is the same, and nothing if not.
    return take_apart(made) if kept else answer_openings(node, call)


_Evaluated = tuple[tuple[str, ...], tuple[str, ...]]
"""All elements, and the proof of each class."""


def _evaluated(
    node: Node, call: Call, group: PurposeGroup, epoch: int, layout: SlotLayout, points: Sequence[bytes]
) -> _Evaluated:
    batches = [
        (ProbeKeyId(call.partner, call.regime, group, epoch, key_class), points[places.start : places.stop])
        for key_class, places in layout.ranges()
    ]
    found = node.keys.evaluate_each(batches)
    elements = tuple(to_text(element) for one in found for element in one.elements)
    return elements, tuple(to_text(one.proof) for one in found)


def _points(texts: Sequence[str], octets: bytes, size: int) -> list[bytes]:
    """Return as many distinct points as there must be; that each is one, the holder of the keys looks at.

    Args:
        texts: as they stand in the body, where they are the only list.
        octets: the same as they travelled (`put_together`).
        size: of the layout.
    """
    if len(texts) != size:
        raise PeerError("probe.batch-size", limit=size)
    points = [octets[at : at + ELEMENT_BYTES] for at in range(0, len(octets), ELEMENT_BYTES)]
    if len(set(points)) != size:
        raise PeerError("probe.element")
    return points


def _require_epoch(now: Instant, valid_before: Instant | None) -> None:
    if valid_before is None or now >= valid_before + OVERLAP:
        raise PeerError("probe.epoch")


def _counter(call: Call, request: ProbeRequest, at: Instant) -> Counter:
    return Counter(call.partner, call.regime.value, request.agreement, request.group, at.date())


class _CountedMeanwhileError(Exception):
    """The same identifier was counted between the reading and the count: this one is undone."""


def _count(node: Node, search: _Search, decider: Decider, evaluated: _Evaluated) -> dict[str, Any]:
    request, call, counter = search.request, search.call, search.counter
    # 1. From here on, no other search of this partner, agreement, group and day is counted.
    counted = rows.count(node.alias, counter, request.case, request.rid)
    if counted.known:
        raise _CountedMeanwhileError
    # 2. The agreement, at the signed time of the call, with our own counts, unless it was decided with these already.
    if (counted.today - 1, counted.in_case) != (search.asked.today, search.asked.in_case):
        _permit(node, search, decider, counted.today - 1, counted.in_case)
    # 3. Keep what is answered: a lost answer is fetched again, byte for byte.
    made = _written(search, evaluated, counter.day, counted.today, counted.in_case + 1)
    row = ProbeAnswered(
        partner=call.partner,
        rid=request.rid,
        regime=call.regime.value,
        group=counter.group,
        agreement=request.agreement,
        epoch=request.epoch,
        digest=request.digest,
        commitment=request.commitment,
        case=request.case,
        day=counter.day,
        today=counted.today,
        in_case=counted.in_case + 1,
        answer=canonical.encode(made).decode(),
        at=search.at,
    )
    rows.add(node.alias, row)
    # 4. Evidence of the count.
    facts: dict[str, str | int] = {
        "search": request.rid,
        "group": counter.group,
        "agreement": request.agreement,
        "epoch": request.epoch,
        "commitment": request.commitment,
        "request": row.digest,
        "today": row.today,
    }
    record(node, Bilateral(call.partner, call.regime), Event("probe.answered", search.at, facts))
    return made


def _written(search: _Search, evaluated: _Evaluated, day: date, today: int, in_case: int) -> dict[str, Any]:
    return ProbeAnswer(
        rid=search.request.rid,
        epoch=search.request.epoch,
        day=day.isoformat(),
        today=today,
        in_case=in_case,
        elements=evaluated[0],
        proofs=evaluated[1],
        tombstones=search.tombstones,
    ).to_json()


def _permit(node: Node, search: _Search, decider: Decider, today: int, in_case: int) -> None:
    """Refuse unless some purpose of the group permits the search: the purpose itself does not travel.

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
