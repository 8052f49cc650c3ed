"""What all tests share: no sockets beyond this machine, Hypothesis profiles, the databases of the nodes."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

# What decides whether a change is taken is the same for everybody, each time; chance looks for more in the longer runs.
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    database=None,
)
settings.register_profile(
    "soak",
    parent=settings.get_profile("ci"),
    max_examples=3000,
    suppress_health_check=list(HealthCheck),
    derandomize=False,
    print_blob=True,
)
settings.register_profile(
    "few",
    parent=settings.get_profile("ci"),
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

NODES = ("be", "ma", "third")
"""Database aliases of the simulated nodes; `default` belongs to the desk and the command line."""


TOUCHES = frozenset({"db", "transactional_db", "live_server"})
"""Fixtures by which a test reaches the databases that COMITY_TEST_DB names."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run on a second database leave out what no database can change."""
    parser.addoption(
        "--again",
        action="store_true",
        help="leave out the tests that touch no database: they have run with another one",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, in a second run, what has run in the first under the same conditions."""
    if not config.getoption("--again"):
        return
    left_out = [each for each in items if not _touches_database(each)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [each for each in items if _touches_database(each)]


def _touches_database(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(name) for name in ("django_db", "follows_database")):
        return True
    return bool(TOUCHES & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect, connect_ex, lookup = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            raise RuntimeError(f"a test may not connect to {address[0]}")

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        checked(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        checked(sock, address)
        return connect_ex(sock, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _is_literal(host) and host not in ("localhost", b"localhost", ""):
            raise RuntimeError("a test may not look up a name")
        return lookup(host, *args, **kwargs)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_lookup)
    yield
    patch.undo()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def _is_literal(host: Any) -> bool:
    try:
        ip_address((host.decode() if isinstance(host, bytes) else str(host)).split("%")[0])
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def _no_index_of_another_test() -> None:
    """Drop the indexes of registers that a test before this one left in the process."""
    from comity.services.register.finding import holder

    for alias in ("default", "be", "ma"):
        holder.forget(alias)


@pytest.fixture(scope="session", autouse=True)
def _databases_are_dropped() -> Iterator[None]:
    """Drop the PostgreSQL test databases even where a server's thread still holds a session (PostgreSQL 13)."""
    from django.db.backends.postgresql.creation import DatabaseCreation

    def drop(creation: Any, name: str, verbosity: int) -> None:
        with creation._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {creation.connection.ops.quote_name(name)} WITH (FORCE)")

    kept = DatabaseCreation._destroy_test_db
    DatabaseCreation._destroy_test_db = drop
    yield
    DatabaseCreation._destroy_test_db = kept
