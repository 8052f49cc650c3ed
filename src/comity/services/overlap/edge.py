"""Let one number in common be shown, once a second person has approved it, and keep the edge that it is.

Implements docs/protocol/overlap.md §4 and §5 (asker); rule L28. Rules:
    - another named person than the one who counted approves;
    - one edge of a comparison, of those in common taken by lot: nobody here knows before which number it is;
    - what is kept is the edge, at our entry: its kind, and, unless it is a contact's contact's, on what it rests and the reference
      with which a request asks on; nothing that describes the partner's person;
    - the lists, the key and what else was in common go with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.crypto.voprf.sodium import POINT_BYTES, WIDE_BYTES
from comity.core.evidence.event import Bilateral, Event, Internal
from comity.core.overlap.edge import AcrossLink, across, reduced
from comity.core.overlap.points import claim, read_points
from comity.core.overlap.wire import EDGE, EdgeAnswer, EdgeRequest, End, read_said
from comity.core.register.subject import Subject, SubjectState, open_subject
from comity.errors import ComityError, DeliveryError, InputError, PeerError, Refused
from comity.services import erasures
from comity.services.calls import call
from comity.services.context import SYSTEM, Actor, Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.overlap.listed import basis_of, read_entries, require_counter
from comity.services.register.accountable import keep_statement, stated
from comity.services.register.followed import watch
from comity.storage.models.overlaps import Overlap, RegisterEdge
from comity.storage.models.register import RegisterSubject
from comity.storage.register import overlaps as rows
from comity.storage.register.subjects import locked_subject_row
from comity.storage.transaction import atomic
from comity.transport.channel import Channels


@dataclass(frozen=True, slots=True)
class FoundEdge:
    """An edge that was found.

    Args:
        edge: its identifier; empty when our own entry is no longer as it was. ours: our entry.
        end: who stands at the partner's. reference: opaque, to be cited in a request.
    """

    edge: str
    ours: str
    end: End
    reference: str | None

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {"edge": self.edge, "ours": self.ours, "end": self.end.value, "reference": self.reference}


def show_edge(node: Node, channels: Channels, actor: Actor, overlap: str, reason: str) -> FoundEdge:
    """Show the partner one number in common, and return the edge.

    Args:
        overlap: of a comparison of ours. reason: why; kept sealed for oversight.

    Raises:
        InputError: ``overlap.not-found``, ``register.reason``.
        Refused: ``overlap.person``, ``actor.role``, ``overlap.own``, ``overlap.nothing``, ``overlap.edge-given``,
            ``partner.*``, or the policy's code.
        PeerError: ``overlap.malformed``, ``overlap.edge``.
        DeliveryError: the partner was not reached; asked again, the same number is shown.
    """
    # 1. A second person approves, of a comparison that can give an edge.
    row = rows.overlap_named(node.alias, overlap)
    if row is None or not any(regime == row.regime for regime, _ in actor.roles):
        raise InputError("overlap.not-found")
    require_counter(actor, Regime(row.regime))
    content = row.content or {}
    if row.edge:
        raise Refused("overlap.edge-given")
    if "matches" not in content:
        raise InputError("overlap.not-found")
    if content["by"] == actor.name:
        raise Refused("overlap.own")
    if not content["matches"]:
        raise Refused("overlap.nothing")
    basis_of(node, ServiceId(row.partner), row.agreement, Purpose(row.purpose))
    # 2. One number by lot, and its proof, before it is shown; after a broken way the same.
    request = _claimed(node, actor, row, stated(actor, reason, overlap=row.uid))
    try:
        body, _ = call(node, channels, ServiceId(row.partner), Regime(row.regime), EDGE, request.to_json())
        answer = read_said(EdgeAnswer, body)
        if answer.overlap != row.uid or answer.place >= len(content["places"]):
            raise PeerError("overlap.malformed")
    except DeliveryError:
        raise
    except ComityError as error:
        with atomic(node.alias):
            _record(node, row, "overlap.edge-failed", {"code": error.code}, None)
        raise
    # 3. Which of ours it is; the edge is kept, all else goes.
    return _kept(node, row, content, request, answer)


def edges_of(node: Node, uid: str) -> list[dict[str, Any]]:
    """Return the edges of an entry to partners' registers, for who has consulted the entry."""
    return [edge_document(each) for each in rows.edges_of(node.alias, uid)]


def edge_document(row: RegisterEdge) -> dict[str, Any]:
    """Return an edge as a JSON value; basis, marks and evaluation are None for a contact's contact."""
    link = AcrossLink.model_validate(row.content, strict=False)
    return {
        "edge": row.uid,
        "kind": link.kind.value,
        "partner": row.partner,
        "overlap": row.overlap,
        "end": link.end.value,
        "reference": link.reference,
        "basis": None if link.marks is None else link.marks.basis,
        "assertion": None if link.marks is None else link.marks.assertion.value,
        "handling": None if link.marks is None else link.marks.handling.value,
        "evaluation": None
        if link.marks is None
        else link.marks.source_evaluation.value + link.marks.information_evaluation.value,
    }


