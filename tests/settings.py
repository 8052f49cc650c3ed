"""The node's settings, on the database that COMITY_TEST_DB names (sqlite or postgresql), with three more nodes.

PostgreSQL is reached as the present system user over the local socket, unless libpq's own variables say otherwise.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

os.environ.pop("COMITY_HOME", None)

from comity.settings import *  # noqa: F403
from comity.storage import fields, unlocked
from comity.storage.backends.databases import POSTGRESQL, sqlite_settings

ALIASES = ("default", "be", "ma", "third")
ENGINE = os.environ.get("COMITY_TEST_DB", "sqlite")
if ENGINE not in ("sqlite", "postgresql"):
    raise ValueError("COMITY_TEST_DB is sqlite or postgresql")

_folder = Path(tempfile.mkdtemp(prefix="comity-test-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)


def _database(alias: str) -> dict[str, Any]:
    if ENGINE == "postgresql":
        return {
            "ENGINE": POSTGRESQL,
            "NAME": f"comity_{alias}",
            "TEST": {"NAME": f"test_comity_{alias}", "DEPENDENCIES": []},
        }
    path = str(_folder / f"{alias}.sqlite")
    return {**sqlite_settings(path), "TEST": {"NAME": path, "DEPENDENCIES": []}}


DATABASES = {alias: _database(alias) for alias in ALIASES}
for _alias in ALIASES:
    unlocked.set_database_key(_alias, secrets.token_bytes(32))
    fields.set_field_key(_alias, secrets.token_bytes(32))

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
