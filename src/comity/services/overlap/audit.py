"""The audit of a comparison of numbers: what was sent is made anew from its sealed justification, and compared with both logs.

Implements docs/protocol/overlap.md §8. The justification is what the asker kept of its own list when it was sent: seed, points, and
which entries stand behind the numbers, which are read from the register. It goes with the comparison, after thirty days.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.crypto.encoding import from_text
from comity.core.evidence.event import Bilateral, Event, Internal, scope_key
from comity.core.instant import write_instant
from comity.core.overlap.audit import Recomputed, recompute
from comity.core.overlap.wire import CountRequest
from comity.core.register.subject import open_subject
from comity.errors import InputError, PeerError, Refused
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.overlap.ask import request_digest, shown_comparison
from comity.services.overlap.listed import Entry, read_entries
from comity.services.oversight.look import leave, overseen_regimes
from comity.storage.evidence import found as evidence
from comity.storage.models.overlaps import Overlap
from comity.storage.register import overlaps as rows
from comity.storage.register.subjects import subject_row
from comity.storage.transaction import atomic


@dataclass(frozen=True, slots=True)
class AuditedCount:
    """A comparison that is what its justification says.

    Args:
        overlap: names it. by: who counted. request: digest of what was sent, made anew.
        compared: whether it was compared with what the partner states to have received.
    """

    overlap: str
    partner: str
    purpose: str
    asked_at: str
    by: str
    request: str
    compared: bool
    found: Recomputed

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        own = asdict(self)
        found: dict[str, Any] = own.pop("found")
        return own | found


def auditable(node: Node, actor: Actor) -> list[dict[str, Any]]:
    """Return the comparisons of ours in the regimes that somebody oversees, newest first, and whether each can be made anew."""
    regimes = [each.value for each in overseen_regimes(node, actor)]
    found = [each for each in rows.overlaps(node.alias, regimes) if each.side == rows.ASKED]
    return [{**shown_comparison(each), "kept": each.justified is not None} for each in found]


def audit(node: Node, actor: Actor, overlap: str, reason: str, *, received: str = "") -> AuditedCount:
    """Make anew what a comparison of ours has sent, and refuse one that is not the one justified.

    Args:
        actor: who audits. reason: why; kept sealed, as for every look of oversight.
        received: digest of the request in the partner's entry ``overlap.answered``; empty to compare with ours only.

    Raises:
        InputError: ``overlap.not-found``, ``overlap.audit-gone``, ``register.reason``.
        Refused: ``actor.role``.
        PeerError: ``overlap.audit-request``, ``overlap.audit-list``.
    """
    regimes = overseen_regimes(node, actor)
    if not regimes:
        raise Refused("actor.role")
    row = rows.overlap_named(node.alias, overlap)
    if row is None or Regime(row.regime) not in regimes:
        raise InputError("overlap.not-found")
    # 0. The reason is left before anything is opened, whatever is found.
    leave(node, actor, Regime(row.regime), "open", overlap, reason)
    kept = row.justified
    if kept is None:
        raise InputError("overlap.audit-gone")
    # 1. What is kept is what was sent: its digest is the one in our log, and in the partner's.
    points, behind = from_text(kept["points"]), [read_entries(each) for each in kept["entries"]]
    size = len(kept["places"])
    request = CountRequest(
        overlap=row.uid,
        agreement=row.agreement,
        purpose=Purpose(row.purpose),
        size=size,
        public=kept["public"],
    )
    digest = request_digest(request, points)
    for stated in (_recorded(node, row), *([received] if received else [])):
        if not hmac.compare_digest(digest, stated):
            raise PeerError("overlap.audit-request")
    # 2. It holds these entries' numbers, and padding.
    numbers = _numbers(node, behind)
    found = recompute(bytes.fromhex(kept["seed"]), bytes.fromhex(kept["public"]), points, numbers)
    # 3. That somebody looked is itself recorded.
    with atomic(node.alias):
        committed = canonical.encode({"actor": actor.name, "overlap": overlap})
        told: dict[str, str | int] = {"overlap": overlap, "compared": int(bool(received))}
        record(node, Internal(), Event("overlap.audited", node.clock(), told, committed))
    return AuditedCount(
        overlap=row.uid,
        partner=row.partner,
        purpose=row.purpose,
        asked_at=write_instant(row.asked_at),
        by=str(kept["by"]),
        request=digest,
        compared=bool(received),
        found=found,
    )


def _recorded(node: Node, row: Overlap) -> str:
    """Return the digest of the request in our own log; empty where there is no such entry."""
    scope = scope_key(Bilateral(ServiceId(row.partner), Regime(row.regime)))
    for entry in evidence.entries_naming(node.alias, scope, [row.uid.encode()]):
        leaf = json.loads(entry.leaf)
        if leaf["kind"] == "overlap.asked" and leaf["facts"].get("overlap") == row.uid:
            return str(leaf["facts"]["request"])
    return ""


def _numbers(node: Node, behind: list[list[Entry]]) -> list[str | None]:
    """Return the number at each place of a list; None where no entry behind it is as it was.

    A list is in the order of its numbers: those of one entry stand in it in their own order.
    """
    places: dict[str, list[int]] = {}
    versions: dict[str, int] = {}
    for place, entries in enumerate(behind):
        for each in entries:
            places.setdefault(each.uid, []).append(place)
            versions[each.uid] = each.version
    found: list[str | None] = [None] * len(behind)
    for uid, own in places.items():
        phones = _phones(node, uid, versions[uid])
        for place, number in zip(own, phones if len(phones) == len(own) else (), strict=False):
            found[place] = number
    return found


def _phones(node: Node, uid: str, version: int) -> list[str]:
    """Return the numbers of an entry in order; none when it is not in that version any more."""
    row = subject_row(node.alias, uid)
    if row is None or row.content is None or row.version != version:
        return []
    held: Iterable[str] = open_subject(row.content).phones
    return sorted(set(held))
