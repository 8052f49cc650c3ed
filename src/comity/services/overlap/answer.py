"""Answer a partner that compares its numbers with a list of ours, and that shows one number in common.

Implements docs/protocol/overlap.md §3 and §4 (answerer). Rules:
    - the list was offered by a named person, to this partner, for this purpose, at most a week ago, and is used once;
    - one comparison of a partner, regime and purpose in thirty days, and one edge of a comparison, whoever asks;
    - neither the register nor a number is read here: an edge gives a reference, and what it means a named person is told later;
    - of somebody who is there only because of somebody else there is no reference, only that the edge is there (L28).
Attacks it stops: lists made to guess numbers one by one; an edge that is claimed for a number that was not sent; the same
comparison asked twice for two edges.
"""

from __future__ import annotations

from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import PURPOSE_GROUPS, Purpose
from comity.core.evidence.event import Bilateral, Event
from comity.core.overlap.points import compared, is_public, read_points, verify_edge
from comity.core.overlap.wire import (
    COUNT,
    EDGE,
    CountAnswer,
    CountRequest,
    EdgeAnswer,
    EdgeRequest,
    End,
    read_said,
)
from comity.core.register.subject import SubjectState
from comity.errors import PeerError, Refused
from comity.services.calls import Call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.overlap.ask import PAUSE, request_digest
from comity.services.overlap.listed import Entry, basis_of, read_entries
from comity.services.overlap.offer import OFFERED
from comity.services.probe.resolve import OF_A_COMPARISON
from comity.storage import probe
from comity.storage.models.overlaps import Overlap, OverlapOffer
from comity.storage.register import overlaps as rows
from comity.storage.register.subjects import subject_row
from comity.storage.transaction import atomic

__all__ = ["answer_count", "answer_edge"]


@call_handler(COUNT, repeatable=True)
def answer_count(node: Node, call: Call) -> tuple[Any, bytes]:
    """Compare a partner's list with the one offered; the same request again gets the same answer, uncounted.

    Raises:
        PeerError: ``partner.unknown``, ``overlap.malformed``, ``overlap.points``, ``overlap.again`` (another request under
            the same name).
        Refused: ``partner.*``, ``overlap.regime``, ``overlap.not-offered``, ``overlap.too-soon``, or the policy's code.
    """
    # 1. A request of the one form; one that was answered is answered again.
    request = read_said(CountRequest, call.body)
    digest = request_digest(request, call.attachment)
    known = rows.overlap(node.alias, call.partner, rows.ANSWERED, request.overlap)
    if known is not None:
        return _again(known, request, digest)
    # 2. Permitted now, in both directions, and not too soon; a list that waits for it.
    basis = basis_of(node, call.partner, request.agreement, request.purpose)
    if basis.regime is not call.regime:
        raise Refused("overlap.regime")
    scope = (str(call.partner), call.regime.value, request.purpose.value)
    offered = _offered(node, scope, request.agreement)
    _require_paused(node, scope)
    # 3. Points that are some; both keys on them, in another order. Nobody else costs this much work.
    points = read_points(call.attachment, request.size)
    if not is_public(bytes.fromhex(request.public)):
        raise PeerError("overlap.points")
    seed = bytes.fromhex((offered.secret or {})["seed"])
    tags, places = compared(seed, points, bytes.fromhex(digest))
    row = Overlap(
        uid=request.overlap,
        side=rows.ANSWERED,
        state=rows.COUNTED,
        partner=call.partner,
        regime=call.regime.value,
        purpose=request.purpose.value,
        agreement=request.agreement,
        clause=basis.clause,
        request=digest,
        offer=offered,
        content={"public": request.public, "places": list(places)},
        tags=tags,
        asked_at=call.at,
    )
    # 4. Counted once, with its evidence, before anything of it leaves.
    with atomic(node.alias):
        _require_paused(node, scope)
        if not rows.use_offer(node.alias, offered, node.clock()):
            raise Refused("overlap.not-offered")
        rows.add_overlap(node.alias, row)
        facts: dict[str, str | int] = {
            "overlap": row.uid,
            "agreement": row.agreement,
            "purpose": row.purpose,
            "clause": row.clause,
            "request": digest,
            "offer": offered.uid,
        }
        record(node, Bilateral(call.partner, call.regime), Event("overlap.answered", node.clock(), facts))
    return _answered(row, offered, request)


