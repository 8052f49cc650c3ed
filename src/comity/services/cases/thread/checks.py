"""What is shown of a check that an owner asked for: which, which one the place allows, what became of it.

Implements docs/protocol/cases.md §20. Source: Regulation (EU) 2018/1862 Art. 36, 37. Both nodes compute the same from the
same words and the same signed agreement; nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from comity.core.agreement.model import Agreement
from comity.core.cases.hit.check import asked_in, course, due_check
from comity.core.cases.hit.report import HIT_REPORT, HitReportBody
from comity.services.agreements.standing import stored_standing
from comity.services.context import Node
from comity.storage import cases as rows
from comity.storage.models.cases import Case


def with_checks(node: Node, row: Case, shown: dict[str, Any]) -> dict[str, Any]:
    """Return a case that is shown, with the checks in its answer (`check`) and in its passages (`check` of each).

    Args:
        shown: with the words that the reader may see, and no others.
    """
    agreement = stored_standing(node, row.agreement).agreement
    place = node.service if row.side in (rows.ASKED, rows.TOLD) else row.partner
    shown["check"] = _asked(agreement, place, shown["reply"])
    for each in shown["passages"]:
        read = _reported if each["kind"] == HIT_REPORT else _asked
        each["check"] = read(agreement, place, each["words"])
    return shown


def _asked(agreement: Agreement, place: str, words: Mapping[str, Any] | None) -> dict[str, Any] | None:
    asked = asked_in(words)
    if asked is None:
        return None
    return {"asked": asked.value, "due": due_check(agreement, place, asked).value}


def _reported(agreement: Agreement, place: str, words: Mapping[str, Any] | None) -> dict[str, Any] | None:
    try:
        body = HitReportBody.model_validate(dict(words or {}))
    except ValidationError:
        return None
    if body.asked is None:
        return None
    due = due_check(agreement, place, body.asked)
    found = course(body, due)
    return {
        "asked": body.asked.value,
        "due": due.value,
        "taken": None if body.taken is None else body.taken.value,
        "aware": body.aware,
        "course": None if found is None else found.value,
    }
