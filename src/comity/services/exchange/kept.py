"""Keep sealed parts for a partner's restore, and give them to it again. Implements docs/protocol/envelope.md §9.

This node cannot open what it keeps: the parts are sealed for the partner, which has acknowledged them. They go with the
words they carry (recall, erasure, correction, retention), after `kept_days`, and when they take more than `kept_mib`.
Attacks stopped: a partner that asks for what went to another; contents that by now may not go any more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from comity.core.codes.exchange import ALWAYS_PERMITTED, Act
from comity.core.envelope.fetched import Gone, PartsShown, ShownPart, read_parts_asked
from comity.core.envelope.limits import CALL_ATTACHMENT_BYTES, KIB
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import read_instant, write_instant
from comity.core.policy.decide import Refuse
from comity.services import erasures
from comity.services.calls import Call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.exchange.trust import Decider, decided_again
from comity.storage.exchange import kept
from comity.storage.exchange.kept import Kept, KeptSum
from comity.storage.transaction import atomic

__all__ = [
    "CALL",
    "KeptSum",
    "drop_kept",
    "forget_kept_parts",
    "forget_kept_thread",
    "kept_is_full",
    "kept_sums",
    "show_parts",
]

CALL = "parts"
RECALLED_PARTS = "kept-recalled"
CORRECTED_PARTS = "kept-corrected"


@call_handler(CALL)
def show_parts(node: Node, made: Call) -> tuple[object, bytes]:
    """Give a partner the sealed parts of a batch that it acknowledged, as far as they may still go.

    Not to a suspended partner: it may be suspended because its node is in other hands. Each answer stands in the log of
    both, so that being asked for much, often, is visible.

    Raises:
        PeerError: ``call.malformed``, ``json.*``.
    """
    asked = read_parts_asked(made.body)
    found = kept.parts_of(node.alias, made.partner, made.regime.value, asked.batch, asked.messages)
    decider = Decider(node, counting=False)
    parts: list[ShownPart] = []
    sealed: list[bytes] = []
    for message in dict.fromkeys(asked.messages):
        octets, gone = _part(node, decider, found.get(message))
        if sum(map(len, sealed)) + len(octets) > CALL_ATTACHMENT_BYTES:
            break
        sealed.append(octets)
        parts.append(ShownPart(id=message, size=len(octets), gone=gone))
    facts: dict[str, str | int] = {
        "batch": asked.batch,
        "parts": sum(1 for one in parts if one.gone is None),
        "gone": sum(1 for one in parts if one.gone is not None),
    }
    with atomic(node.alias):
        record(node, Bilateral(made.partner, made.regime), Event("batch.shown-again", node.clock(), facts))
    return PartsShown(parts=tuple(parts)).plain(), b"".join(sealed)


def forget_kept_thread(node: Node, partner: str, thread: str) -> None:
    """Empty what is kept of words that are recalled, for good: a restored backup empties it again; in the transaction."""
    if kept.drop_thread(node.alias, partner, thread, Gone.RECALLED):
        erasures.journal(node, RECALLED_PARTS, [f"{partner}/{thread}/{write_instant(node.clock())}"])


def forget_kept_parts(node: Node, partner: str, messages: Collection[str]) -> None:
    """Empty what is kept of words that were corrected, for good, in the transaction."""
    if kept.drop_parts(node.alias, partner, messages, Gone.CORRECTED):
        erasures.journal(node, CORRECTED_PARTS, [f"{partner}/{message}" for message in messages])


@erasures.replays(RECALLED_PARTS)
def forget_threads_again(node: Node, names: Sequence[str]) -> None:
    """Empty what a restored backup brought back of recalled words."""
    for name in names:
        partner, thread, at = name.split("/")
        kept.drop_thread(node.alias, partner, thread, Gone.RECALLED, read_instant(at))


@erasures.replays(CORRECTED_PARTS)
def forget_parts_again(node: Node, names: Sequence[str]) -> None:
    """Empty what a restored backup brought back of corrected words."""
    for name in names:
        partner, _, message = name.partition("/")
        kept.drop_parts(node.alias, partner, [message], Gone.CORRECTED)


def drop_kept(node: Node) -> int:
    """Delete what is too old to be kept, and the oldest of what takes too much room; return how many."""
    before = node.clock() - timedelta(days=node.config.kept_days)
    with atomic(node.alias):
        return kept.drop_old(node.alias, before) + kept.drop_beyond(node.alias, _room(node))


def kept_sums(node: Node) -> list[KeptSum]:
    """Return how much is kept for each partner."""
    return kept.sums(node.alias)


def kept_is_full(node: Node) -> bool:
    """Tell whether parts are, or soon will be, dropped before their time because they take too much room."""
    if not node.config.kept_days or not node.config.kept_mib:
        return False
    return kept.full(node.alias, _room(node), timedelta(days=node.config.kept_days), node.clock())


def _room(node: Node) -> int:
    return node.config.kept_mib * KIB * KIB


def _part(node: Node, decider: Decider, row: Kept | None) -> tuple[bytes, Gone | None]:
    if row is None:
        return b"", Gone.DROPPED
    if row.sealed is None or row.gone is not None:
        return b"", Gone(row.gone or Gone.DROPPED)
    if _forbidden(node, decider, row):
        return b"", Gone.WITHHELD
    return row.sealed, None


def _forbidden(node: Node, decider: Decider, row: Kept) -> bool:
    """Tell whether our own stop, or a change of status, forbids by now what was permitted when it was sent."""
    if row.agreement is None or Act(row.act) in ALWAYS_PERMITTED:
        return False
    if isinstance(decided_again(node, decider, row.header, row.agreement, None), Refuse):
        return True
    now = decided_again(node, decider, row.header, row.agreement, node.clock())
    return isinstance(now, Refuse) and now.code.startswith("transfer.")
