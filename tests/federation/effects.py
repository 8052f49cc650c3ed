"""The effect of a test message: one row of evidence-free state, unique, so that doing it twice shows."""

from __future__ import annotations

from hashlib import sha256

from django.db import connections

from comity.services.context import Node
from comity.services.exchange.handlers import Message
from comity.storage.models.agreements import StoredAgreement


def write(node: Node, message: Message) -> None:
    """Write the effect: a stored agreement row under the message's identifier, inserted, never replaced."""
    StoredAgreement(
        hash=sha256(message.partner.encode()).hexdigest()[:32] + message.id,
        code="EFFECT",
        regime="police",
        partner=message.partner,
        document=b"",
        stored_at=node.clock(),
    ).save(using=node.alias, force_insert=True)


def seen(node: Node) -> list[str]:
    """Return the identifiers of the messages that took effect, in order."""
    found = StoredAgreement.objects.using(node.alias).filter(code="EFFECT").order_by("id")
    return [row.hash[-32:] for row in found]


def rows_of_all_tables(node: Node) -> dict[str, int]:
    """Return how many rows each table holds."""
    connection = connections[node.alias]
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            counts[table] = int(cursor.fetchone()[0])
    return counts
