"""Django's SQLite backend over sqlcipher3: the key is the first statement of every connection.

- Without a key SQLCipher silently writes plain SQLite: an empty or malformed key is refused before connecting.
- A key set later (``init_command``, ``connection_created``) comes after Django's first SELECT: it works on a new file
  only, or leaves plaintext on disk.
- SQLite creates a file as the umask allows, and its write-ahead log and index with the mode of the file: so the file is
  made beforehand, for the node's own user only.
- Versions of SQLite whose WAL can lose committed transactions after a reset are refused (fixed in 3.51.3, and in the
  branches 3.44.6 and 3.50.7).
"""

from __future__ import annotations

import datetime
import decimal
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.db.backends.sqlite3 import base
from django.utils import dateparse
from sqlcipher3 import dbapi2 as driver

from comity.errors import NodeError
from comity.storage.unlocked import database_key

SAFE_FROM = (3, 51, 3)
SAFE_BRANCHES = frozenset({(3, 44, 6), (3, 50, 7)})
PRAGMAS = (
    "PRAGMA cipher_memory_security = OFF",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA foreign_keys = ON",
    "PRAGMA legacy_alter_table = OFF",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
)

for _kind, _parse in (
    ("date", dateparse.parse_date),
    ("time", dateparse.parse_time),
    ("datetime", dateparse.parse_datetime),
    ("timestamp", dateparse.parse_datetime),
):
    driver.register_converter(_kind, base.decoder(_parse))
driver.register_converter("bool", b"1".__eq__)
driver.register_adapter(decimal.Decimal, str)
driver.register_adapter(datetime.date, base.adapt_date)
driver.register_adapter(datetime.datetime, base.adapt_datetime)


def verify_library(version: tuple[int, int, int]) -> None:
    """Refuse a library that can lose committed transactions when the write-ahead log is reset.

    Args:
        version: of SQLite, e.g. ``(3, 51, 3)``.

    Raises:
        NodeError: ``database.library``.
    """
    if version < SAFE_FROM and version not in SAFE_BRANCHES:
        raise NodeError("database.library", version=".".join(map(str, version)))


class Cursor(driver.Cursor):  # type: ignore[misc]  # the driver has no types
    """Converts Django's parameter styles to SQLite's; Django's own subclasses the standard library's cursor."""

    convert_query = base.SQLiteCursorWrapper.convert_query

    def execute(self, query: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Any:
        """Run one statement."""
        if params is None:
            return super().execute(query)
        names = list(params) if isinstance(params, Mapping) else None
        return super().execute(self.convert_query(query, param_names=names), params)

    def executemany(self, query: str, rows: Iterable[Any]) -> Any:
        """Run one statement once for each row."""
        listed = list(rows)
        names = list(listed[0]) if listed and isinstance(listed[0], Mapping) else None
        return super().executemany(self.convert_query(query, param_names=names), listed)


class DatabaseWrapper(base.DatabaseWrapper):
    """One encrypted database file."""

    Database = driver

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, give the key first, then make the connection durable and forgetful.

        Raises:
            NodeError: ``database.locked`` without a key; ``database.library`` for an unsafe SQLite;
                ``database.key`` when the file does not open with it.
        """
        verify_library(driver.sqlite_version_info)
        key = database_key(self.alias)
        _make_private(str(conn_params["database"]))
        connection = driver.connect(**conn_params)
        try:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            connection.execute("PRAGMA cipher_log_level = NONE")
            _open_or_refuse(connection)
            base.register_functions(connection)  # type: ignore[attr-defined]  # not in the stubs
            for pragma in PRAGMAS:
                connection.execute(pragma)
            for command in filter(None, map(str.strip, self.init_commands)):  # type: ignore[attr-defined]  # not in the stubs
                connection.execute(command)
        except BaseException:
            connection.close()
            raise
        return connection

    def is_usable(self) -> bool:
        """Tell that a connection on which a statement failed is opened anew; Django asks only then."""
        return False

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor that speaks Django's parameter styles."""
        return self.connection.cursor(factory=Cursor)


def _make_private(path: str) -> None:
    """Create the file of a new database for its owner only; an empty file is an empty database."""
    if path == ":memory:" or path.startswith("file:"):
        return
    with suppress(OSError):  # it is there already, or SQLite says what is wrong with its place
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _open_or_refuse(connection: Any) -> None:
    """Read the first page, which fails when the key is not the file's."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except driver.DatabaseError as error:
        if "not a database" in str(error):
            raise NodeError("database.key") from None
        raise
