"""Whether two requests ask the same, although they came twice or over several channels.

Implements docs/protocol/cases.md §14. Source: SWD(2021) 374, impact assessment of Directive (EU) 2023/977: free choice of
channel leads to duplicate requests. It only points out; a person decides what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.core.register.words import fold, query_words

NEAR = 0.7
"""Share of common words from which two descriptions count as one."""


def same_question(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two request bodies ask about the same: the same hit, or the same file, or nearly the same words."""
    if one.get("reference") is not None and one.get("reference") == other.get("reference"):
        return True
    if fold(str(one.get("case", ""))) != fold(str(other.get("case", ""))):
        return _near(one.get("about"), other.get("about"))
    return one.get("offence") == other.get("offence") or _near(one.get("about"), other.get("about"))


def _near(one: object, other: object) -> bool:
    first, second = set(query_words(str(one or ""))), set(query_words(str(other or "")))
    return bool(first) and bool(second) and len(first & second) >= NEAR * len(first | second)
