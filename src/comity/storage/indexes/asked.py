"""Queries that each search makes on the side that asks: the counts, the intent, the outcome, the secret of pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError

from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows, opened, update_row
from comity.storage.backends.statements import fetch, for_update, marks, moment
from comity.storage.models.probe import AskedState, ProbeAsked, ProbeSecret

NONE_BEFORE = (1 << 63) - 1
"""A number that no search has."""

_COUNTS = """
SELECT
    (SELECT COUNT(*) FROM storage_probeasked
     WHERE partner = %s AND agreement = %s AND asked_at >= %s AND id < %s),
    (SELECT COUNT(*) FROM storage_probeasked
     WHERE partner = %s AND agreement = %s AND "case" = %s AND id < %s)
"""
_UNDER_WAY = "SELECT rid, pending FROM storage_probeasked WHERE state = %s AND rid IN ({rids}) ORDER BY rid"
_KEPT = "SELECT secret FROM storage_probesecret WHERE name = %s"

_COLUMNS = (
    "rid", "partner", "regime", "group", "purpose", "agreement", "epoch", "case", "commitment", "officer_kid",
    "justification", "state", "code", "pending", "asked_at",
)  # fmt: skip


def counts(
    alias: str, partner: str, agreement: str, since: Instant, case: str, *, before: int = NONE_BEFORE
) -> tuple[int, int]:
    """Return how many searches under an agreement were begun since an instant, and in a case; failed ones are included.

    Args:
        alias: database.
        partner, agreement: of the searches.
        since: of the first count.
        case: pseudonym, of the second.
        before: number of a search; those stored before it are counted.
    """
    of = (partner, agreement)
    ((since_then, in_case),) = fetch(alias, _COUNTS, (*of, moment(alias, since), before, *of, case, before))
    return int(since_then), int(in_case)


def add(alias: str, rows: Sequence[ProbeAsked]) -> bool:
    """Store the intents of searches; False when one of them is there already, and the transaction is to be undone."""
    try:
        insert_rows(alias, ProbeAsked, _COLUMNS, [[getattr(row, name) for name in _COLUMNS] for row in rows])
    except IntegrityError:
        return False
    return True


def under_way(alias: str, rids: Sequence[str]) -> dict[str, Any]:
    """Return what searches that are intents are taken up with; nobody else changes them until the transaction ends."""
    statement = _UNDER_WAY.format(rids=marks(rids)) + for_update(alias)
    return {
        rid: None if kept is None else opened(alias, ProbeAsked, "pending", kept)
        for rid, kept in fetch(alias, statement, (AskedState.INTENT.value, *rids))
    }


def settle(alias: str, rid: str, **values: Any) -> None:
    """Write the outcome of a search.

    Raises:
        RuntimeError: it is not there (a bug of the caller).
    """
    if update_row(alias, ProbeAsked, values, "rid", rid) != 1:
        raise RuntimeError("a search without its intent")


def secret(alias: str, name: str, fresh: bytes) -> bytes:
    """Return a secret by its name; `fresh` is stored when there is none."""
    for (kept,) in fetch(alias, _KEPT, (name,)):
        return bytes(opened(alias, ProbeSecret, "secret", kept))
    row, _ = ProbeSecret.objects.using(alias).get_or_create(name=name, defaults={"secret": fresh})
    return bytes(row.secret)
