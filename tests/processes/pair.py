"""Two real homes that know each other and have an agreement in force, and the parts of their nodes as processes.

As `comity run` starts them: TLS 1.3 ends in the front, which knows the partner by the certificate of its confirmed
card and passes requests on over a Unix socket. A plain pair (HTTP on loopback) is for measuring what TLS costs.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from comity.config import DatabaseConfig, DatabaseEngine, Listener, load_config
from comity.core.agreement.model import agreement_hash, write_agreement
from comity.core.agreement.source import compile_source, read_source
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.identity.fingerprint import fingerprint
from comity.services.context import Actor, ActorKind
from comity.services.custody import NewNode, create_node, open_node
from comity.services.custody.holder import KeysProcess, stop_ephemeral
from comity.services.custody.unlock import unlock_key

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = Actor("os:tester", ActorKind.OPERATOR)
BE, MA = ServiceId("BE.federal-police"), ServiceId("MA.dgsn")
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one node of the pair lives and listens; partners are told the public port."""

    service: ServiceId
    alias: str
    home: Path
    port: int
    public_port: int
    tls: bool = False


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def prepare(folder: Path, places: tuple[Place, Place], source: str, dsn: dict[str, str] | None = None) -> str:
    """Create both homes, acquaint them, sign an agreement on both sides; return its hash.

    Args:
        folder: empty; holds the unlock keys.
        places: of the nodes.
        source: of the agreement, TOML.
        dsn: alias to PostgreSQL connection string; SQLite without.
    """
    nodes = {}
    for place in places:
        database = DatabaseConfig()
        if dsn is not None:
            database = DatabaseConfig(engine=DatabaseEngine.POSTGRESQL, dsn=dsn[place.alias])
        wish = NewNode(
            name=place.alias,
            country=place.service[:2],
            regimes=(Regime.POLICE,),
            desk=Listener(port=free_port()),
            partner=Listener(port=place.port),
            partner_url=f"{'https' if place.tls else 'http'}://127.0.0.1:{place.public_port}",
            service=place.service,
            unlock_file=folder / f"{place.alias}.unlock",
            database=database,
        )
        create_node(place.home, wish, OPERATOR, alias=place.alias)
        settings = place.home / "comity.toml"
        text = settings.read_text(encoding="utf-8")
        for name in ("allow_private_addresses", *(() if place.tls else ("plain_http_on_loopback",))):
            text = text.replace(f"{name} = false", f"{name} = true")
        settings.write_text(text, encoding="utf-8")
        nodes[place.service] = open_node(place.home, alias=place.alias)
    from comity.services.agreements.store import keep
    from comity.services.partners.add import add_partner, confirm_partner
    from comity.services.partners.own_card import own_card, own_card_octets
    from comity.storage import agreements
    from comity.storage.models.agreements import StoredSignature
    from comity.storage.transaction import atomic

    for own, other in ((BE, MA), (MA, BE)):
        add_partner(nodes[own], own_card_octets(nodes[other]), OPERATOR)
        confirm_partner(nodes[own], other, " ".join(fingerprint(own_card(nodes[other]))), OPERATOR)
    document = compile_source(read_source(source), parties=(BE, MA), predecessor=None)
    octets = write_agreement(document)
    name = agreement_hash(octets)
    for own, other in ((BE, MA), (MA, BE)):
        with atomic(nodes[own].alias):
            keep(nodes[own], document, octets, partner=other, proposed_at=None)
            for party in (BE, MA):
                row = StoredSignature(
                    agreement=name,
                    party=party,
                    token=nodes[party].keys.sign(Regime.POLICE, TokenType.AGREEMENT, [octets])[0],
                    public_key=nodes[party].keys.held_keys(Regime.POLICE)[0].sign_public,
                    signed_at=nodes[party].clock() - timedelta(minutes=1),
                )
                agreements.add_signature(nodes[own].alias, row)
    stop_ephemeral()
    return name


