"""Subjects of one's own register that are probably one person: what an import brought twice, or two lists share.

Nothing is joined: a person decides. Only identifiers and probabilities are given, no names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Event, Internal
from comity.core.register.subject import open_subject
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, require_keeper, stated
from comity.services.register.finding.describe import of_subject
from comity.services.register.finding.find import PRIOR
from comity.services.register.finding.holder import Held as IndexHeld
from comity.services.register.finding.holder import caught_up
from comity.services.register.finding.snapshot import load
from comity.storage.register import changes
from comity.storage.transaction import atomic

PROBABLE = 0.5
"""Probability from which two subjects are told to be probably one person."""

PAGE = 500


@dataclass(frozen=True, slots=True)
class Twice:
    """Two subjects and the probability that they are one person."""

    uid: str
    other: str
    probability: float


def duplicates(
    node: Node, actor: Actor, regime: Regime, reason: str, *, imported: str = "", most: int | None = None
) -> list[Twice]:
    """Return the pairs of subjects that are probably one person, each pair once, the likeliest first.

    Args:
        node: this node.
        actor: keeper of the register, or the operator.
        regime: whose subjects.
        reason: kept for oversight.
        imported: identifier of an import; only pairs with a subject that it brought. Empty: the whole register.
        most: subjects that are looked at, at most.

    Raises:
        InputError: ``register.reason``.
        Refused: ``actor.role``.
    """
    require_keeper(actor, regime)
    statement = stated(actor, reason)
    found: dict[tuple[int, int], float] = {}
    load(node, regime)
    index = caught_up(node, regime, most=None)
    for pk, content in _subjects(node, regime, imported, most):
        for other, probability in _probable(index, pk, content):
            found.setdefault((min(pk, other), max(pk, other)), probability)
    uids = changes.uids(node.alias, sorted({pk for pair in found for pk in pair}))
    with atomic(node.alias):
        now = node.clock()
        committed = keep_statement(node, "duplicates", now, statement)
        facts: dict[str, str | int] = {"regime": regime.value, "pairs": len(found)}
        record(node, Internal(), Event("register.duplicates-listed", now, facts, committed))
    pairs = [
        Twice(uids[a], uids[b], probability)
        for (a, b), probability in found.items()
        if a in uids and b in uids
    ]
    return sorted(pairs, key=lambda pair: -pair.probability)


def _subjects(node: Node, regime: Regime, imported: str, most: int | None) -> Iterator[tuple[int, bytes]]:
    after, seen = 0, 0
    while page := changes.persons_of(node.alias, regime.value, imported, after, PAGE):
        for pk, content in page:
            if most is not None and seen >= most:
                return
            yield pk, content
            seen += 1
        after = page[-1][0]


def _probable(found: IndexHeld, pk: int, content: bytes) -> list[tuple[int, float]]:
    with found.lock:
        answer = found.index.search(of_subject(open_subject(content)), prior=PRIOR, but=pk)
    # Several others may be the same person: three copies must not halve each other's probability.
    return [(hit.identity, hit.alone) for hit in answer.hits if hit.alone >= PROBABLE]
