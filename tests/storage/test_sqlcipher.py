from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.db.utils import ConnectionHandler, OperationalError

from comity.errors import NodeError
from comity.storage import unlocked
from comity.storage.backends.databases import sqlite_settings
from comity.storage.backends.sqlcipher import base
from comity.storage.exchange import health

MARKER = "a marker that may not be readable"


def _connect(path: Path, alias: str) -> base.DatabaseWrapper:
    handler = ConnectionHandler({"default": {}, alias: sqlite_settings(str(path))})
    wrapper = handler[alias]
    assert isinstance(wrapper, base.DatabaseWrapper)
    wrapper.inc_thread_sharing()
    return wrapper


def _write(path: Path, alias: str) -> base.DatabaseWrapper:
    wrapper = _connect(path, alias)
    wrapper.ensure_connection()
    wrapper.connection.execute("CREATE TABLE t (x TEXT)")
    wrapper.connection.execute("INSERT INTO t VALUES (?)", (MARKER,))
    return wrapper


@pytest.fixture
def _allowed(django_db_blocker: object) -> object:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]  # the fixture has no type
        yield


@pytest.mark.usefixtures("_allowed")
class TestFile:
    def test_nothing_readable_in_file_or_wal(self, tmp_path: Path) -> None:
        unlocked.set_database_key("one", secrets.token_bytes(32))
        wrapper = _write(tmp_path / "n.sqlite", "one")
        found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert "n.sqlite-wal" in found
        for octets in found.values():
            assert MARKER.encode() not in octets
            assert not octets.startswith(b"SQLite format 3")
        wrapper.close()
        assert MARKER.encode() not in (tmp_path / "n.sqlite").read_bytes()

    def test_reopens_with_its_key_only(self, tmp_path: Path) -> None:
        unlocked.set_database_key("two", secrets.token_bytes(32))
        _write(tmp_path / "n.sqlite", "two").close()
        again = _connect(tmp_path / "n.sqlite", "two")
        again.ensure_connection()
        assert again.connection.execute("SELECT x FROM t").fetchone() == (MARKER,)
        again.close()
        unlocked.set_database_key("two", secrets.token_bytes(32))
        with pytest.raises(NodeError) as caught:
            _connect(tmp_path / "n.sqlite", "two").ensure_connection()
        assert caught.value.code == "database.key"

    def test_without_key_no_file_is_made(self, tmp_path: Path) -> None:
        with pytest.raises(NodeError) as caught:
            _connect(tmp_path / "n.sqlite", "never-unlocked").ensure_connection()
        assert caught.value.code == "database.locked"
        assert list(tmp_path.iterdir()) == []

    def test_for_the_nodes_own_user_only(self, tmp_path: Path) -> None:
        unlocked.set_database_key("four", secrets.token_bytes(32))
        mask = os.umask(0o022)
        try:
            wrapper = _write(tmp_path / "n.sqlite", "four")
        finally:
            os.umask(mask)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        assert modes == {"n.sqlite": 0o600, "n.sqlite-wal": 0o600, "n.sqlite-shm": 0o600}
        wrapper.close()

    def test_durable_and_forgetful(self, tmp_path: Path) -> None:
        unlocked.set_database_key("three", secrets.token_bytes(32))
        wrapper = _write(tmp_path / "n.sqlite", "three")

        def pragma(name: str) -> object:
            return wrapper.connection.execute(f"PRAGMA {name}").fetchone()[0]

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2
        assert pragma("secure_delete") == 1
        assert pragma("foreign_keys") == 1
        assert pragma("temp_store") == 2
        assert wrapper.transaction_mode == "IMMEDIATE"
        wrapper.close()

    def test_stays_open_until_a_statement_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unlocked.set_database_key("four", secrets.token_bytes(32))
        wrapper = _write(tmp_path / "n.sqlite", "four")
        monkeypatch.setattr(health, "connections", {"four": wrapper})
        opened = wrapper.connection
        health.release("four")
        assert wrapper.connection is opened
        with pytest.raises(OperationalError), wrapper.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        health.release("four")
        assert wrapper.connection is None

    def test_its_log_is_emptied_while_it_is_open(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unlocked.set_database_key("five", secrets.token_bytes(32))
        wrapper, log = _write(tmp_path / "n.sqlite", "five"), tmp_path / "n.sqlite-wal"
        reader = _connect(tmp_path / "n.sqlite", "five")
        monkeypatch.setattr(health, "connections", {"five": wrapper})
        # Somebody who still reads what stood before keeps it there.
        reader.ensure_connection()
        reader.connection.execute("BEGIN")
        assert reader.connection.execute("SELECT x FROM t").fetchone() == (MARKER,)
        wrapper.connection.execute("DELETE FROM t")
        assert not health.fold("five")
        assert log.stat().st_size > 0
        reader.connection.execute("COMMIT")
        assert health.fold("five")
        assert log.stat().st_size == 0
        assert reader.connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
        for each in (reader, wrapper):
            each.close()


@pytest.mark.parametrize("key", [b"", b"short", bytes(32), bytes(31) + b"\x01\x02", b"\x01" * 33])
def test_unfit_keys_are_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        unlocked.set_database_key("unfit", key)


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 50, 8), (3, 51, 2)])
def test_library_that_loses_commits_is_refused(version: tuple[int, int, int]) -> None:
    with pytest.raises(NodeError) as caught:
        base.verify_library(version)
    assert caught.value.code == "database.library"


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 53, 4), (4, 0, 0)])
def test_sound_library_is_accepted(version: tuple[int, int, int]) -> None:
    base.verify_library(version)


@pytest.mark.follows_database
def test_suite_runs_on_the_database_asked_for() -> None:
    expected = "postgresql" if os.environ.get("COMITY_TEST_DB") == "postgresql" else "sqlite"
    assert {connections[alias].vendor for alias in settings.DATABASES} == {expected}
