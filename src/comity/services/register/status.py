"""How imports stand, and what they refused and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from comity.core.register.formats.reading import CAUTIONS
from comity.errors import InputError
from comity.services.context import Node
from comity.services.register.import_ import report
from comity.services.register.lock import busy
from comity.services.register.order import ImportReport, ImportState
from comity.storage.register import imports

SHOWN = 20
HEADER = ("line", "column", "reason", "file")


def all_reports(node: Node) -> list[ImportReport]:
    """Return the latest imports, newest first; one that has not ended and that no process runs is interrupted."""
    found = [report(node, job) for job in imports.latest_imports(node.alias, SHOWN)]
    if any(each.state is ImportState.RUNNING for each in found) and not busy(node):
        found = [
            replace(each, state=ImportState.INTERRUPTED) if each.state is ImportState.RUNNING else each
            for each in found
        ]
    return found


def import_uid(node: Node, uid: str) -> str:
    """Return the identifier of an import by its beginning.

    Raises:
        InputError: ``register.no-import``.
    """
    job = imports.import_named(node.alias, uid)
    if job is None:
        raise InputError("register.no-import")
    return str(job.uid)


def errors(node: Node, uid: str, *, cautions: bool = False) -> Iterator[tuple[int, str, str, str]]:
    """Yield line, column, reason and file part of each fault of an import; never a value of the file.

    Args:
        node: this node.
        uid: identifier of the import, or its beginning.
        cautions: what speaks against rows that were stored, instead of the faults of rows that were refused.

    Raises:
        InputError: ``register.no-import``.
    """
    job = imports.import_named(node.alias, uid)
    if job is None:
        raise InputError("register.no-import")
    chosen = {"only": CAUTIONS} if cautions else {"without": CAUTIONS}
    rows = imports.errors_of(node.alias, job.pk, **chosen)
    return ((row.line, row.column, row.reason, row.part) for row in rows)
