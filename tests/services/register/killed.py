"""A process that imports a file and is killed at a named moment: ``python killed.py FOLDER MOMENT NUMBER``.

Moments: ``inside`` (in the transaction of the chunk), ``committed`` (just after it), ``opened`` (import row written),
``never``. The database is a file in the folder; the last line printed is the report as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path


def _configure(folder: Path) -> None:
    import django
    from django.conf import settings

    from comity.storage import fields, unlocked
    from comity.storage.backends.databases import sqlite_settings

    unlocked.set_database_key("default", b"k" * 32)
    fields.set_field_key("default", b"f" * 32)
    os.environ["DJANGO_SETTINGS_MODULE"] = "comity.settings"
    os.environ.pop("COMITY_HOME", None)
    settings.DATABASES = {"default": sqlite_settings(str(folder / "node.sqlite"))}
    settings.MIGRATION_MODULES = {"storage": None}
    django.setup()


def _schema() -> None:
    from django.core.management import call_command
    from django.db import connection

    if "storage_registersubject" not in connection.introspection.table_names():
        call_command("migrate", run_syncdb=True, verbosity=0)


def main(folder: Path, moment: str, number: int) -> None:
    """Import ``rows.csv`` of the folder; die at the moment's given occurrence."""
    _configure(folder)
    _schema()

    from tests.services.register.desk import KEEPER, files, order, service

    from comity.services.register import import_ as module

    module.CHUNK = 10
    left = [number]

    def die() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    real_record, real_open = module.record, module._open
    if moment == "inside":
        module.record = lambda *args: (real_record(*args), die())
    if moment == "opened":
        module._open = lambda *args: (real_open(*args), die())[0]
    progress = (lambda _: die()) if moment == "committed" else (lambda _: None)
    node = service(folder, alias="default")
    report = module.import_register(
        node, KEEPER, order(), files((folder / "rows.csv").read_bytes()), progress
    )
    print(json.dumps({**asdict(report.counts), "resumed": report.resumed, "faults": report.faults}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
