"""What this service has to do in a case: everything that waits for it, and nothing that waits for the partner.

Implements docs/protocol/cases.md §7. What a person has done is not listed again; who may do it is for each act to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from comity.core.cases.clock import Clock
from comity.services.cases.thread.clarify import unanswered
from comity.services.clocks.course import reasons_due
from comity.services.context import Node
from comity.storage import cases as rows
from comity.storage.models.cases import Case
from comity.storage.protection import waiting


class Todo(StrEnum):
    """The closed list of what waits for this service; each is named like the command of `comity case` that does it."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    EXPLAIN = "explain"
    ACKNOWLEDGE = "acknowledge"
    CONSENT = "consent"
    NOTE = "note"
    FILE_AWAY = "file-away"


def todos(node: Node, found: Sequence[Case], clocks: Mapping[str, Clock]) -> dict[str, tuple[Todo, ...]]:
    """Return what is to be done in each case, by thread, in the order of the list; six queries, however many cases.

    Args:
        clocks: how the clock of each stands, by thread.
    """
    threads = [row.thread for row in found]
    standing_open = [row for row in found if row.closing is None and row.rejected is None]
    asked = [row.thread for row in standing_open if row.side == rows.ASKED]
    said = waiting.questions_in(node.alias, asked) if asked else {}
    threads_with = {
        Todo.ANSWER: {row.thread for row in standing_open if row.side == rows.RECEIVED},
        Todo.CLARIFY: {thread for thread, each in said.items() if unanswered(each)},
        Todo.EXPLAIN: reasons_due(node, found, clocks),
        Todo.ACKNOWLEDGE: waiting.sealed_in(node.alias, threads),
        Todo.CONSENT: waiting.undecided_in(node.alias, threads),
        Todo.NOTE: waiting.unread_in(node.alias, threads),
        Todo.FILE_AWAY: {row.thread for row in standing_open if row.side == rows.TOLD},
    }
    return {thread: tuple(todo for todo in Todo if thread in threads_with[todo]) for thread in threads}
