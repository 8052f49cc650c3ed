"""Two or three nodes in one process: own aliases, own keys, one clock, a line in memory, one agreement in force."""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from tests.federation.source import SOURCE

from comity.config import Config, Listener
from comity.core.agreement.model import Agreement, agreement_hash, write_agreement
from comity.core.agreement.source import compile_source, read_source
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.certificate import new_certificate
from comity.core.crypto.encoding import to_text
from comity.core.crypto.local import LocalKeys
from comity.core.identity.card import SUITES, Card, PublishedKey, RegimeKeys, sign_card
from comity.core.instant import Instant, write_instant
from comity.services.agreements.store import keep
from comity.services.context import Actor, ActorKind, Node
from comity.services.exchange.receive import receive_batch
from comity.services.exchange.submit import Outgoing
from comity.storage import agreements as agreement_rows
from comity.storage import partners as partner_rows
from comity.storage.models.agreements import StoredSignature
from comity.storage.transaction import atomic
from comity.transport.memory import MemoryNetwork

BE, MA, THIRD = ServiceId("BE.federal-police"), ServiceId("MA.dgsn"), ServiceId("TN.interior")
ALIASES = {BE: "be", MA: "ma", THIRD: "third"}
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
OFFICER = Actor("amina", ActorKind.OFFICER)
REGIMES = (Regime.POLICE, Regime.RETURN_IDENTIFICATION)
YEAR = timedelta(days=365)
HOMES = Path(tempfile.mkdtemp(prefix="comity-worlds-"))
atexit.register(shutil.rmtree, HOMES, ignore_errors=True)


@dataclass
class Clock:
    """One clock for all nodes; moves only when told."""

    now: Instant = START

    def __call__(self) -> Instant:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class World:
    """The nodes, their clock and their line."""

    nodes: dict[ServiceId, Node]
    clock: Clock
    network: MemoryNetwork
    agreement: str
    document: Agreement
    random: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def be(self) -> Node:
        return self.nodes[BE]

    @property
    def ma(self) -> Node:
        return self.nodes[MA]

    def keys(self, service: ServiceId) -> LocalKeys:
        keys = self.nodes[service].keys
        assert isinstance(keys, LocalKeys)
        return keys

    def outgoing(self, body: dict[str, object] | None = None, **changes: object) -> Outgoing:
        """Return a permitted message from the Belgian node to the Moroccan one."""
        usual = Outgoing(
            partner=MA,
            regime=Regime.POLICE,
            kind="test.note",
            act=Act.INFORM,
            body={"n": 1} if body is None else body,
            agreement=self.agreement,
            purpose=Purpose.DRUGS,
        )
        return replace(usual, **changes)


@cache
def certificate(service: ServiceId) -> str:
    return new_certificate(service, ["127.0.0.1"], START, b"password")[0]


@cache
def node_keys(service: ServiceId) -> LocalKeys:
    source = random.Random(service)
    return LocalKeys.generate(REGIMES, source.randbytes)


def make_card(service: ServiceId, keys: LocalKeys, sequence: int = 1) -> tuple[Card, bytes]:
    """Return a service's card and its signed bytes."""

    def published(kid: str, public: bytes) -> PublishedKey:
        since, until = write_instant(START - YEAR), write_instant(START + YEAR)
        return PublishedKey(kid=kid, public=to_text(public), not_before=since, not_after=until)

    regimes = {
        regime.value: RegimeKeys(
            sign=tuple(published(h.sign_kid, h.sign_public) for h in keys.held_keys(regime)),
            seal=tuple(published(h.seal_kid, h.seal_public) for h in keys.held_keys(regime)),
        )
        for regime in REGIMES
    }
    card = Card(
        service=service,
        name=service,
        country=service[:2],
        sequence=sequence,
        issued_at=write_instant(START),
        demo=False,
        endpoint="https://node.example:8443",
        tls=certificate(service),
        suites=SUITES,
        regimes=regimes,
    )
    octets = sign_card(card, lambda regime, kid, payload: keys.sign_as(regime, kid, TokenType.CARD, payload))
    return card, octets


def make_config(service: ServiceId) -> Config:
    """Return a configuration that no file holds; its home keeps a journal and nothing else."""
    home = HOMES / service
    home.mkdir(exist_ok=True)
    return Config(
        home=home,
        service=service,
        name=service,
        country=service[:2],
        regimes=REGIMES,
        desk=Listener(port=1),
        partner=Listener(port=2),
        partner_url="https://node.example:8443",
    )


def introduce(node: Node, service: ServiceId, state: str = "confirmed") -> None:
    """Let a node know another one."""
    card, octets = make_card(service, node_keys(service))
    row = partner_rows.add(node.alias, card, octets, state, START)
    if state != "pending":
        row.confirmed_at = START
        partner_rows.save(node.alias, row, START)


def set_state(node: Node, service: ServiceId, state: str) -> None:
    """Change what an administrator decided about a partner."""
    row = partner_rows.find(node.alias, service)
    assert row is not None
    row.state = state
    row.confirmed_at = None if state == "pending" else START
    partner_rows.save(node.alias, row, START)


def sign_between(nodes: Iterable[Node], agreement: Agreement) -> str:
    """Put an agreement, signed by both parties, into the nodes."""
    octets = write_agreement(agreement)
    name = agreement_hash(octets)
    for node in nodes:
        other = agreement.other(node.service)
        assert other is not None
        with atomic(node.alias):
            keep(node, agreement, octets, partner=other, proposed_at=None)
            for party in agreement.parties:
                keys = node_keys(ServiceId(party))
                token = keys.sign(agreement.regime, TokenType.AGREEMENT, [octets])[0]
                row = StoredSignature(
                    agreement=name,
                    party=party,
                    token=token,
                    public_key=keys.public_keys(agreement.regime).sign_public,
                    signed_at=START - timedelta(days=30),
                )
                agreement_rows.add_signature(node.alias, row)
    return name


@cache
def small_agreement() -> Agreement:
    """Return an agreement that permits requests, replies and information on drugs."""
    return compile_source(read_source(SOURCE), parties=(BE, MA), predecessor=None)


def make_world(
    third: bool = False, endpoints: Callable[[Node], Callable[[str, bytes], bytes]] | None = None
) -> World:
    """Return the nodes, acquainted, with one agreement in force."""
    clock, network = Clock(), MemoryNetwork()
    services = (BE, MA, THIRD) if third else (BE, MA)
    entropy = random.Random(7)
    nodes = {
        service: Node(
            service=service,
            alias=ALIASES[service],
            config=make_config(service),
            keys=node_keys(service),
            clock=clock,
            random=entropy.randbytes,
        )
        for service in services
    }
    for node in nodes.values():
        for service in services:
            if service != node.service:
                introduce(node, service)
        network.endpoints[node.service] = (endpoints or batches_only)(node)
    agreement = small_agreement()
    name = sign_between((nodes[BE], nodes[MA]), agreement)
    return World(nodes, clock, network, name, agreement)


def batches_only(node: Node) -> Callable[[str, bytes], bytes]:
    """Return an endpoint that takes batches."""
    return lambda path, body: receive_batch(node, body)
