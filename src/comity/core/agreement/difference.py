"""What changes from one agreement to the next, line by line.

Implements docs/protocol/agreement.md §7: a successor is read as a diff before it is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.core.agreement.model import Agreement


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Args:
        part: where, e.g. ``valid_before`` or ``clauses.terrorism.request.data``.
        before: canonical value in the older agreement; None when it was absent.
        after: value in the newer one; None when it is gone.
    """

    part: str
    before: Any
    after: Any


def difference(older: Agreement, newer: Agreement) -> tuple[Change, ...]:
    """Return every change from the older to the newer agreement, sorted by part."""
    before, after = _flat(older), _flat(newer)
    parts = sorted(before.keys() | after.keys())
    return tuple(
        Change(part, before.get(part), after.get(part))
        for part in parts
        if before.get(part) != after.get(part)
    )


def _flat(agreement: Agreement) -> dict[str, Any]:
    document = agreement.model_dump(mode="json")
    clauses = {clause["id"]: clause for clause in document.pop("clauses")}
    flat: dict[str, Any] = {}
    _spread(flat, "", document)
    for name, clause in clauses.items():
        flat[f"clauses.{name}"] = "present"
        _spread(flat, f"clauses.{name}.", {key: value for key, value in clause.items() if key != "id"})
    return flat


def _spread(flat: dict[str, Any], prefix: str, document: Mapping[str, Any]) -> None:
    for key, value in document.items():
        if isinstance(value, dict):
            _spread(flat, f"{prefix}{key}.", value)
        else:
            flat[f"{prefix}{key}"] = value
