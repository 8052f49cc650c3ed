"""Queries that each search makes on the side that asks: the counts, the intent, the outcome, the secret of pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comity.core.instant import Instant
from comity.storage.backends.rows import insert_rows, opened, update_row
from comity.storage.backends.statements import fetch, moment
from comity.storage.models.probe import ProbeAsked, ProbeSecret

_COUNTS = """
SELECT
    (SELECT COUNT(*) FROM storage_probeasked
     WHERE partner = %s AND agreement = %s AND asked_at >= %s AND rid <> %s),
    (SELECT COUNT(*) FROM storage_probeasked
     WHERE partner = %s AND agreement = %s AND "case" = %s AND rid <> %s)
"""
_KEPT = "SELECT secret FROM storage_probesecret WHERE name = %s"

_COLUMNS = (
    "rid", "partner", "regime", "group", "purpose", "agreement", "epoch", "case", "commitment", "officer_kid",
    "justification", "state", "code", "pending", "asked_at",
)  # fmt: skip


def counts(
    alias: str, partner: str, agreement: str, since: Instant, case: str, *, but: str = ""
) -> tuple[int, int]:
    """Return how many searches under an agreement, but one, were begun since an instant, and in a case.

    Failed ones are included.
    """
    of = (partner, agreement)
    ((since_then, in_case),) = fetch(alias, _COUNTS, (*of, moment(alias, since), but, *of, case, but))
    return int(since_then), int(in_case)


def add(alias: str, rows: Sequence[ProbeAsked]) -> None:
    """Store the intents of searches."""
    insert_rows(alias, ProbeAsked, _COLUMNS, [[getattr(row, name) for name in _COLUMNS] for row in rows])


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
