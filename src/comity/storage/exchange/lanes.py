"""Queries on lanes: which are due, who works on one, until when, and when it is tried again.

They run for every batch, so that their statements are written out (`comity.storage.backends.statements`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections

from comity.core.codes.exchange import ALWAYS_PERMITTED
from comity.core.instant import Instant
from comity.storage.backends.statements import change, fetch, marks, moment
from comity.storage.models.exchange import Lane


@dataclass(frozen=True, slots=True)
class LaneView:
    """One queue: to whom, under which regime, how often it failed in a row."""

    partner: str
    regime: str
    failures: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A lane is claimed; `open` tells whether an earlier worker left a dispatch that waits for its receipt."""

    open: bool


_DUE = """
SELECT partner, regime, failures FROM storage_lane AS lane
WHERE (locked_until IS NULL OR locked_until <= %s) AND next_attempt <= %s
AND EXISTS (
    SELECT 1 FROM storage_outboxrow AS kept WHERE kept.partner = lane.partner AND kept.regime = lane.regime
    AND (kept.act IN ({}) OR kept.dispatch IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM storage_partner AS closed
        WHERE closed.service = lane.partner AND closed.state IN ('suspended', 'revoked')
    ))
)
ORDER BY id
"""
_PROTECTIVE = sorted(act.value for act in ALWAYS_PERMITTED)
_CLAIM = """
UPDATE storage_lane SET claim = %s, locked_until = %s
WHERE partner = %s AND regime = %s AND (locked_until IS NULL OR locked_until <= %s) AND next_attempt <= %s
RETURNING EXISTS (
    SELECT 1 FROM storage_dispatch WHERE partner = storage_lane.partner AND regime = storage_lane.regime
    AND state = 'open'
)
"""
_RENEW = "UPDATE storage_lane SET locked_until = %s WHERE partner = %s AND regime = %s AND claim = %s"
_RELEASE = """
UPDATE storage_lane SET claim = NULL, locked_until = NULL, next_attempt = %s, failures = %s, last_code = %s
WHERE partner = %s AND regime = %s AND (claim = %s OR claim IS NULL)
"""
_FINISH = """
UPDATE storage_lane SET claim = NULL, locked_until = NULL, next_attempt = %s, failures = 0, last_code = NULL
WHERE partner = %s AND regime = %s AND claim = %s
AND NOT EXISTS (SELECT 1 FROM storage_outboxrow WHERE partner = %s AND regime = %s)
"""
_HURRY = """
UPDATE storage_lane SET next_attempt = %s, failures = 0
WHERE partner = %s AND failures > 0 AND next_attempt > %s
"""


def open_lanes(alias: str, lanes: set[tuple[str, str]], now: Instant) -> None:
    """Insert the lanes of these partners and regimes that are not there yet."""
    rows = [(partner, regime, moment(alias, now)) for partner, regime in sorted(lanes)]
    sql = "INSERT INTO storage_lane (partner, regime, next_attempt, failures) VALUES (%s, %s, %s, 0)"
    with connections[alias].cursor() as cursor:
        cursor.executemany(f"{sql} ON CONFLICT (partner, regime) DO NOTHING", rows)


def due_lanes(alias: str, now: Instant) -> list[LaneView]:
    """Return the lanes that have something to send, may try now and are not being worked on.

    That of a suspended or revoked partner is due for what protects only, and to take a batch under way apart.
    """
    at = moment(alias, now)
    due = _DUE.format(marks(_PROTECTIVE))
    return [LaneView(*row) for row in fetch(alias, due, (at, at, *_PROTECTIVE))]


def claim_lane(alias: str, lane: LaneView, claim: str, now: Instant, until: Instant) -> Claimed | None:
    """Claim a lane; None when somebody else was quicker. Nobody can take it until the transaction ends."""
    at = moment(alias, now)
    found = fetch(alias, _CLAIM, (claim, moment(alias, until), lane.partner, lane.regime, at, at))
    return Claimed(bool(found[0][0])) if found else None


def renew_lane(alias: str, lane: LaneView, claim: str, until: Instant) -> bool:
    """Hold a claimed lane longer; False when the claim no longer stands. Nobody can take it until the commit."""
    return change(alias, _RENEW, (moment(alias, until), lane.partner, lane.regime, claim)) == 1


def finish_lane(alias: str, lane: LaneView, claim: str, now: Instant) -> bool:
    """Give a claimed lane back if nothing waits in it any more; False when something does, or the claim is gone."""
    where = (lane.partner, lane.regime)
    return change(alias, _FINISH, (moment(alias, now), *where, claim, *where)) == 1


def release_lane(
    alias: str, lane: LaneView, claim: str, *, next_attempt: Instant, failures: int, code: str | None
) -> None:
    """Give a lane back, if nobody else has claimed it meanwhile."""
    what = (moment(alias, next_attempt), failures, code)
    change(alias, _RELEASE, (*what, lane.partner, lane.regime, claim))


def free_lanes(alias: str) -> int:
    """End every claim; whoever still held one finds out before it fixes or sends anything new."""
    return Lane.objects.using(alias).filter(claim__isnull=False).update(claim=None, locked_until=None)


def hurry_lanes(alias: str, partner: str, now: Instant) -> int:
    """Let the lanes to a partner try at once: it has shown that it is back."""
    at = moment(alias, now)
    return change(alias, _HURRY, (at, partner, at))
