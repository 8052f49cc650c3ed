"""Queries on the searches that partners make: what an answer needs to know, the count, what is kept of it.

Each is one statement, written out: a search has few of them, and all run while the partner waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import connections

from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows, opened
from comity.storage.backends.statements import change, fetch, instant_or_none, marks
from comity.storage.models.probe import ProbeAnswered, ProbeEpoch
from comity.storage.transaction import alone

_ASKED = """
SELECT partner.state, partner.confirmed_at, epoch.record_key, epoch.valid_before,
    (SELECT COUNT(*) FROM storage_probeanswered AS known WHERE known.partner = partner.service AND known.rid IN ({rids})),
    stone.label,
    (SELECT MIN(latest.version) FROM (
        SELECT base.version FROM storage_probeindex AS base
        WHERE base.partner = %s AND base.regime = %s AND base."group" = %s AND base.epoch = %s AND base.chain IS NULL
        ORDER BY base.version DESC LIMIT 2) AS latest),
    (SELECT SUM("count") FROM storage_probecount WHERE partner = %s AND agreement = %s AND "day" = %s),
    (SELECT COUNT(*) FROM storage_probeanswered WHERE partner = %s AND agreement = %s AND "case" = %s)
FROM storage_partner AS partner
LEFT JOIN storage_probeepoch AS epoch ON epoch.partner = partner.service
    AND epoch.regime = %s AND epoch."group" = %s AND epoch.epoch = %s
LEFT JOIN storage_probetombstone AS stone ON stone.partner = epoch.partner AND stone.regime = epoch.regime
    AND stone."group" = epoch."group" AND stone.epoch = epoch.epoch
    AND (stone.listed IS NULL OR stone.listed > %s)
WHERE partner.service = %s
"""

_LOCK = """
INSERT INTO storage_probecount (partner, agreement, "group", "day", "count") VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (partner, agreement, "group", "day") DO UPDATE SET "count" = storage_probecount."count" + EXCLUDED."count"
"""

_COUNTED = """
SELECT
    (SELECT SUM("count") FROM storage_probecount WHERE partner = %s AND agreement = %s AND "day" = %s),
    (SELECT COUNT(*) FROM storage_probeanswered WHERE partner = %s AND agreement = %s AND "case" = %s),
    (SELECT COUNT(*) FROM storage_probeanswered WHERE partner = %s AND rid IN ({rids}))
"""

_KNOWN = """
SELECT id, rid, regime, "group", agreement, epoch, digest, "day", today, in_case, answer
FROM storage_probeanswered WHERE partner = %s AND rid = %s
"""

_OPENING = """
SELECT partner.state, partner.confirmed_at, known.id, known.regime, known."group", known.epoch,
    known.answer IS NOT NULL, known.opening_digest, known.opening, epoch.valid_before, known.rid
FROM storage_partner AS partner
LEFT JOIN storage_probeanswered AS known ON known.partner = partner.service AND known.rid IN ({rids})
LEFT JOIN storage_probeepoch AS epoch ON epoch.partner = known.partner AND epoch.regime = known.regime
    AND epoch."group" = known."group" AND epoch.epoch = known.epoch
WHERE partner.service = %s
"""

_KEEP = "UPDATE storage_probeanswered SET answer = %s WHERE id = %s AND answer IS NULL"

_KEEP_OPENING = """
UPDATE storage_probeanswered SET opening_digest = %s, opening = %s
WHERE id = %s AND answer IS NOT NULL AND opening IS NULL AND opening_digest IN ('', %s)
"""

_COLUMNS = (
    "partner", "rid", "regime", "group", "agreement", "epoch", "digest", "commitment", "case", "day", "today",
    "in_case", "answer", "opening_digest", "at",
)  # fmt: skip


class Asked(NamedTuple):
    """What is known when a search arrives.

    Args:
        state, confirmed_at: of the partner.
        record_key: of the epoch; None when there is no such epoch.
        valid_before: end of the epoch.
        oldest: version of the base before the newest, or of the newest if there is no other; None without any.
        gone: labels of rows that are gone and that an asker with this layer does not know of.
        known: whether a search of this partner has one of these identifiers.
        today, in_case: the counts as they are, over all groups and without waiting for anybody.
    """

    state: str
    confirmed_at: Instant | None
    record_key: bytes | None
    valid_before: Instant | None
    oldest: int | None
    gone: tuple[bytes, ...]
    known: bool
    today: int
    in_case: int


class Counted(NamedTuple):
    """The counts of a day over all groups, these searches included, and of a case without them; whether one was there before."""

    today: int
    in_case: int
    known: bool


class Known(NamedTuple):
    """A search that was counted before."""

    id: int
    rid: str
    regime: str
    group: str
    agreement: str
    epoch: int
    digest: str
    day: date
    today: int
    in_case: int
    answer: str | None


class Opening(NamedTuple):
    """What is known when openings are asked for; `known` is None when no such search was counted."""

    state: str
    confirmed_at: Instant | None
    known: int | None
    regime: str
    group: str
    epoch: int
    answered: bool
    digest: str
    opening: str | None
    valid_before: Instant | None
    rid: str


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted together on one day."""

    partner: str
    regime: str
    agreement: str
    group: str
    day: date


