"""The partner endpoint: four paths, bounded bodies, one form of error, nothing of the inside."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from tests.federation.malice import Batch
from tests.federation.world import START, World, make_card, make_world, node_keys

from comity.core.envelope.limits import FRAME_BYTES
from comity.errors import NodeError
from comity.node import app as endpoint
from comity.node.limits import AT_ONCE, BURST, FAILURES_BURST, Limits
from comity.services.context import Node
from comity.storage import partners

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


@pytest.fixture
def world(db: None) -> World:
    return make_world()


class Unread(io.BytesIO):
    """A body that must not be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("the body was read")


def ask(
    node: Node,
    method: str,
    path: str,
    body: bytes | None = None,
    limits: Limits | None = None,
    **environ: Any,
) -> tuple[int, dict[str, str], bytes]:
    """Make one request and return status, headers and body."""
    said: list[Any] = []
    full = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_LENGTH": "" if body is None else str(len(body)),
        "wsgi.input": Unread() if body is None else io.BytesIO(body),
        **environ,
    }
    answer = b"".join(endpoint.make_app(node, limits)(full, lambda *args: said.extend(args)))
    return int(said[0].split()[0]), dict(said[1]), answer


def code(answer: bytes) -> str:
    document = json.loads(answer)
    assert set(document) == {"code"}
    return str(document["code"])


def test_a_batch_is_received(world: World) -> None:
    status, headers, body = ask(world.ma, "POST", "/c/1/batch", Batch(world).build())
    assert (status, headers["Content-Type"]) == (200, "application/octet-stream")
    assert body.startswith(b"CMT1")
    assert headers["Cache-Control"] == "no-store"


def test_health_and_card(world: World) -> None:
    assert ask(world.ma, "GET", "/healthz")[0] == 200
    assert ask(world.ma, "GET", "/c/1/card")[0] == 503
    octets = make_card(world.ma.service, node_keys(world.ma.service))[1]
    partners.add_own_card("ma", 1, octets, START)
    assert ask(world.ma, "GET", "/c/1/card")[2] == octets


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/admin", 404),
        ("POST", "/c/1/card", 404),
        ("GET", "/c/1/batch", 405),
        ("PUT", "/c/1/batch", 405),
        ("GET", "/c/2/card", 404),
        ("GET", "/c/1/batch/../card", 404),
        ("DELETE", "/healthz", 404),
        ("POST", "/metrics", 404),
        ("", "", 404),
    ],
)
def test_nothing_else_exists(world: World, method: str, path: str, status: int) -> None:
    assert ask(world.ma, method, path)[0] == status


@pytest.mark.parametrize("length", ["", "-1", "1e3", "٣", "0x10", " 5"])
def test_length_required(world: World, length: str) -> None:
    status, _, body = ask(world.ma, "POST", "/c/1/batch", CONTENT_LENGTH=length)
    assert (status, code(body)) == (411, "node.length")


def test_too_large_is_not_read(world: World) -> None:
    status, _, body = ask(world.ma, "POST", "/c/1/batch", CONTENT_LENGTH=str(FRAME_BYTES + 1))
    assert (status, code(body)) == (413, "frame.too-large")


def test_cut_short(world: World) -> None:
    status, _, body = ask(world.ma, "POST", "/c/1/batch", b"x" * 10, CONTENT_LENGTH="1024")
    assert (status, code(body)) == (400, "frame.size")


def test_wrong_and_refused(world: World) -> None:
    assert code(ask(world.ma, "POST", "/c/1/batch", bytes(1024))[2]) == "frame.malformed"
    status, _, body = ask(world.ma, "POST", "/c/1/batch", Batch(world, sender="FR.x").build())
    assert (status, code(body)) == (400, "partner.unknown")


@pytest.mark.parametrize("error", [NodeError("storage.sealed", alias="secret"), OSError("/secret/path")])
def test_trouble_tells_nothing(world: World, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object) -> bytes:
        raise error

    monkeypatch.setitem(endpoint._POSTS, "/c/1/batch", fails)
    status, _, body = ask(world.ma, "POST", "/c/1/batch", b"x")
    assert (status, code(body)) == (503, "node.trouble")


class TestLimits:
    def test_failures_exhaust_only_the_client_that_fails(self, world: World) -> None:
        now = [0.0]
        limits = Limits(lambda: now[0])
        statuses = [
            ask(world.ma, "POST", "/c/1/batch", b"x", limits)[0] for _ in range(int(FAILURES_BURST) + 5)
        ]
        assert statuses.count(400) == int(FAILURES_BURST)
        assert statuses[-1] == 429
        assert ask(world.ma, "GET", "/healthz", None, limits, REMOTE_ADDR="192.0.2.2")[0] == 200
        now[0] = 2.0
        assert ask(world.ma, "GET", "/healthz", None, limits)[0] == 200

    def test_rate(self) -> None:
        limits = Limits(lambda: 0.0)
        passed = 0
        for _ in range(int(BURST) + 10):
            if limits.enter("a"):
                passed += 1
                limits.leave("a")
        assert passed == int(BURST)

    def test_at_once(self) -> None:
        limits = Limits(lambda: 0.0)
        assert [limits.enter("a") for _ in range(AT_ONCE + 1)] == [True] * AT_ONCE + [False]
        limits.leave("a")
        assert limits.enter("a")

    def test_many_clients_are_forgotten(self) -> None:
        limits = Limits(lambda: 0.0)
        for number in range(10_000):
            assert limits.enter(str(number))
            limits.leave(str(number))
        assert len(limits._clients) <= 4097
