"""Answers a partner's search: counts it, evaluates blinded points, proves the evaluation. Learns nothing else.

Implements docs/protocol/probe.md §4 (issuer). Neither the register nor the index is read here: whether the person is
found is not known in this process, so nothing about it can leak. The list of what is gone is the same for every query.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Act, PurposeGroup
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.oprf import ELEMENT_BYTES
from comity.core.crypto.voprf.layout import OPENINGS, SlotLayout
from comity.core.crypto.voprf.server import check_elements
from comity.core.policy.decide import Permit, ProposedAct
from comity.core.probe.exchange import OpeningAnswer, ProbeAnswer, ProbeRequest, read_opening, read_request
from comity.core.probe.rules.profile import PROFILES
from comity.core.probe.wire import put_together, take_apart
from comity.errors import PeerError, Refused
from comity.services.calls import Call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import Bilateral, Event, record
from comity.services.exchange.trust import Decider
from comity.services.partners.directory import trusted_partner
from comity.services.probe.layers.recalled import told
from comity.services.probe.permit import purposes_of
from comity.services.probe.replica import read_group
from comity.storage import probe as rows
from comity.storage.models.probe import ProbeAnswered, ProbeEpoch
from comity.storage.transaction import atomic

OVERLAP = timedelta(hours=48)
"""How long searches of an epoch that has ended are still answered."""


@call_handler("probe", repeatable=True)
def answer(node: Node, call: Call) -> tuple[Any, bytes]:
    """Answer a search; the same request again is answered again as it was, and not counted.

    Raises:
        PeerError: ``probe.request-malformed``, ``probe.group``, ``probe.profile``, ``probe.batch-size``,
            ``probe.element``, ``probe.epoch``, ``probe.layer``, ``probe.id-reused``.
        Refused: ``partner.*``, the policy's code, ``quota.*``.
    """
    # 1. A partner that is trusted now, a request of the one shape, points that are points.
    trusted_partner(node, call.partner)
    request = read_request(put_together(call.body, call.attachment, "probe.request-malformed"))
    group = read_group(request.group)
    profile = PROFILES.get(request.profile)
    if profile is None:
        raise PeerError("probe.profile")
    points = _points(request.points, profile.layout.total)
    epoch = _require_epoch(node, call, request.epoch, group)
    tombstones = told(node, epoch, request.layer)
    # 2. Decide and count, or recognise the request; one partner's searches of a day wait for one another.
    with atomic(node.alias):
        counted = _count(node, call, request, group)
    if counted.answer is not None:
        return take_apart(json.loads(counted.answer))
    # 3. Evaluate with a proof for each class, outside any transaction.
    elements, proofs = _evaluated(node, call, counted, PROFILES[request.profile].layout, points)
    made = ProbeAnswer(
        rid=request.rid,
        epoch=request.epoch,
        day=counted.day.isoformat(),
        today=counted.today,
        in_case=counted.in_case,
        elements=elements,
        proofs=proofs,
        tombstones=tombstones,
    ).to_json()
    # 4. Keep the answer: a lost one is fetched again, byte for byte.
    with atomic(node.alias):
        rows.keep_answer(node.alias, counted, canonical.encode(made).decode())
    return take_apart(made)


@call_handler("probe-open", repeatable=True)
def answer_openings(node: Node, call: Call) -> tuple[Any, bytes]:
    """Evaluate the two points that follow a search, once for each search that was answered.

    Raises:
        PeerError: ``probe.request-malformed``, ``probe.batch-size``, ``probe.element``, ``probe.epoch``;
            ``probe.opening``: no such search, or it had its openings.
        Refused: ``partner.*``.
    """
    # 1. A partner that is trusted now; points that are points.
    trusted_partner(node, call.partner)
    request = read_opening(put_together(call.body, call.attachment, "probe.request-malformed"))
    points = _points(request.points, OPENINGS.total)
    # 2. For a search that was counted and answered, and for no other request than the first.
    with atomic(node.alias):
        counted = rows.locked_answered(node.alias, call.partner, request.rid)
        if counted is None or counted.answer is None or counted.regime != call.regime.value:
            raise PeerError("probe.opening")
        if counted.opening_digest not in ("", request.digest):
            raise PeerError("probe.opening")
        if not counted.opening_digest:
            rows.begin_opening(node.alias, counted, request.digest)
            facts: dict[str, str | int] = {"search": request.rid, "openings": request.digest}
            record(node, Bilateral(call.partner, call.regime), Event("probe.opened", node.clock(), facts))
    if counted.opening is not None:
        return take_apart(json.loads(counted.opening))
    _require_epoch(node, call, counted.epoch, PurposeGroup(counted.group))
    # 3. Evaluate, keep, answer.
    elements, proofs = _evaluated(node, call, counted, OPENINGS, points)
    made = OpeningAnswer(rid=request.rid, elements=elements, proofs=proofs).to_json()
    with atomic(node.alias):
        rows.keep_opening(node.alias, counted, canonical.encode(made).decode())
    return take_apart(made)


def _evaluated(
    node: Node, call: Call, counted: ProbeAnswered, layout: SlotLayout, points: Sequence[bytes]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return all elements, and the proof of each class."""
    group, elements, proofs = PurposeGroup(counted.group), [], []
    for key_class, places in layout.ranges():
        key = ProbeKeyId(call.partner, call.regime, group, counted.epoch, key_class)
        evaluation = node.keys.evaluate(key, points[places.start : places.stop])
        elements += [to_text(element) for element in evaluation.elements]
        proofs.append(to_text(evaluation.proof))
    return tuple(elements), tuple(proofs)


