"""What people and programs read of a thread's passages and notices."""

from __future__ import annotations

from typing import Any

from comity.core.cases.messages import REPLY, REQUEST
from comity.core.codes.exchange import Act
from comity.core.codes.languages import UNKNOWN
from comity.core.identification.messages import IDENTIFICATION_REQUEST
from comity.core.instant import Instant, write_instant
from comity.services.context import Node
from comity.services.protection.passages import is_for_named, readable, words_in
from comity.storage.models.cases import Case
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Notice, Passage
from comity.storage.protection import notices, passages


def passages_of(node: Node, row: Case, may_read: bool, *, named: bool) -> list[dict[str, Any]]:
    """Return what was said in a thread, oldest first: how each stands, and its words where they may be shown.

    Args:
        may_read: whether the reader may see what cases of this regime say.
        named: whether also what a partner gave for named officers only.
    """
    return [
        _passage(row, each, may_read, named)
        for each in passages.in_thread(node.alias, row.partner, row.thread)
    ]


def notices_of(node: Node, row: Case, may_read: bool) -> list[dict[str, Any]]:
    """Return the corrections, restrictions, recalls, erasures and emergencies of a thread, oldest first.

    Args:
        may_read: whether the reader may see what a notice of an emergency says.
    """
    return [
        {
            "notice": each.pk,
            "direction": each.direction,
            "act": each.act,
            "message": each.target,
            "ground": each.ground,
            "since": write_instant(each.opened_at),
            "settled_at": _moment(each.settled_at),
            "code": each.code,
            "told": _told(each) if may_read else None,
        }
        for each in notices.of_thread(node.alias, row.partner, row.thread)
    ]


def _told(row: Notice) -> dict[str, Any] | None:
    """Return what a partner said of an emergency, with its language; None of other notices."""
    if (row.act, row.direction) != (Act.NOTIFY, notices.IN) or not row.content:
        return None
    return {"language": UNKNOWN, **row.content}


def _passage(case: Case, row: Passage, may_read: bool, named: bool) -> dict[str, Any]:
    said = (words_in(case, row) or {}) if may_read else {}
    withheld = row.direction == Direction.IN and is_for_named(said) and not named
    shown = may_read and readable(row) and not withheld
    sealed = row.conditions_open and row.direction == Direction.IN
    # Words of the case itself stand in `request` and `reply`; conditions are told before the words that they bind.
    inside = shown and row.kind not in (REQUEST, REPLY, IDENTIFICATION_REQUEST)
    conditions = said if may_read and (sealed or withheld) and row.state == "held" else {}
    return {
        "message": row.message,
        "direction": row.direction,
        "kind": row.kind,
        "sent_at": write_instant(row.sent_at),
        "state": row.state,
        "ground": row.ground,
        "since": _moment(row.state_since),
        "restricted_by": row.restricted_by,
        "corrections": row.corrections,
        "corrected_at": _moment(row.corrected_at),
        "to_acknowledge": sealed,
        "conditions": conditions.get("conditions"),
        "language": conditions.get("language"),
        "handling": conditions.get("handling"),
        "acknowledged_at": _moment(row.acknowledged_at),
        "for_named": withheld,
        "words": (said or None) if inside else None,
    }


def _moment(value: Instant | None) -> str | None:
    return None if value is None else write_instant(value)
