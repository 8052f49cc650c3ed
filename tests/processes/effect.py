"""The effect of a test message in a real node: one row in the accepting transaction, never unique by message."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from comity.services.exchange.handlers import handler

if TYPE_CHECKING:
    from comity.services.context import Node
    from comity.services.exchange.handlers import Message

KIND = "test.note"
SILENT = "test.silent"


def register() -> None:
    """Register the handlers of the test messages."""

    @handler(KIND)
    def note(node: Node, message: Message) -> None:
        from comity.storage.models.agreements import StoredAgreement

        row = StoredAgreement(
            hash=message.id + secrets.token_hex(16),
            code="EFFECT",
            regime="police",
            partner=message.partner,
            document=message.thread.encode(),
            stored_at=node.clock(),
        )
        row.save(using=node.alias, force_insert=True)

    @handler(SILENT)
    def silent(node: Node, message: Message) -> None:
        return
