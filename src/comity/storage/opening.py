"""Opens the database of a node in this process: keys first, then Django, then the alias."""

from __future__ import annotations

import os

import django
from django.apps import apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import DatabaseError

from comity.config import Config
from comity.errors import NodeError
from comity.storage.backends.databases import database_settings
from comity.storage.fields import set_field_key
from comity.storage.unlocked import set_database_key


def open_database(config: Config, alias: str, database_key: bytes, field_key: bytes) -> None:
    """Make the node's database reachable under an alias; connecting happens at the first query.

    Args:
        alias: of Django's connections; ``default`` belongs to the desk and the command line.
        database_key: 32 bytes for the encrypted file.
        field_key: 32 bytes for the sealed fields.

    Raises:
        InputError: ``config.dsn``, ``config.password``.
    """
    set_database_key(alias, database_key)
    set_field_key(alias, field_key)
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not apps.ready:
        os.environ["DJANGO_SETTINGS_MODULE"] = "comity.settings"
        os.environ["COMITY_HOME"] = str(config.home)
        django.setup()
    entry = database_settings(config)
    if alias in connections.settings and hasattr(connections._connections, alias):  # type: ignore[attr-defined]  # not in the stubs
        connections[alias].close()
        del connections[alias]
    configured = connections.configure_settings({DEFAULT_DB_ALIAS: entry})
    connections.settings[alias] = configured[DEFAULT_DB_ALIAS]


def build_schema(alias: str) -> None:
    """Bring the tables up to this version.

    Raises:
        NodeError: ``database.schema``.
    """
    mask = os.umask(0o077)
    try:
        call_command("migrate", database=alias, run_syncdb=True, interactive=False, verbosity=0)
    except DatabaseError:
        raise NodeError("database.schema") from None
    finally:
        os.umask(mask)


def reachable(alias: str) -> None:
    """Ask the database for nothing, to see that it answers.

    Raises:
        NodeError: ``database.unreachable``, ``database.key``, ``database.library``.
    """
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        raise NodeError("database.unreachable") from None
