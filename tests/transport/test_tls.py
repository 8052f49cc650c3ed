"""The pinned way and the TLS front, over real sockets on loopback."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from comity.config import Config, Listener
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.certificate import certificate_pin, new_certificate
from comity.errors import DeliveryError, NodeError
from comity.node.front import Front, Trusted, server_context
from comity.transport import http
from comity.transport.http import Endpoint, HttpChannels, OwnTls
from comity.transport.unix import listen_private

PASSWORD = "password"


@dataclass(frozen=True)
class Party:
    certificate: str
    tls: OwnTls


def make_party(folder: Path, name: str) -> Party:
    pem, private = new_certificate(name, ["127.0.0.1"], datetime.now(UTC), PASSWORD.encode())
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_text(pem)
    key.write_bytes(private)
    return Party(pem, OwnTls(certificate, key, PASSWORD))


def config(**changes: object) -> Config:
    values: dict[str, object] = {
        "home": Path("/nonexistent"),
        "service": ServiceId("BE.police"),
        "name": "x",
        "country": "BE",
        "regimes": (Regime.POLICE,),
        "desk": Listener(port=1),
        "partner": Listener(port=2),
        "partner_url": "https://node.example",
        "allow_private_addresses": True,
    }
    return Config.model_validate({**values, **changes})


class Behind(threading.Thread):
    """A plain HTTP server on a Unix socket; answers the body's length, or what a path asks for."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(daemon=True)
        self.listener, self.requests, self.connections = listener, 0, 0
        self.clients: list[bytes] = []

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as reader:
            while line := reader.readline():
                length = 0
                while (header := reader.readline()).strip():
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                    if header.lower().startswith(b"x-comity-client:"):
                        self.clients.append(header.split(b":")[1].strip())
                body = reader.read(length)
                self.requests += 1
                self.answer(connection, line.split(b" ")[1], body)

    def answer(self, connection: socket.socket, path: bytes, body: bytes) -> None:
        status, answer = b"200 OK", b"%d" % len(body)
        if path == b"/huge":
            answer = b"x" * (http.MAX_ANSWER_BYTES + 1)
        if path == b"/redirect":
            status = b"302 Found\r\nLocation: https://127.0.0.1:1/"
        if path == b"/busy":
            status = b"503 Busy"
        if path == b"/no":
            status = b"400 No"
        if path == b"/cut":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)


@dataclass
class Scene:
    node: Party
    partner: Party
    stranger: Party
    front: Front
    behind: Behind
    url: str
    ways: list[HttpChannels] = field(default_factory=list)

    def way(self, who: Party | None, certificate: str | None = None, **changes: object) -> http.HttpChannel:
        ways = HttpChannels(None if who is None else who.tls, config(**changes))
        self.ways.append(ways)
        return ways.to(Endpoint(self.url, certificate or self.node.certificate))


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> tuple[Party, Party, Party]:
    folder = tmp_path_factory.mktemp("tls")
    return make_party(folder, "node"), make_party(folder, "partner"), make_party(folder, "stranger")


@pytest.fixture
def scene(parties: tuple[Party, Party, Party], tmp_path: Path) -> Iterator[Scene]:
    node, partner, stranger = parties
    make = partial(server_context, node.tls.certificate, node.tls.private_key, PASSWORD)
    front = Front(make, tmp_path / "behind.sock", lambda: b"the card")
    front.trust(Trusted(frozenset({partner.certificate})))
    behind = Behind(listen_private(tmp_path / "behind.sock"))
    behind.start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=front.serve, args=(listener,), daemon=True).start()
        made = Scene(node, partner, stranger, front, behind, f"https://127.0.0.1:{listener.getsockname()[1]}")
        yield made
        for ways in made.ways:
            ways.close()
        listener.shutdown(socket.SHUT_RDWR)
    behind.listener.close()


def refused(channel: http.HttpChannel, path: str = "/c/1/batch") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.post(path, b"x")
    return caught.value


def test_a_partner_passes_and_its_connection_is_used_again(scene: Scene) -> None:
    way = scene.way(scene.partner)
    for size in (0, 1, 100_000, 3_000_000):
        assert way.post("/c/1/batch", bytes(size)) == str(size).encode()
    assert (scene.behind.requests, scene.behind.connections) == (4, 1)
    assert set(scene.behind.clients) == {certificate_pin(scene.partner.certificate).hex().encode()}


