"""Counts how many hits are followed up, for each partner, from this node's own records.

Implements docs/protocol/probe.md §9.7. As asker a node knows its hits and its follow-ups; as issuer it knows searches and the
requests that cite its references. A desk that follows up few of many hits stands out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.instant import Instant
from comity.core.watch.anomalies import Anomaly, Sign
from comity.core.watch.ratio import PATIENCE, PERIOD, Ratio
from comity.errors import Refused
from comity.services.context import Actor, Node
from comity.services.oversight.look import overseen_regimes
from comity.services.watch.raised import raise_anomaly
from comity.storage.transaction import atomic
from comity.storage.watch import follow_ups, looks
from comity.transport.channel import Channels

ASKED, ANSWERED = "asked", "answered"


@dataclass(frozen=True, slots=True)
class Line:
    """The ratio of one partner: of our searches there (`asked`), or of its searches here (`answered`)."""

    regime: Regime
    partner: ServiceId
    side: str
    ratio: Ratio

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return {
            "regime": self.regime.value,
            "partner": self.partner,
            "side": self.side,
            "searches": self.ratio.searches,
            "hits": self.ratio.hits,
            "followed": self.ratio.followed,
            "share": None if self.ratio.share is None else round(self.ratio.share, 3),
            "stands_out": self.ratio.stands_out,
        }


def ratios(node: Node, actor: Actor) -> list[Line]:
    """Return the ratios of the last ninety days in the regimes that the actor oversees.

    Raises:
        Refused: ``actor.role``.
    """
    regimes = overseen_regimes(node, actor)
    if not regimes:
        raise Refused("actor.role")
    now = node.clock()
    return [
        line for regime in regimes for line in (*_asked(node, regime, now), *_answered(node, regime, now))
    ]


def watch_ratios(node: Node, channels: Channels) -> int:
    """Raise an anomaly for each partner at which few of many hits were followed up; how many."""
    del channels
    now, raised = node.clock(), 0
    for regime in node.config.regimes:
        for line in _asked(node, regime, now):
            if not line.ratio.stands_out:
                continue
            unfollowed = (line.ratio.hits or 0) - line.ratio.followed
            # The quarter belongs to what they share, so that the next one is a new anomaly.
            quarter = f"{now.year}-{(now.month + 2) // 3}"
            told = Anomaly(Sign.FEW_FOLLOWED, unfollowed, (), quarter)
            with atomic(node.alias):
                raised += raise_anomaly(node, regime, "", told, now, partner=line.partner)
    return raised


def _asked(node: Node, regime: Regime, now: Instant) -> list[Line]:
    """Count our searches that are old enough to have been followed up."""
    followed = follow_ups.searches_followed(node.alias, regime.value, now - PERIOD)
    searches: dict[str, int] = defaultdict(int)
    hits: dict[str, int] = defaultdict(int)
    cited: dict[str, int] = defaultdict(int)
    for row in looks.outcomes(node.alias, regime.value, now - PERIOD, _before(now)):
        searches[row.partner] += 1
        if (row.outcome or {}).get("references"):
            hits[row.partner] += 1
            cited[row.partner] += row.rid in followed
    return [
        Line(regime, ServiceId(partner), ASKED, Ratio(count, hits[partner], cited[partner]))
        for partner, count in sorted(searches.items())
    ]


def _answered(node: Node, regime: Regime, now: Instant) -> list[Line]:
    period = (regime.value, now - PERIOD, now + timedelta(milliseconds=1))
    searches, cited = looks.answered(node.alias, *period), follow_ups.received(node.alias, *period)
    return [
        Line(regime, ServiceId(partner), ANSWERED, Ratio(count, None, cited.get(partner, 0)))
        for partner, count in sorted(searches.items())
    ]


def _before(now: Instant) -> Instant:
    return now - PATIENCE
