"""Everything that is wrong or will soon be wrong with a node, each with the key to change.

Implements docs/operations.md §6. Nothing is changed and nothing is shown that is secret or personal.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

from sqlcipher3 import dbapi2

from comity.config import FILE_NAME, Config, DatabaseEngine, load_config
from comity.core.crypto.voprf import sodium
from comity.core.instant import Instant
from comity.errors import ComityError, Fact
from comity.services.context import Node
from comity.services.custody.tls import certificate_file
from comity.services.custody.unlock import read_unlock_file
from comity.storage.backends.sqlcipher.base import verify_library

WARN_DAYS = (60, 30, 14, 7)
"""Days before the end of a key at which its warning is renewed."""

ERROR_DAYS = 7
MIN_FREE_BYTES = 1 << 30


class Level(StrEnum):
    """How bad a problem is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to change.

    Args:
        code: stable; its sentence and what to do stand in the tables of sentences.
        key: what to change: a configuration key, a path relative to the home, or the name of a key pair.
    """

    level: Level
    code: str
    key: str
    facts: dict[str, Fact] = field(default_factory=dict)


def check_home(home: Path, opened: Callable[[Path], Node]) -> list[Problem]:
    """Return every problem of a node.

    Args:
        opened: opens the node; its failure is itself a problem.
    """
    try:
        config = load_config(home)
    except ComityError as error:
        return [_of(error, str(error.facts.get("key", FILE_NAME)))]
    found = [*_files(config), *_unlock(config), *_settings(config), *_libraries(config), *_disk(config)]
    try:
        node = opened(home)
    except ComityError as error:
        stopped = _of(error, _key_of(error))
        return found if stopped in found else [*found, stopped]
    return [*found, *check_node(node)]


def check_node(node: Node) -> list[Problem]:
    """Return the problems that only the open node shows: keys, certificates, cards, clock, keys of officers."""
    from comity.services.custody.expiry import expiries, late_clock, waiting_cards
    from comity.services.evidence.alarms import open_alarms
    from comity.services.people.security_keys import keys_of_other_addresses

    now = node.clock()
    found = [problem for key, end in expiries(node) if (problem := _expiring(key, end, now)) is not None]
    found += [Problem(Level.WARNING, "check.card-waiting", key) for key in waiting_cards(node)]
    disputed = late_clock(node)
    if disputed:
        found.append(Problem(Level.ERROR, "check.clock", "system clock", {"messages": disputed}))
    found += _exchange(node)
    moved = keys_of_other_addresses(node)
    if moved:
        found.append(Problem(Level.WARNING, "check.security-keys-moved", "desk_url", {"keys": moved}))
    return [*found, *(Problem(Level.ERROR, alarm.code, alarm.origin) for alarm in open_alarms(node))]


def _exchange(node: Node) -> Iterator[Problem]:
    """What is missing since a restore, and whether what is kept for the partners' takes too much room."""
    from comity.services.exchange.kept import kept_is_full
    from comity.services.exchange.missing import recoveries

    for one in recoveries(node):
        key = f"{one.partner} {one.regime}"
        if one.asked_at is None:
            yield Problem(Level.WARNING, "check.missing-unasked", key)
        elif one.missing:
            yield Problem(Level.WARNING, "check.missing-messages", key, {"messages": one.missing})
    if kept_is_full(node):
        yield Problem(Level.WARNING, "check.kept-full", "kept_mib")


def _expiring(key: str, end: Instant, now: Instant) -> Problem | None:
    left = (end - now) / timedelta(days=1)
    certificate = key.startswith("tls/") or key.endswith(".tls")
    if left <= 0:
        return Problem(Level.ERROR, "check.certificate-ended" if certificate else "check.key-ended", key)
    step = next((days for days in reversed(WARN_DAYS) if left <= days), None)
    if step is None:
        return None
    level = Level.ERROR if step <= ERROR_DAYS else Level.WARNING
    code = "check.certificate-ends" if certificate else "check.key-ends"
    return Problem(level, code, key, {"days": int(left)})


