"""From the node's configuration to Django's database settings. Keys and passwords never stand in either."""

from __future__ import annotations

from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from comity.config import Config, DatabaseEngine
from comity.errors import InputError

SQLCIPHER = "comity.storage.backends.sqlcipher"
POSTGRESQL = "django.db.backends.postgresql"
FILE_NAME = "node.sqlite"
LOCK_WAIT_SECONDS = 20


def database_settings(config: Config) -> dict[str, Any]:
    """Return the `DATABASES` entry of a node.

    Raises:
        InputError: ``config.dsn`` for a malformed connection string; ``config.password`` when it holds a password.
    """
    if config.database.engine is DatabaseEngine.POSTGRESQL:
        return _postgresql(config.database.dsn)
    return sqlite_settings(str(config.data / FILE_NAME))


def sqlite_settings(path: str) -> dict[str, Any]:
    """Return the entry of an encrypted SQLite file; to open it is dear, so that a thread keeps it open."""
    return {
        "ENGINE": SQLCIPHER,
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"timeout": LOCK_WAIT_SECONDS, "transaction_mode": "IMMEDIATE"},
    }


def _postgresql(dsn: str) -> dict[str, Any]:
    try:
        parts = dict(conninfo_to_dict(dsn))
    except ProgrammingError:
        raise InputError("config.dsn", key="database.dsn") from None
    if "password" in parts:
        raise InputError("config.password", key="database.dsn")
    if not parts.get("dbname"):
        raise InputError("config.dsn", key="database.dsn")
    return {
        "ENGINE": POSTGRESQL,
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