@call_handler(EDGE, repeatable=True)
def answer_edge(node: Node, call: Call) -> tuple[Any, bytes]:
    """Tell a partner which of its points it has shown, and by a reference who stands at our end.

    Raises:
        PeerError: ``partner.unknown``, ``overlap.malformed``, ``overlap.unknown``, ``overlap.edge``.
        Refused: ``partner.*``, ``overlap.regime``, ``overlap.edge-given``, or the policy's code.
    """
    # 1. A comparison of this partner that still can give an edge, under an agreement that still permits it.
    request = read_said(EdgeRequest, call.body)
    row = rows.overlap(node.alias, call.partner, rows.ANSWERED, request.overlap)
    if row is None or row.regime != call.regime.value:
        raise PeerError("overlap.unknown")
    basis_of(node, call.partner, row.agreement, Purpose(row.purpose))
    digest = canonical.digest(canonical.encode(request.to_json()))
    given = (row.content or {}).get("given")
    if row.edge:
        if row.edge == digest and given is not None:
            return dict(given), b""
        raise Refused("overlap.edge-given")
    offered, content = row.offer, row.content
    if offered is None or offered.points is None or content is None or row.tags is None:
        raise PeerError("overlap.unknown")
    # 2. The partner held the number, and sent it.
    size = offered.size
    listed = read_points(bytes(offered.points), size)
    verify_edge(request.edge, bytes.fromhex(content["public"]), listed, bytes(row.tags))
    # 3. Once, with its evidence; a reference for an entry that is as it was offered.
    with atomic(node.alias):
        answer = _edge(node, row, offered, request)
        if not rows.give_edge(node.alias, row, digest, node.clock()):
            raise Refused("overlap.edge-given")
        made = answer.to_json()
        rows.change_overlap(node.alias, row, content={"given": made}, tags=None)
        rows.empty_offer(node.alias, offered.pk)
        facts: dict[str, str | int] = {"overlap": row.uid, "request": digest, "end": answer.end.value}
        scope = Bilateral(call.partner, call.regime)
        record(node, scope, Event("overlap.edge-given", node.clock(), facts, canonical.encode(made)))
    return made, b""


def _require_paused(node: Node, scope: rows.Scope) -> None:
    """Refuse a second comparison within thirty days.

    Raises:
        Refused: ``overlap.too-soon``.
    """
    if rows.since(node.alias, rows.ANSWERED, scope, node.clock() - PAUSE):
        raise Refused("overlap.too-soon", days=PAUSE.days)


def _offered(node: Node, scope: rows.Scope, agreement: str) -> OverlapOffer:
    """Return the list that waits for a comparison.

    Raises:
        Refused: ``overlap.not-offered``.
    """
    since = node.clock() - OFFERED
    for each in rows.offers(node.alias, scope):
        if each.used_at is None and each.agreement == agreement and each.offered_at > since:
            return each
    raise Refused("overlap.not-offered")


def _again(row: Overlap, request: CountRequest, digest: str) -> tuple[Any, bytes]:
    if row.request != digest or row.offer is None or row.tags is None:
        raise PeerError("overlap.again")
    return _answered(row, row.offer, request)


def _answered(row: Overlap, offered: OverlapOffer, request: CountRequest) -> tuple[Any, bytes]:
    answer = CountAnswer(overlap=row.uid, size=request.size, theirs=offered.size)
    return answer.to_json(), bytes(row.tags or b"") + bytes(offered.points or b"")


def _edge(node: Node, row: Overlap, offered: OverlapOffer, request: EdgeRequest) -> EdgeAnswer:
    content, secret = row.content or {}, offered.secret or {}
    place = content["places"][request.mine]
    number = secret["places"][request.theirs]
    if number is None:
        raise PeerError("overlap.edge")
    entry = _present(node, read_entries(secret["entries"][number]))
    end = End.GONE if entry is None else End.AROUND if entry.around else End.OWN
    reference = None
    if entry is not None and end is End.OWN:
        reference = node.random(16).hex()
        group = PURPOSE_GROUPS[Purpose(row.purpose)].value
        given = (row.partner, row.regime, group, OF_A_COMPARISON, entry.uid, node.clock())
        probe.add_references(node.alias, [(reference, *given)])
    return EdgeAnswer(overlap=row.uid, place=place, end=end, reference=reference)


def _present(node: Node, entries: list[Entry]) -> Entry | None:
    """Return the first entry that is as it was when the list was offered."""
    for each in entries:
        found = subject_row(node.alias, each.uid)
        if found is not None and (found.version, found.state) == (each.version, SubjectState.ACTIVE):
            return each
    return None
