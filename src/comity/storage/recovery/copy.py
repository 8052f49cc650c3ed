"""Consistent copies of the node's database while it is in use, and their return.

SQLite: ``VACUUM INTO`` under one read transaction; the copy is encrypted with the same key and holds no free pages, so that
nothing erased survives in it. PostgreSQL: ``pg_dump`` and ``pg_restore`` of the server's version, if installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import connections

from comity.config import Config, DatabaseEngine
from comity.errors import InputError, NodeError
from comity.storage.backends.databases import FILE_NAME
from comity.storage.recovery.stale import copy_place

BLOCK = 1 << 16


def dump(config: Config, alias: str) -> Iterator[bytes]:
    """Yield a consistent copy of the database in blocks.

    Raises:
        NodeError: ``backup.no-pg-dump``, ``backup.dump``.
    """
    if config.database.engine is DatabaseEngine.POSTGRESQL:
        yield from _pg_dump(config)
    else:
        yield from _sqlite_copy(config, alias)


def undump(config: Config, blocks: Iterable[bytes]) -> None:
    """Put a copy in the place of the database of a new home.

    Raises:
        InputError: ``restore.database-in-use``.
        NodeError: ``backup.no-pg-dump``, ``restore.database``.
    """
    if config.database.engine is DatabaseEngine.POSTGRESQL:
        _pg_restore(config, blocks)
        return
    config.data.mkdir(mode=0o700, exist_ok=True)
    with open(config.data / FILE_NAME, "xb", opener=_private) as file:
        for block in blocks:
            file.write(block)
        file.flush()
        os.fsync(file.fileno())


def _sqlite_copy(config: Config, alias: str) -> Iterator[bytes]:
    with copy_place(config.run) as copy:
        mask = os.umask(0o077)
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(copy)])
        finally:
            os.umask(mask)
        with copy.open("rb") as file:
            while block := file.read(BLOCK):
                yield block


def _pg_dump(config: Config) -> Iterator[bytes]:
    command = [
        _program("pg_dump"),
        "--format=custom",
        "--no-owner",
        "--no-password",
        f"--dbname={config.database.dsn}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        if process.stdout is None:
            raise RuntimeError("a pipe was asked for")
        while block := process.stdout.read(BLOCK):
            yield block
        if process.wait() != 0:
            raise NodeError("backup.dump")


def _pg_restore(config: Config, blocks: Iterable[bytes]) -> None:
    command = [
        _program("pg_restore"),
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        "--no-password",
        f"--dbname={config.database.dsn}",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        if process.stdin is None:
            raise RuntimeError("a pipe was asked for")
        try:
            for block in blocks:
                process.stdin.write(block)
            process.stdin.close()
        except BrokenPipeError:
            pass
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0:
            raise NodeError("restore.database")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NodeError("backup.no-pg-dump", program=name)
    return found


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def check_file(path: Path) -> None:
    """Refuse to write over something.

    Raises:
        InputError: ``file.exists``.
    """
    if path.exists():
        raise InputError("file.exists", file=path.name)
