"""Draws searches whose justifications the data-protection officer opens. Implements docs/protocol/oversight.md §6.

The seed is 32 bytes of the node's randomness, drawn when the sample is asked for and kept with the reason: neither the
officers nor whoever draws can steer which searches are looked at, and a repeated draw is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.core.cases.statistics import Period
from comity.core.codes.exchange import Regime
from comity.core.instant import Instant
from comity.core.oversight.sampling import SEED_BYTES, drawn
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.oversight.look import OVERSEERS, leave
from comity.storage import probe as rows

MOST = 200


@dataclass(frozen=True, slots=True)
class Drawn:
    """One search of a sample: enough to open its justification, and nothing of what that says."""

    rid: str
    partner: str
    purpose: str
    asked_at: Instant
    state: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Searches drawn from all of a period; `seed` in hex, `of` how many there were."""

    seed: str
    of: int
    searches: tuple[Drawn, ...]


def draw(node: Node, actor: Actor, regime: Regime, period: Period, count: int, reason: str) -> Sample:
    """Draw searches of this service and leave the reason.

    Raises:
        InputError: ``oversight.count``, ``register.reason``; ``statistics.period``: it ends before it begins.
        Refused: ``actor.role``.
    """
    actor.require(regime, *OVERSEERS)
    if period.before <= period.first:
        raise InputError("statistics.period")
    if not 1 <= count <= MOST:
        raise InputError("oversight.count", most=MOST)
    found = {
        row.rid: row for row in rows.asked_between(node.alias, regime.value, period.first, period.before)
    }
    seed = node.random(SEED_BYTES)
    picked = drawn(seed, found, count)
    leave(node, actor, regime, "sample", f"{seed.hex()}/{len(found)}/{','.join(picked)}", reason)
    return Sample(
        seed.hex(),
        len(found),
        tuple(
            Drawn(rid, found[rid].partner, found[rid].purpose, found[rid].asked_at, str(found[rid].state))
            for rid in picked
        ),
    )
