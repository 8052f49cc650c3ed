"""Count how many numbers of our register a partner holds too: it learns none of ours, and we learn the count alone.

Implements docs/protocol/overlap.md §3. The intent is recorded before anything is sent; what is in common is kept by place only, so
that this node itself cannot tell which of its numbers it is, until the partner says so of one (`comity.services.overlap.edge`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.crypto.encoding import to_text
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import write_instant
from comity.core.overlap.points import SEED_BYTES, TAG_BYTES, hide, in_common, read_points
from comity.core.overlap.wire import COUNT, CountAnswer, CountRequest, read_said
from comity.errors import ComityError, DeliveryError, PeerError, Refused
from comity.services.calls import call
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.overlap.listed import COUNTERS, Basis, basis_of, listed, require_counter, written
from comity.services.register.accountable import keep_statement, stated
from comity.storage.models.overlaps import Overlap
from comity.storage.register import overlaps as rows
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

PAUSE = timedelta(days=30)
"""Time between two comparisons of a partner, regime and purpose: the difference of two counts tells of single numbers."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted.

    Args:
        overlap: names the comparison. ours: numbers of our list, padding left out. common: how many the partner holds too.
    """

    overlap: str
    ours: int
    common: int

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {"overlap": self.overlap, "ours": self.ours, "common": self.common}


def count_common(
    node: Node,
    channels: Channels,
    actor: Actor,
    partner: ServiceId,
    agreement: str,
    purpose: Purpose,
    reason: str,
) -> Counted:
    """Compare our list with the one that a partner offers.

    Args:
        agreement: hash. reason: why; kept sealed for oversight.

    Raises:
        InputError: ``agreement.not-found``, ``overlap.too-few``, ``overlap.too-many``, ``register.reason``.
        Refused: ``overlap.person``, ``actor.role``, ``partner.*``, ``overlap.regime``, ``overlap.too-soon``, the policy's
            code, or what the partner refused with (``overlap.not-offered``).
        PeerError: ``overlap.malformed``, ``overlap.points``, ``overlap.tags``: nothing of the answer was used.
        DeliveryError: the partner was not reached.
    """
    # 1. A named person, and an agreement that permits it.
    basis = basis_of(node, partner, agreement, purpose)
    require_counter(actor, basis.regime)
    statement = stated(actor, reason, partner=partner, purpose=purpose.value)
    # 2. The request that waits for its answer is sent again, byte for byte; a new one not too soon.
    scope = (str(partner), basis.regime.value, purpose.value)
    row = rows.waiting(node.alias, scope)
    if row is None:
        if rows.since(node.alias, rows.ASKED, scope, node.clock() - PAUSE):
            raise Refused("overlap.too-soon", days=PAUSE.days)
        row = _begun(node, actor, basis, (partner, agreement, purpose), statement)
    # 3. The partner's answer; nothing of it is used before its form is right.
    request, content = _request(row), dict(row.content or {})
    try:
        body, octets = call(
            node, channels, partner, basis.regime, COUNT, request.to_json(), bytes(row.points or b"")
        )
        answer = _read(request, body, octets)
        matches = in_common(bytes.fromhex(content["seed"]), answer.points, answer.tags)
    except DeliveryError:
        raise
    except ComityError as error:
        _fail(node, row, error.code)
        raise
    # 4. The count, here and nowhere else.
    content["matches"] = [list(each) for each in matches]
    with atomic(node.alias):
        kept = {"points": b"".join(answer.points), "tags": answer.tags, "state": rows.COUNTED}
        rows.change_overlap(node.alias, row, content=content, **kept)
        committed = canonical.encode({"overlap": row.uid, "common": len(matches)})
        _record(node, row, "overlap.counted", {}, committed)
    return Counted(row.uid, content["ours"], len(matches))


def comparisons(node: Node, actor: Actor) -> list[dict[str, Any]]:
    """Return the comparisons under the regimes in which somebody counts, newest first."""
    regimes = [each for each in node.config.regimes if any((each, role) in actor.roles for role in COUNTERS)]
    return [shown_comparison(each) for each in rows.overlaps(node.alias, [each.value for each in regimes])]


def shown_comparison(row: Overlap) -> dict[str, Any]:
    """Return a comparison as a JSON value; which numbers are in common is not in it."""
    content = row.content or {}
    return {
        "overlap": row.uid,
        "side": row.side,
        "state": row.state,
        "partner": row.partner,
        "regime": row.regime,
        "purpose": row.purpose,
        "asked_at": write_instant(row.asked_at),
        "by": content.get("by"),
        "ours": content.get("ours"),
        "common": len(content["matches"]) if "matches" in content else None,
        "edge": bool(row.edge),
    }


def _begun(
    node: Node,
    actor: Actor,
    basis: Basis,
    where: tuple[ServiceId, str, Purpose],
    statement: dict[str, Any],
) -> Overlap:
    """Hide our list under a key of its own and store the intent, before anything is sent."""
    partner, agreement, purpose = where
    entries = listed(node, partner, basis, purpose)
    seed = node.random(SEED_BYTES)
    hidden = hide(seed, list(entries))
    row = Overlap(
        uid=node.random(16).hex(),
        side=rows.ASKED,
        state=rows.WAITING,
        partner=partner,
        regime=basis.regime.value,
        purpose=purpose.value,
        agreement=agreement,
        clause=basis.clause,
        asked_at=node.clock(),
        points=hidden.points,
        content={
            "by": actor.name,
            "seed": seed.hex(),
            "public": hidden.public.hex(),
            "places": list(hidden.places),
            "entries": written(entries),
            "ours": len(entries),
        },
    )
    row.request = request_digest(_request(row), hidden.points)
    own = ("by", "seed", "public", "places", "entries")
    row.justified = {name: row.content[name] for name in own} | {"points": to_text(hidden.points)}
    with atomic(node.alias):
        rows.add_overlap(node.alias, row)
        kept = keep_statement(node, "overlap-asked", node.clock(), statement)
        _record(node, row, "overlap.asked", {"clause": row.clause, "request": row.request}, kept)
    return row


def _request(row: Overlap) -> CountRequest:
    content = row.content or {}
    return CountRequest(
        overlap=row.uid,
        agreement=row.agreement,
        purpose=Purpose(row.purpose),
        size=len(content["places"]),
        public=content["public"],
    )


def request_digest(request: CountRequest, points: bytes) -> str:
    """Return what both logs say of a request: the digest of its body and of the points beside it."""
    return canonical.digest(canonical.encode({"body": request.to_json(), "points": canonical.digest(points)}))


@dataclass(frozen=True, slots=True, repr=False)
class _Answer:
    """What came back: the tags of our points, and the partner's list."""

    tags: bytes
    points: list[bytes]


def _read(request: CountRequest, body: object, octets: bytes) -> _Answer:
    answer = read_said(CountAnswer, body)
    if answer.overlap != request.overlap or answer.size != request.size:
        raise PeerError("overlap.malformed")
    ends = request.size * TAG_BYTES
    return _Answer(octets[:ends], read_points(octets[ends:], answer.theirs))


def _fail(node: Node, row: Overlap, code: str) -> None:
    """Note that nothing was counted: the partner refused, or its answer was wrong."""
    with atomic(node.alias):
        rows.spend_overlap(node.alias, row)
        rows.change_overlap(node.alias, row, state=rows.FAILED)
        _record(node, row, "overlap.failed", {"code": code}, None)


def _record(node: Node, row: Overlap, kind: str, more: dict[str, str | int], committed: bytes | None) -> None:
    facts: dict[str, str | int] = {
        "overlap": row.uid,
        "agreement": row.agreement,
        "purpose": row.purpose,
        **more,
    }
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, scope, Event(kind, node.clock(), facts, committed))
