"""As of when something is told, and whether it is all that is known: both travel with what is told.

Rule L6. Source: Directive (EU) 2016/680 Art. 7(2) (the recipient can assess how far data are complete and up to date). Rules:
    - both stand in every released subject and in information that is given unasked, also where nobody knows: an absent date
      is ``null``, an unknown completeness ``not-stated``, and neither is ever left out;
    - completeness speaks of the categories that are told and of what their source knows, never of what was withheld: it
      follows from the entry alone, so that it cannot tell that something may not be told;
    - no day after the one on which it was signed (a day more, as clocks differ).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from comity.core.codes.marks import Completeness
from comity.errors import PeerError

AS_OF, COMPLETENESS = "as_of", "completeness"
_DAY = timedelta(days=1)


def read_as_of(value: Any) -> date | None:
    """Return the day that is told; None where nobody knows it.

    Raises:
        ValueError: neither ``null`` nor a day as ``YYYY-MM-DD``.
    """
    if value is None:
        return None
    if not isinstance(value, str) or len(value) != len("YYYY-MM-DD"):
        raise ValueError("no day")
    return date.fromisoformat(value)


def is_dated(document: Mapping[str, Any]) -> bool:
    """Tell whether a document, hostile or our own, says both in their form."""
    if AS_OF not in document or document.get(COMPLETENESS) not in list(Completeness):
        return False
    try:
        read_as_of(document[AS_OF])
    except ValueError:
        return False
    return True


def require_not_to_come(body: Mapping[str, Any], signed_at: datetime) -> None:
    """Check that nothing in a message is told as of a day after it was signed.

    Args:
        body: hostile; what has not the form of a body is left to who opens it.

    Raises:
        PeerError: ``case.as-of``.
    """
    for value in _told(body):
        try:
            day = read_as_of(value)
        except ValueError:
            continue
        if day is not None and day > (signed_at + _DAY).date():
            raise PeerError("case.as-of")


def _told(body: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what stands as a date in a body, in its subject, and in what it corrects."""
    yield body.get(AS_OF)
    for name in ("subject", "corrected"):
        inner = body.get(name)
        if isinstance(inner, Mapping):
            yield from _told(inner)