def _files(config: Config) -> Iterator[Problem]:
    """What a home must have and has not, and whatever stands in it that others than its user may read."""
    home = config.home
    needed = (home, home / FILE_NAME, home / "vault", config.vault, home / "tls" / "key.pem", config.data)
    yield from (
        Problem(Level.ERROR, "check.missing", _named(path, home)) for path in needed if not path.exists()
    )
    for path in sorted(_within(home)):
        try:
            mode = path.lstat().st_mode
        except OSError:
            continue  # it went meanwhile: the write-ahead log of a closing database, a part that was sent
        if not stat.S_ISLNK(mode) and mode & 0o077 and path != certificate_file(config):
            yield Problem(Level.ERROR, "check.mode", _named(path, home), {"mode": oct(stat.S_IMODE(mode))})


def _within(home: Path) -> Iterator[Path]:
    for folder, _, files in os.walk(home):
        yield Path(folder)
        yield from (Path(folder, name) for name in files)


def _named(path: Path, home: Path) -> str:
    return "." if path == home else str(path.relative_to(home))


def _unlock(config: Config) -> Iterator[Problem]:
    if config.unlock_file is None:
        return
    try:
        read_unlock_file(config.unlock_file, config.home)
    except ComityError as error:
        yield _of(error, "unlock_file")
    if not config.demo:
        yield Problem(Level.WARNING, "check.unlock-file", "unlock_file")


def _settings(config: Config) -> Iterator[Problem]:
    if not _is_loopback(config.desk.host):
        yield Problem(Level.WARNING, "check.desk-open", "desk.host")
    if config.relying_party is None:
        yield Problem(Level.WARNING, "check.security-keys-address", "desk_url")
    if config.allow_private_addresses and not config.demo:
        yield Problem(Level.WARNING, "check.private-addresses", "allow_private_addresses")
    if config.plain_http_on_loopback:
        yield Problem(Level.WARNING, "check.plain-http", "plain_http_on_loopback")
    if not config.partner_url.startswith("https://") and not config.plain_http_on_loopback:
        yield Problem(Level.ERROR, "check.partner-url", "partner_url")
    if config.database.engine is DatabaseEngine.POSTGRESQL:
        yield Problem(Level.WARNING, "check.postgresql-duty", "database.dsn")
        if not _dsn_is_safe(config.database.dsn):
            yield Problem(Level.ERROR, "check.postgresql-tls", "database.dsn")


def _libraries(config: Config) -> Iterator[Problem]:
    try:
        sodium.require()
    except ComityError as error:
        yield _of(error, "libsodium")
    if config.database.engine is not DatabaseEngine.SQLITE:
        return
    try:
        verify_library(dbapi2.sqlite_version_info)
    except ComityError as error:
        yield _of(error, "sqlcipher3")


def _disk(config: Config) -> Iterator[Problem]:
    free = shutil.disk_usage(config.home).free
    if free < MIN_FREE_BYTES:
        yield Problem(Level.WARNING, "check.disk", "data", {"free_mib": free >> 20})


def _dsn_is_safe(dsn: str) -> bool:
    """Tell whether a connection is local, or TLS with a verified server name."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(dsn)
    except ProgrammingError:
        return False
    host = str(parts.get("hostaddr") or parts.get("host") or "/")
    return host.startswith("/") or _is_loopback(host) or parts.get("sslmode") == "verify-full"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _of(error: ComityError, key: str) -> Problem:
    return Problem(Level.ERROR, error.code, key, dict(error.facts))


def _key_of(error: ComityError) -> str:
    places = {"database": "database", "vault": "vault/keys.sealed", "unlock": "unlock_file", "tls": "tls"}
    return places.get(error.code.split(".")[0], FILE_NAME)