def asked(
    alias: str, counter: Counter, case: str, rids: Sequence[str], epoch: int, layer: int
) -> Asked | None:
    """Return all that an answer needs to know beside the agreement; None when the partner is not known.

    Args:
        alias: the node's database.
        counter: with which it would be counted.
        case: pseudonym of the case.
        rids: identifiers of the search, or of all in a call.
        epoch: that is asked in.
        layer: version of the asker's newest layer.
    """
    partner, within = counter.partner, (counter.regime, counter.group, epoch)
    counts = _counts(alias, counter, case)
    wanted = (*rids, partner, *within, *counts, *within, layer, partner)
    found = fetch(alias, _ASKED.format(rids=marks(rids)), wanted)
    if not found:
        return None
    state, confirmed, key, until, known, _, oldest, today, in_case = found[0]
    return Asked(
        state=state,
        confirmed_at=instant_or_none(confirmed),
        record_key=None if key is None else opened(alias, ProbeEpoch, "record_key", key),
        valid_before=instant_or_none(until),
        oldest=oldest,
        gone=tuple(bytes.fromhex(row[5]) for row in found if row[5] is not None),
        known=known > 0,
        today=int(today or 0),
        in_case=int(in_case),
    )


def count(alias: str, counter: Counter, case: str, rids: Sequence[str]) -> Counted:
    """Count searches of one case; no other of this partner and agreement is counted until the transaction ends.

    Quotas are sums over groups and days, so that the counter of one of them is too little to wait for. Who finds that an identifier was known already undoes the transaction.
    """
    day = _day(alias, counter.day)
    alone(alias, f"probe-count/{counter.partner}/{counter.agreement}")
    change(alias, _LOCK, (counter.partner, counter.agreement, counter.group, day, len(rids)))
    wanted = (*_counts(alias, counter, case), counter.partner, *rids)
    ((today, in_case, known),) = fetch(alias, _COUNTED.format(rids=marks(rids)), wanted)
    return Counted(int(today), int(in_case), known > 0)


def add(alias: str, rows: Sequence[ProbeAnswered]) -> None:
    """Store searches that were counted, with their answers."""
    insert_rows(alias, ProbeAnswered, _COLUMNS, [[getattr(row, name) for name in _COLUMNS] for row in rows])


def known(alias: str, partner: str, rid: str) -> Known | None:
    """Return a search that a partner made before under this identifier."""
    for id_, name, regime, group, agreement, epoch, digest, day, today, in_case, answer in fetch(
        alias, _KNOWN, (partner, rid)
    ):
        kept = None if answer is None else opened(alias, ProbeAnswered, "answer", answer)
        of = day if isinstance(day, date) else date.fromisoformat(day)
        return Known(id_, name, regime, group, agreement, epoch, digest, of, today, in_case, kept)
    return None


def keep(alias: str, pk: int, answer: str) -> bool:
    """Keep an answer that had been forgotten; False when another was kept meanwhile."""
    return change(alias, _KEEP, (_sealed(alias, "answer", answer), pk)) == 1


def openings(alias: str, partner: str, rids: Sequence[str]) -> list[Opening]:
    """Return what is known of searches whose openings are asked for.

    One entry with `known` None stands for none of them; no entry, for a partner that is not known.
    """
    return [
        Opening(
            state,
            instant_or_none(confirmed),
            pk,
            *(rest[0] or "", rest[1] or "", rest[2] or 0),
            bool(answered),
            digest or "",
            None if text is None else opened(alias, ProbeAnswered, "opening", text),
            instant_or_none(until),
            rid or "",
        )
        for state, confirmed, pk, *rest, answered, digest, text, until, rid in fetch(
            alias, _OPENING.format(rids=marks(rids)), (*rids, partner)
        )
    ]


def keep_opening(alias: str, pk: int, digest: str, text: str) -> bool:
    """Keep the openings of a search with the request for them; False when another request was quicker."""
    return change(alias, _KEEP_OPENING, (digest, _sealed(alias, "opening", text), pk, digest)) == 1


def _sealed(alias: str, name: str, text: str) -> Any:
    field: Any = ProbeAnswered._meta.get_field(name)
    return field.seal(alias, text)


def _counts(alias: str, counter: Counter, case: str) -> tuple[Any, ...]:
    """Return what both counts are asked with."""
    of = (counter.partner, counter.agreement)
    return (*of, _day(alias, counter.day), *of, case)


def _day(alias: str, day: date) -> Any:
    return connections[alias].ops.adapt_datefield_value(day)