def test_a_client_cannot_pass_for_another_behind_the_front(scene: Scene) -> None:
    context = http.client_context(scene.partner.tls, scene.node.certificate)
    port = int(scene.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as own:
        own.sendall(b"GET /x HTTP/1.1\r\nX-Comity-Client: another\r\n\r\n")
        assert own.recv(100).startswith(b"HTTP/1.1 200")
        own.sendall(b"POST /x HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        rest = b""
        with contextlib.suppress(OSError):
            while part := own.recv(100):
                rest += part
        assert b"HTTP" not in rest
    assert scene.behind.clients == [certificate_pin(scene.partner.certificate).hex().encode()]
    assert scene.behind.requests == 1


def test_an_unknown_certificate_never_reaches_what_is_behind(scene: Scene) -> None:
    assert refused(scene.way(scene.stranger)).code in ("delivery.tls", "delivery.unreachable")
    assert scene.behind.connections == 0


def test_a_partner_counts_as_soon_as_it_is_trusted_and_no_longer_than_that(scene: Scene) -> None:
    assert scene.front.trust(Trusted(frozenset({scene.stranger.certificate})))
    assert not scene.front.trust(Trusted(frozenset({scene.stranger.certificate})))
    assert scene.way(scene.stranger).post("/x", b"12") == b"2"
    refused(scene.way(scene.partner))
    assert scene.behind.connections == 1


def test_a_connection_ends_with_the_trust_in_its_certificate(scene: Scene) -> None:
    """What was open before the partner's card named another certificate carries nothing more."""
    way = scene.way(scene.partner)
    assert way.post("/x", b"1") == b"1"
    scene.front.trust(Trusted(frozenset({scene.stranger.certificate})))
    assert refused(way).code in ("delivery.tls", "delivery.unreachable")
    assert scene.behind.requests == 1


def test_a_renewed_certificate_is_shown_and_used_without_a_restart(scene: Scene, tmp_path: Path) -> None:
    """Both the front and whoever calls read the certificate again when its file is another."""
    folder = tmp_path / "renewed"
    folder.mkdir()
    own = make_party(folder, "own")
    make = partial(server_context, own.tls.certificate, own.tls.private_key, PASSWORD)
    front = Front(make, tmp_path / "behind.sock", lambda: b"the card")
    front.trust(Trusted(frozenset({scene.partner.certificate, own.certificate}), own.tls.stamp))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=front.serve, args=(listener,), daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        callers = [HttpChannels(who.tls, config()) for who in (own, scene.partner)]
        for ways in callers:
            assert ways.to(Endpoint(url, own.certificate)).post("/x", b"12") == b"2"
            ways.close()
        renewed = make_party(folder, "own")
        trusted = Trusted(frozenset({scene.partner.certificate, renewed.certificate}), own.tls.stamp)
        assert front.trust(trusted)
        for ways in callers:
            assert ways.to(Endpoint(url, renewed.certificate)).post("/x", b"12") == b"2"
            assert refused(ways.to(Endpoint(url, own.certificate))).code == "delivery.pin"
            ways.close()
        listener.shutdown(socket.SHUT_RDWR)


def test_who_calls_shows_a_renewed_certificate_without_a_restart(scene: Scene, tmp_path: Path) -> None:
    own = make_party(tmp_path, "own")
    ways = HttpChannels(own.tls, config())
    way = ways.to(Endpoint(scene.url, scene.node.certificate))
    scene.front.trust(Trusted(frozenset({own.certificate})))
    assert way.post("/x", b"12") == b"2"
    renewed = make_party(tmp_path, "own")
    scene.front.trust(Trusted(frozenset({renewed.certificate})))
    assert way.post("/x", b"123") == b"3"
    assert scene.behind.connections == 2
    ways.close()


def test_a_stranger_reads_the_card_and_nothing_else(scene: Scene) -> None:
    way = scene.way(None)
    assert way.get("/c/1/card") == b"the card"
    for path in ("/c/1/batch", "/healthz", "/c/1/card/x"):
        error = refused(scene.way(None), path)
        assert (error.code, error.facts.get("status")) == ("delivery.status", 403)
    assert scene.behind.connections == 0


def test_another_certificate_than_the_cards_is_refused(scene: Scene) -> None:
    error = refused(scene.way(scene.partner, certificate=scene.stranger.certificate))
    assert error.code == "delivery.pin"
    assert scene.behind.connections == 0


def test_tls_1_2_is_refused(scene: Scene) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    port = int(scene.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain)


@pytest.mark.parametrize(
    ("path", "code", "retryable"),
    [
        ("/huge", "delivery.too-large", False),
        ("/redirect", "delivery.status", False),
        ("/busy", "delivery.status", True),
        ("/no", "delivery.status", False),
        ("/cut", "delivery.unreachable", True),
    ],
)
def test_bad_answers(scene: Scene, path: str, code: str, retryable: bool) -> None:
    error = refused(scene.way(scene.partner), path)
    assert (error.code, error.retryable) == (code, retryable)


def test_a_connection_that_died_meanwhile_is_made_again(scene: Scene) -> None:
    way = scene.way(scene.partner)
    assert way.post("/x", b"1") == b"1"
    (kept,) = way.channels._idle[way.endpoint]
    kept.sock.shutdown(socket.SHUT_RDWR)
    assert way.post("/x", b"22") == b"2"
    assert scene.behind.connections == 2


def test_private_addresses_are_refused_unless_the_configuration_allows_them(scene: Scene) -> None:
    assert refused(scene.way(scene.partner, allow_private_addresses=False)).code == "delivery.address"


def test_plain_http_is_refused_unless_configured() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        behind = Behind(listener)
        behind.start()
        endpoint = Endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}", "x")
        assert refused(HttpChannels(None, config()).to(endpoint)).code == "delivery.plain"
        ways = HttpChannels(None, config(plain_http_on_loopback=True, allow_private_addresses=False))
        assert ways.to(endpoint).post("/x", b"123") == b"3"
        ways.close()
        listener.shutdown(socket.SHUT_RDWR)


def test_nobody_listening_may_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = refused(HttpChannels(None, config()).to(Endpoint(f"https://127.0.0.1:{port}", None)))
    assert (error.code, error.retryable) == ("delivery.unreachable", True)


def test_a_wrong_password_or_missing_key_is_this_nodes_fault(scene: Scene, tmp_path: Path) -> None:
    own = scene.partner.tls
    for bad, code in ((OwnTls(own.certificate, own.private_key, "no"), "tls.key"),):
        with pytest.raises(NodeError, match=code):
            HttpChannels(bad, config()).to(Endpoint(scene.url, scene.node.certificate)).get("/")
    missing = OwnTls(own.certificate, tmp_path / "none", PASSWORD)
    with pytest.raises(NodeError, match=r"tls\.missing"):
        HttpChannels(missing, config()).to(Endpoint(scene.url, scene.node.certificate)).get("/")


def test_shares_of_connections_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comity.node.front.MAX_EACH", 1)
    first, second = scene.way(scene.partner), scene.way(scene.partner)
    assert first.post("/x", b"1") == b"1"
    refused(second)
    first.channels.close()


def test_head_and_body_leave_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    class Line:
        """Stands for a socket whose other end answers."""

        def sendall(self, octets: bytes) -> None:
            sent.append(octets)

        def settimeout(self, _: float) -> None: ...

        def close(self) -> None: ...

        def makefile(self, *_: object) -> BytesIO:
            return BytesIO(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone")

    connection = http._Pinned("localhost", 1, "127.0.0.1", None, None)
    connection.sock = Line()  # type: ignore[assignment]
    ways = HttpChannels(None, config())
    monkeypatch.setattr(ways, "_connect", lambda _: connection)
    assert ways.to(Endpoint("http://localhost:1", None)).post("/c/1/batch", b"body" * 500) == b"done"
    assert len(sent) == 1
    assert sent[0].startswith(b"POST /c/1/batch HTTP/1.1\r\n")
    assert sent[0].endswith(b"\r\n\r\n" + b"body" * 500)