@watch
def follow_edges(node: Node, uid: str, subject: Subject | None) -> None:
    """Keep of an entry's edges what may still be kept, in the transaction that changed it; nothing once it is gone."""
    for row in rows.edges_of(node.alias, uid):
        if subject is None:
            erasures.journal(node, "edge", [row.uid])
            _gone(node, row, "end-erased")
            continue
        link = AcrossLink.model_validate(row.content, strict=False)
        now_kept = reduced(link, subject.marks.category)
        if now_kept != link:
            rows.change_edge(node.alias, row.pk, now_kept.model_dump(mode="json"))
            destroy_salt(node, row.uid)
            facts: dict[str, str | int] = {"link": row.uid, "ground": "contact"}
            record(node, Internal(), Event("register.link-reduced", node.clock(), facts))


@erasures.replays("edge")
def part_edges_again(node: Node, uids: Sequence[str]) -> int:
    """Delete again edges that a restored backup brought back; return how many were there."""
    with atomic(node.alias):
        found = [row for uid in uids if (row := rows.edge_named(node.alias, uid)) is not None]
        for row in found:
            _gone(node, row, "restore")
    return len(found)


def _gone(node: Node, row: RegisterEdge, ground: str) -> None:
    rows.drop_edge(node.alias, row.pk)
    destroy_salt(node, row.uid)
    facts: dict[str, str | int] = {"link": row.uid, "ground": ground}
    committed = f"by {SYSTEM.name}".encode()
    record(
        node, Internal(), Event("register.link-deleted", node.clock(), facts, committed, erase_key=row.uid)
    )


def _claimed(node: Node, actor: Actor, row: Overlap, statement: dict[str, Any]) -> EdgeRequest:
    """Return the claim; it is stored with its evidence before it is sent, and stays the same."""
    content = dict(row.content or {})
    if "claim" in content:
        return EdgeRequest.model_validate(content["claim"])
    octets, matches = bytes(row.points or b""), content["matches"]
    points = read_points(octets, len(octets) // POINT_BYTES)
    lot = int.from_bytes(node.random(8), "big") % len(matches)
    pair = (matches[lot][0], matches[lot][1])
    edge = claim(bytes.fromhex(content["seed"]), points, pair, node.random(WIDE_BYTES))
    request = EdgeRequest.of(row.uid, edge)
    content["claim"] = request.to_json()
    with atomic(node.alias):
        rows.change_overlap(node.alias, row, content=content)
        kept = keep_statement(node, "overlap-edge-asked", node.clock(), statement)
        digest = canonical.digest(canonical.encode(request.to_json()))
        _record(node, row, "overlap.edge-asked", {"request": digest}, kept)
    return request


def _kept(
    node: Node, row: Overlap, content: dict[str, Any], request: EdgeRequest, answer: EdgeAnswer
) -> FoundEdge:
    number = content["places"][answer.place]
    if number is None:
        raise PeerError("overlap.edge")
    with atomic(node.alias):
        ours = _ours(node, content["entries"][number])
        uid, edge = "", None
        if ours is not None and answer.end is not End.GONE:
            uid = node.random(16).hex()
            edge = across(ours[1].marks.category, answer.end, answer.reference, row.uid)
            rows.add_edge(node.alias, uid, ours[0], row, edge.model_dump(mode="json"), node.clock())
            committed = canonical.encode({"link": uid, "overlap": row.uid})
            facts: dict[str, str | int] = {"link": uid}
            record(node, Internal(), Event("register.linked", node.clock(), facts, committed, erase_key=uid))
        digest = canonical.digest(canonical.encode(request.to_json()))
        if not rows.give_edge(node.alias, row, digest, node.clock()):
            raise Refused("overlap.edge-given")
        left = {"by": content["by"], "ours": content["ours"]}
        rows.change_overlap(node.alias, row, content=left, points=None, tags=None)
        _record(node, row, "overlap.edge-found", {"request": digest, "end": answer.end.value}, None)
    reference = None if edge is None else edge.reference
    return FoundEdge(uid, "" if ours is None else ours[0].uid, answer.end, reference)


def _ours(node: Node, behind: list[list[object]]) -> tuple[RegisterSubject, Subject] | None:
    """Return our entry behind the number, if one is as it was when the numbers were compared."""
    for each in read_entries(behind):
        found = locked_subject_row(node.alias, each.uid)
        if found is None or found.content is None:
            continue
        if (found.version, found.state) == (each.version, SubjectState.ACTIVE):
            return found, open_subject(found.content)
    return None


def _record(node: Node, row: Overlap, kind: str, more: dict[str, str | int], committed: bytes | None) -> None:
    facts: dict[str, str | int] = {"overlap": row.uid, "agreement": row.agreement, **more}
    record(
        node,
        Bilateral(ServiceId(row.partner), Regime(row.regime)),
        Event(kind, node.clock(), facts, committed),
    )