@dataclass
class Running:
    """The processes of one node: keys, partner endpoint, worker, under TLS the front. `tend` starts again what died.

    Args:
        place: which node.
        log: where all of them write.
        crash_points: folder of armed points.
        endpoint: the WSGI application.
        behind: under TLS, the socket that the front passes requests to; a proxy may stand between it and `socket`.
        socket: under TLS, the socket of the endpoint.
    """

    place: Place
    log: Path
    crash_points: Path | None = None
    endpoint: str = "tests.processes.endpoint:application"
    behind: Path | None = None
    socket: Path | None = None
    keys: KeysProcess | None = None
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    restarts: int = 0

    def start(self) -> None:
        """Start all of them and wait until the endpoint answers."""
        self.start_keys()
        self.tend()
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > until:
                raise RuntimeError(
                    f"{self.place.alias} did not start: {self.log.read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.1)

    def start_keys(self) -> None:
        """Start the keys process alone."""
        config = load_config(self.place.home)
        self.keys = KeysProcess(config, unlock_key(config), config.run / "keys.sock")

    def tend(self) -> None:
        """Start what is not running."""
        if self.keys is not None and self.keys.process.poll() is not None:
            self.restarts += 1
            self.keys.stop()
            self.start_keys()
        for name in ("endpoint", "worker", *(("front",) if self.place.tls else ())):
            child = self.children.get(name)
            if child is None or child.poll() is not None:
                self.restarts += child is not None
                self.children[name] = self._spawn(name)

    def answers(self) -> bool:
        """Tell whether the endpoint is healthy and, under TLS, the front listens."""
        upstream = self.socket if self.place.tls and self.socket is not None else self.place.port
        try:
            with (
                socket.create_connection(("127.0.0.1", self.place.port), 2)
                if self.place.tls
                else nullcontext()
            ):
                pass
            asked = connection_to(upstream, 2)
            asked.request("GET", "/healthz")
            status = asked.getresponse().status
            asked.close()
        except (OSError, http.client.HTTPException):
            return False
        return status == 200

    def kill(self, name: str) -> None:
        """Kill a process and all its children at once, as `kill -9` would."""
        if name == "keys":
            if self.keys is not None:
                self.keys.process.kill()
                self.keys.process.wait()
            return
        child = self.children[name]
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def stop(self) -> None:
        """End everything."""
        for name in self.children:
            self.kill(name)
        if self.keys is not None:
            self.keys.stop()

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        if name == "worker":
            command = [sys.executable, "-m", "comity.worker", "--home", str(self.place.home)]
        elif name == "front":
            command = [sys.executable, "-m", "comity.node", "--behind", str(self.behind)]
        elif self.place.tls:
            command = [
                sys.executable,
                "-m",
                "comity.cli.running.serve",
                self.endpoint,
                "--socket",
                str(self.socket),
            ]
        else:
            command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
            command += ["--port", str(self.place.port), "--workers", "1", "--blocking-threads", "2"]
            command += ["--no-ws", "--respawn-failed-workers", "--respawn-interval", "0.5", self.endpoint]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                env=environment(self.place, self.crash_points),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


class UnixConnection(http.client.HTTPConnection):
    """HTTP to a server on a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("node", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def connection_to(upstream: int | Path, timeout: float) -> http.client.HTTPConnection:
    """Return a way to a loopback port or a Unix socket."""
    if isinstance(upstream, Path):
        return UnixConnection(upstream, timeout)
    return http.client.HTTPConnection("127.0.0.1", upstream, timeout=timeout)


def environment(place: Place, crash_points: Path | None = None) -> dict[str, str]:
    """Return the environment of a process of a node."""
    dropped = {"DJANGO_SETTINGS_MODULE", "COMITY_HOME"}
    found = {name: value for name, value in os.environ.items() if name not in dropped}
    found |= {"COMITY_HOME": str(place.home), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PYTHONUNBUFFERED": "1"}
    if crash_points is not None:
        found["COMITY_CRASH_POINTS"] = str(crash_points)
    return found
