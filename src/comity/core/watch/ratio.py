"""How many hits are followed up: whoever finds much and asks about little may be looking for something else.

Implements docs/protocol/probe.md §9.7. The asker counts hits, which the issuer cannot know; the issuer counts searches and
the requests that cite a reference of its index. Each side counts from its own records only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

PERIOD = timedelta(days=90)
"""Over which follow-ups are counted."""

PATIENCE = timedelta(days=14)
"""How long a hit may wait for its request before it counts as not followed up."""

LEAST_HITS = 10
"""Fewer say nothing."""

LEAST_SHARE = 0.2
"""Share of hits followed up below which a desk stands out."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """What became of searches towards, or of, one partner.

    Args:
        searches: answered. hits: searches that found somebody; None at the issuer, who cannot know.
        followed: at the asker, hits that a request cites; at the issuer, searches' references that requests cite.
    """

    searches: int
    hits: int | None
    followed: int

    @property
    def share(self) -> float | None:
        """Return followed hits by hits, at the issuer by searches; None when there is nothing to divide by."""
        whole = self.searches if self.hits is None else self.hits
        return self.followed / whole if whole else None

    @property
    def stands_out(self) -> bool:
        """Whether so few of so many hits were followed up that somebody should ask why; never at the issuer."""
        return self.hits is not None and self.hits >= LEAST_HITS and self.followed < LEAST_SHARE * self.hits
