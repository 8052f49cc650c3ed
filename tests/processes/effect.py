"""The effect of a test message in a real node: one row in the accepting transaction, never unique by message."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from comity.core.codes.exchange import Act
from comity.services.exchange.handlers import handler

if TYPE_CHECKING:
    from comity.services.context import Node
    from comity.services.exchange.handlers import Message

FAR = datetime(2100, 1, 1, tzinfo=UTC)
"""Time of the rows that are effects: no task of the worker takes them for old calls."""

KIND = "test.note"
SILENT = "test.silent"


def register() -> None:
    """Register the handlers of the test messages."""

    @handler(KIND, {Act.INFORM})
    def note(node: Node, message: Message) -> None:
        from comity.storage.models.exchange import AnsweredCall

        AnsweredCall(
            partner=message.partner,
            call=secrets.token_hex(16),
            digest=f"{message.id}{message.thread}",
            at=FAR,
        ).save(using=node.alias, force_insert=True)

    @handler(SILENT, {Act.INFORM})
    def silent(node: Node, message: Message) -> None:
        return
