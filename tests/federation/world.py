"""Two or three nodes in one process: own aliases, own keys, one clock, a line in memory, one agreement in force.

Nodes, clock, cards and line are those of the scenarios (`comity.demo.scenario`); here keys are the same in every test, the
agreement is a small one, and nobody signs it through the line.
"""

from __future__ import annotations

import atexit
import random
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from tests.federation.source import SOURCE

from comity.config import Config
from comity.core.agreement.model import Agreement, agreement_hash, write_agreement
from comity.core.agreement.source import compile_source, read_source
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.certificate import new_certificate
from comity.core.crypto.local import LocalKeys
from comity.core.identity.card import Card
from comity.demo.scenario import cards
from comity.demo.scenario.databases import ALIASES, BE, MA, REGIMES, TN, config_of
from comity.demo.scenario.world import START, Clock, endpoint
from comity.demo.scenario.world import World as ScenarioWorld
from comity.services.agreements.store import keep
from comity.services.context import Actor, ActorKind, Node
from comity.services.exchange.submit import Outgoing
from comity.storage import agreements as agreement_rows
from comity.storage import partners as partner_rows
from comity.storage.models.agreements import StoredSignature
from comity.storage.transaction import atomic
from comity.transport.memory import MemoryNetwork

THIRD = TN
OFFICER = Actor("amina", ActorKind.OFFICER)
HOMES = Path(tempfile.mkdtemp(prefix="comity-worlds-"))
atexit.register(shutil.rmtree, HOMES, ignore_errors=True)


@dataclass
class World(ScenarioWorld):
    """The nodes, their clock and their line, with an agreement that was there from the beginning."""

    document: Agreement = field(kw_only=True)
    random: random.Random = field(default_factory=lambda: random.Random(1))

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
    return cards.make_card(service, keys, START, certificate(service), sequence=sequence, demo=False)


def make_config(service: ServiceId) -> Config:
    """Return a configuration that no file holds; its home keeps a journal and nothing else."""
    home = HOMES / service
    home.mkdir(exist_ok=True)
    return config_of(service, home)


def introduce(node: Node, service: ServiceId, state: str = "confirmed") -> None:
    """Let a node know another one."""
    cards.introduce(node, *make_card(service, node_keys(service)), START, state=state)


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
        network.endpoints[node.service] = (endpoints or endpoint)(node)
    agreement = small_agreement()
    name = sign_between((nodes[BE], nodes[MA]), agreement)
    return World(nodes, clock, network, name, document=agreement)