def _points(texts: Sequence[str], size: int) -> list[bytes]:
    if len(texts) != size:
        raise PeerError("probe.batch-size", limit=size)
    points = [from_text(point) for point in texts]
    if any(len(point) != ELEMENT_BYTES for point in points) or len(set(points)) != len(points):
        raise PeerError("probe.element")
    check_elements(points)
    return points


def _require_epoch(node: Node, call: Call, number: int, group: PurposeGroup) -> ProbeEpoch:
    row = rows.epoch(node.alias, (call.partner, call.regime.value, group.value), number)
    if row is None or node.clock() >= row.valid_before + OVERLAP:
        raise PeerError("probe.epoch")
    return row


def _count(node: Node, call: Call, request: ProbeRequest, group: PurposeGroup) -> ProbeAnswered:
    now = node.clock()
    day = now.date()
    # 1. From here on, no other search of this partner, agreement, group and day is counted.
    rows.lock_count(node.alias, call.partner, request.agreement, group.value, day)
    known = rows.answered(node.alias, call.partner, request.rid)
    # 2. An identifier names one request for ever.
    if known is not None:
        if known.digest != request.digest or known.regime != call.regime.value:
            raise PeerError("probe.id-reused")
        # Counted, but never answered or forgotten since: it is evaluated now, so the agreement must permit it now.
        if known.answer is None:
            _permit(node, call, request, group, known.today - 1, known.in_case - 1)
        return known
    # 3. The agreement, at the signed time of the call, with our own counts.
    today = rows.counted_today(node.alias, call.partner, request.agreement, day)
    in_case = rows.answered_in_case(node.alias, call.partner, request.agreement, request.case)
    _permit(node, call, request, group, today, in_case)
    # 4. Count, with evidence of the count.
    row = ProbeAnswered(
        partner=call.partner,
        rid=request.rid,
        regime=call.regime.value,
        group=group.value,
        agreement=request.agreement,
        epoch=request.epoch,
        digest=request.digest,
        commitment=request.commitment,
        case=request.case,
        day=day,
        today=today + 1,
        in_case=in_case + 1,
        at=now,
    )
    rows.add_answered(node.alias, row)
    facts: dict[str, str | int] = {
        "search": request.rid,
        "group": group.value,
        "agreement": request.agreement,
        "epoch": request.epoch,
        "commitment": request.commitment,
        "request": request.digest,
        "today": row.today,
    }
    record(node, Bilateral(call.partner, call.regime), Event("probe.answered", now, facts))
    return row


def _permit(
    node: Node, call: Call, request: ProbeRequest, group: PurposeGroup, today: int, in_case: int
) -> None:
    """Refuse unless some purpose of the group permits the search: the purpose itself does not travel.

    Raises:
        Refused: the code of the last decision; a quota before anything else.
    """
    decider, codes = Decider(node), []
    for purpose in purposes_of(group):
        act = ProposedAct(
            act=Act.PROBE,
            regime=call.regime,
            sender=call.partner,
            recipient=node.service,
            purpose=purpose,
            probes_today=today,
            probes_in_case=in_case,
        )
        decision = decider.decide(act, request.agreement, call.at)
        if isinstance(decision, Permit):
            # The answer tells of our register: that direction must be open on that day as well.
            back = replace(act, act=Act.PUBLISH_INDEX, sender=node.service, recipient=call.partner)
            decision = decider.decide(back, request.agreement, call.at)
        if isinstance(decision, Permit):
            return
        codes.append(decision.code)
    quota = [code for code in codes if code.startswith("quota.")]
    raise Refused((quota or codes)[0])
