"""Answers several searches of one case that came in one call, all or none, each counted and kept as if it had come alone.

Implements docs/protocol/probe.md §4.11. What is dear is done once for all: the signatures, the question to the keys, the
transaction. Whatever is not the first time (a lost answer, openings asked for again) is refused here and has its answer
one by one, so that it is recognised in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import PurposeGroup
from comity.core.crypto.voprf.layout import OPENINGS
from comity.core.instant import Instant
from comity.core.probe.exchange import (
    Counted,
    OpeningAnswer,
    OpeningRequest,
    ProbeAnswer,
    ProbeRequest,
    TogetherAnswer,
    TogetherOpened,
    joined,
    read_openings_together,
    read_together,
)
from comity.core.probe.wire import put_together, take_apart
from comity.errors import PeerError
from comity.services.calls import Call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import Bilateral, Event, record_many
from comity.services.exchange.trust import Decider
from comity.services.partners.directory import PartnerState, require_trusted
from comity.services.probe.answering.arrived import (
    Arrived,
    Evaluated,
    arrived,
    evaluated,
    kept,
    layout_of,
    permit,
    points_of,
    require_epoch,
    written,
)
from comity.storage.indexes import answers as rows
from comity.storage.indexes.answers import Opening
from comity.storage.transaction import atomic


@call_handler("probe-together", repeatable=True)
def answer_together(node: Node, call: Call) -> tuple[Any, bytes]:
    """Answer several searches, or count none.

    Raises:
        PeerError: as `one.answer`; ``probe.together-known``: one of them was counted before.
        Refused: ``partner.*``, the policy's code, ``quota.*``: the last of them would be one too many.
    """
    # 1. Requests of the one shape, all points distinct, from a partner that is trusted now.
    whole = read_together(put_together(call.body, call.attachment, "probe.request-malformed"))
    slots = layout_of(whole.profile).total
    requests = whole.apart(slots)
    points = points_of(whole.points, call.attachment, slots * len(requests))
    search = arrived(node, call, requests)
    if search.asked.known:
        raise PeerError("probe.together-known")
    # 2. Nothing is evaluated unless the agreement permits all of them.
    decider, more = Decider(node), len(requests) - 1
    permit(node, search, decider, search.asked.today + more, search.asked.in_case + more)
    found = evaluated(node, call, search.group, whole.epoch, search.layout, points)
    # 3. Count them, with the evidence of each count and what is answered.
    with atomic(node.alias):
        answers = _count(node, search, requests, decider, found)
    return take_apart(_answer(answers).model_dump(mode="json"))


def _count(
    node: Node,
    search: Arrived,
    requests: Sequence[ProbeRequest],
    decider: Decider,
    found: Sequence[Evaluated],
) -> list[ProbeAnswer]:
    counter, more = search.counter, len(requests) - 1
    counted = rows.count(node.alias, counter, search.request.case, [one.rid for one in requests])
    if counted.known:
        raise PeerError("probe.together-known")
    before = counted.today - len(requests)
    if (before, counted.in_case) != (search.asked.today, search.asked.in_case):
        permit(node, search, decider, before + more, counted.in_case + more)
    answers = [
        written(search, request.rid, own, counter.day, before + at, counted.in_case + at)
        for at, (request, own) in enumerate(zip(requests, found, strict=True), 1)
    ]
    stored = [kept(search, request, made.to_json()) for request, made in zip(requests, answers, strict=True)]
    rows.add(node.alias, [row for row, _ in stored])
    record_many(node, Bilateral(search.call.partner, search.call.regime), [event for _, event in stored])
    return answers


def _answer(answers: Sequence[ProbeAnswer]) -> TogetherAnswer:
    return TogetherAnswer(
        epoch=answers[0].epoch,
        day=answers[0].day,
        searches=tuple(Counted(rid=one.rid, today=one.today, in_case=one.in_case) for one in answers),
        elements=joined(one.elements for one in answers),
        proofs=joined(one.proofs for one in answers),
        tombstones=answers[0].tombstones,
    )


@call_handler("probe-open-together", repeatable=True)
def answer_openings_together(node: Node, call: Call) -> tuple[Any, bytes]:
    """Evaluate the points that follow several searches, two for each, once for each, or none.

    Raises:
        PeerError: as `one.answer_openings`; ``probe.together-known``: openings of one were asked for before.
        Refused: ``partner.*``.
    """
    # 1. Two points for each, from a partner that is trusted now.
    whole = read_openings_together(put_together(call.body, call.attachment, "probe.request-malformed"))
    requests = whole.apart()
    points = points_of(whole.points, call.attachment, OPENINGS.total * len(requests))
    known = rows.openings(node.alias, call.partner, whole.rids)
    if not known:
        raise PeerError("partner.unknown")
    require_trusted(call.partner, PartnerState(known[0].state), known[0].confirmed_at)
    # 2. For searches of one group and epoch that were counted and answered, and had no openings.
    found = {one.rid: one for one in known if one.answered and one.regime == call.regime.value}
    if len(found) != len(requests) or len({(one.group, one.epoch) for one in known}) != 1:
        raise PeerError("probe.opening")
    if any(one.digest for one in known):
        raise PeerError("probe.together-known")
    require_epoch(node.clock(), known[0].valid_before)
    # 3. Evaluate; keep each answer, with evidence, before anything of them leaves.
    group, epoch = PurposeGroup(known[0].group), known[0].epoch
    answers = [
        OpeningAnswer(rid=request.rid, elements=elements, proofs=proofs)
        for request, (elements, proofs) in zip(
            requests, evaluated(node, call, group, epoch, OPENINGS, points), strict=True
        )
    ]
    with atomic(node.alias):
        # In one order, whatever the call's, so that two calls never wait for one another.
        for request, made in sorted(zip(requests, answers, strict=True), key=lambda pair: pair[0].rid):
            _keep(node, found[request.rid], request, made)
        scope, now = Bilateral(call.partner, call.regime), node.clock()
        record_many(node, scope, [_opened(request, now) for request in requests])
    made_of_all = TogetherOpened(
        rids=whole.rids,
        elements=joined(one.elements for one in answers),
        proofs=joined(one.proofs for one in answers),
    )
    return take_apart(made_of_all.model_dump(mode="json"))


def _keep(node: Node, found: Opening, request: OpeningRequest, made: OpeningAnswer) -> None:
    text = canonical.encode(made.to_json()).decode()
    if found.known is None or not rows.keep_opening(node.alias, found.known, request.digest, text):
        raise PeerError("probe.together-known")


def _opened(request: OpeningRequest, now: Instant) -> Event:
    return Event("probe.opened", now, {"search": request.rid, "openings": request.digest})
