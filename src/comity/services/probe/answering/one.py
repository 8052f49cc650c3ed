"""Answers a search that was asked by itself, and the two openings that follow it.

Implements docs/protocol/probe.md §4 (issuer). What is evaluated leaves only after one transaction has counted it, kept
it, and recorded the count.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import PurposeGroup
from comity.core.crypto.voprf.layout import OPENINGS
from comity.core.probe.exchange import OpeningAnswer, read_opening, read_request
from comity.core.probe.wire import put_together, take_apart
from comity.errors import PeerError
from comity.services.calls import Call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import Bilateral, Event, record
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
from comity.storage.transaction import atomic


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
    points = points_of(request.points, call.attachment, layout_of(request.profile).total)
    search = arrived(node, call, [request])
    # 2. Count and answer, or recognise the request.
    return take_apart(_again(node, search, points) if search.asked.known else _first(node, search, points))


def _first(node: Node, search: Arrived, points: Sequence[bytes]) -> dict[str, Any]:
    """Return the answer to a search that is counted now."""
    # 1. Nothing is evaluated for whom the agreement permits nothing.
    decider = Decider(node)
    permit(node, search, decider, search.asked.today, search.asked.in_case)
    # 2. Evaluate with a proof for each class, outside any transaction: nothing of it leaves before it is counted.
    found = _evaluated(node, search, points)
    # 3. Count, with the evidence of the count and what is answered.
    try:
        with atomic(node.alias):
            return _count(node, search, decider, found)
    except _CountedMeanwhileError:
        return _again(node, search, points)


def _again(node: Node, search: Arrived, points: Sequence[bytes]) -> dict[str, Any]:
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
        permit(node, search, Decider(node), known.today - 1, known.in_case - 1)
        counts = known.day, known.today, known.in_case
        made = written(search, request.rid, _evaluated(node, search, points), *counts).to_json()
        with atomic(node.alias):
            if rows.keep(node.alias, known.id, canonical.encode(made).decode()):
                return made
        return _again(node, search, points)
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
    points = points_of(request.points, call.attachment, OPENINGS.total)
    known = rows.openings(node.alias, call.partner, [request.rid])
    if not known:
        raise PeerError("partner.unknown")
    (found,) = known
    require_trusted(call.partner, PartnerState(found.state), found.confirmed_at)
    # 2. For a search that was counted and answered, and for no other request than the first.
    if found.known is None or not found.answered or found.regime != call.regime.value:
        raise PeerError("probe.opening")
    if found.digest not in ("", request.digest):
        raise PeerError("probe.opening")
    if found.opening is not None:
        return take_apart(json.loads(found.opening))
    require_epoch(node.clock(), found.valid_before)
    # 3. Evaluate; keep the answer, with evidence, before anything of it leaves.
    ((elements, proofs),) = evaluated(node, call, PurposeGroup(found.group), found.epoch, OPENINGS, points)
    made = OpeningAnswer(rid=request.rid, elements=elements, proofs=proofs).to_json()
    with atomic(node.alias):
        stored = rows.keep_opening(node.alias, found.known, request.digest, canonical.encode(made).decode())
        if stored and not found.digest:
            facts: dict[str, str | int] = {"search": request.rid, "openings": request.digest}
            record(node, Bilateral(call.partner, call.regime), Event("probe.opened", node.clock(), facts))
    # 4. Another request was quicker: it is told what that one got if it is the same, and nothing if not.
    return take_apart(made) if stored else answer_openings(node, call)


class _CountedMeanwhileError(Exception):
    """The same identifier was counted between the reading and the count: this one is undone."""


def _evaluated(node: Node, search: Arrived, points: Sequence[bytes]) -> Evaluated:
    (found,) = evaluated(node, search.call, search.group, search.request.epoch, search.layout, points)
    return found


def _count(node: Node, search: Arrived, decider: Decider, found: Evaluated) -> dict[str, Any]:
    request, counter = search.request, search.counter
    # 1. From here on, no other search of this partner, agreement, group and day is counted.
    counted = rows.count(node.alias, counter, request.case, [request.rid])
    if counted.known:
        raise _CountedMeanwhileError
    # 2. The agreement, at the signed time of the call, with our own counts, unless it was decided with these already.
    if (counted.today - 1, counted.in_case) != (search.asked.today, search.asked.in_case):
        permit(node, search, decider, counted.today - 1, counted.in_case)
    # 3. Keep what is answered: a lost answer is fetched again, byte for byte. Evidence of the count.
    made = written(search, request.rid, found, counter.day, counted.today, counted.in_case + 1).to_json()
    row, event = kept(search, request, made)
    rows.add(node.alias, [row])
    record(node, Bilateral(search.call.partner, search.call.regime), event)
    return made
