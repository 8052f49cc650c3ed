"""The nodes of a scenario: real services, keys, signatures, envelopes and databases; one process, one clock, a line in memory.

The same nodes serve the command and its tests: the command opens encrypted databases in a folder of its own, the tests bring
theirs. Persons are fictitious.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import Role, SubjectCategory
from comity.core.crypto.agent import TokenType
from comity.core.crypto.certificate import new_certificate
from comity.core.crypto.encoding import to_text
from comity.core.crypto.local import LocalKeys
from comity.core.identity.card import SUITES, Card, PublishedKey, RegimeKeys, sign_card
from comity.core.instant import Instant, write_instant
from comity.demo.scenario.databases import ALIASES, BE, MA, REGIMES, TN, config_of
from comity.services import wiring
from comity.services.agreements import draft, propose
from comity.services.calls import PATH as CALL_PATH
from comity.services.calls import answer_call
from comity.services.context import Actor, ActorKind, Node
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.receive import receive_batch
from comity.services.protection.follow import follow_register
from comity.services.protection.owe import chase_due
from comity.services.register.import_ import import_register
from comity.services.register.order import Format, ImportFiles, ImportOrder
from comity.services.register.search import search
from comity.storage import partners as partner_rows
from comity.storage.transaction import atomic
from comity.transport.memory import Endpoint, MemoryNetwork

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
PLAN = "be-ma-2025"
PACKS_OF_PLAN = resources.files("comity").joinpath("packs", "be_ma", "plan_2025.toml")
_YEAR = timedelta(days=365)
_FULL_ROUNDS = 3
PERSON = "id,given,family,given_ar,family_ar,dob,phone,taints\n1,Youssef,El Khattabi,يوسف,الخطابي,1984-03-02,+212661234567,"
"""One fictitious person; the mark comes last and may be empty."""


def person(name: str, *roles: Role) -> Actor:
    """Return a named officer of the police regime."""
    return Actor(name, ActorKind.OFFICER, frozenset((Regime.POLICE, role) for role in roles))


LOTTE = person("lotte", Role.OFFICER)
SALMA = person("salma", Role.OFFICER, Role.APPROVER)
LIES = person("lies", Role.OFFICER, Role.APPROVER)
HEAD = person("nadia", Role.HEAD_OF_DESK)
DPO = person("driss", Role.DATA_PROTECTION_OFFICER)
KEEPER = Actor("os:keeper", ActorKind.OPERATOR)


@dataclass
class Clock:
    """One clock for all nodes."""

    now: Instant = START

    def __call__(self) -> Instant:
        """Return the time."""
        return self.now


@dataclass
class World:
    """The nodes of a scenario, and what moves between them."""

    nodes: dict[ServiceId, Node]
    clock: Clock
    network: MemoryNetwork
    agreement: str = ""
    events: list[str] = field(default_factory=list)

    @property
    def be(self) -> Node:
        """The Belgian node."""
        return self.nodes[BE]

    @property
    def ma(self) -> Node:
        """The Moroccan node."""
        return self.nodes[MA]

    def forward(self, **span: float) -> None:
        """Let time pass; nothing is done meanwhile."""
        self.clock.now += timedelta(**span)

    def work(self, seconds: float = 1) -> None:
        """Let every worker follow its register, chase and deliver, a few times."""
        for _ in range(_FULL_ROUNDS):
            self.forward(seconds=seconds)
            for node in self.nodes.values():
                follow_register(node)
                chase_due(node)
                deliver_due(node, self.network.channels)

    def hold(self, node: Node, mark: str = "") -> str:
        """Import the fictitious person into a register, with a mark, and return its identifier."""
        octets = (PERSON + mark + "\n").encode()
        files = ImportFiles(hashlib.sha256(octets).hexdigest(), lambda: [octets])
        order = ImportOrder(Format.CSV, "own", Regime.POLICE, (Purpose.TERRORISM,), SubjectCategory.SUSPECT)
        import_register(node, KEEPER, order, files)
        return search(node, KEEPER, Regime.POLICE, "الخطابي", "to see that it was imported").subjects[0].uid


def make_world(folder: Path, *, third: bool = False) -> World:
    """Return acquainted nodes with the action plan in force between Belgium and Morocco, signed through the line.

    Args:
        folder: of their homes; those of `open_databases`, or new ones.
    """
    wiring.connect()
    clock, network = Clock(), MemoryNetwork()
    services = (BE, MA, TN) if third else (BE, MA)
    nodes = {}
    for service in services:
        (folder / service).mkdir(mode=0o700, exist_ok=True)
        keys = LocalKeys.generate(REGIMES, secrets.token_bytes)
        nodes[service] = Node(service, ALIASES[service], config_of(service, folder), keys, clock)
    world = World(nodes, clock, network)
    cards = {service: _card(service, nodes[service].keys) for service in services}
    for service, node in nodes.items():
        network.endpoints[service] = _endpoint(node)
        with atomic(node.alias):
            partner_rows.add_own_card(node.alias, 1, cards[service][1], START)
        for other in services:
            if other != service:
                _confirm(node, *cards[other])
    world.agreement = signed(world, world.be, world.ma)
    return world


def signed(world: World, proposer: Node, other: Node, source: str | None = None) -> str:
    """Draft an agreement (the action plan, or a source), propose it, and let both sides sign; return its hash."""
    pack = PLAN if source is None else None
    agreement = draft.draft(proposer, HEAD, other.service, pack=pack, source=source)
    propose.propose(proposer, HEAD, agreement)
    world.work()
    for node in (proposer, other):
        propose.sign(node, HEAD, agreement)
        world.work()
    return agreement


def sign_with_third(world: World) -> str:
    """Let Belgium and Tunisia sign the same plan between them; Tunisia transfers with safeguards under Convention 108+."""
    text = PACKS_OF_PLAN.read_text("utf-8")
    changes = (
        ('"BE-MA-2025"', '"BE-TN-2025"'),
        ('countries = ["BE", "MA"]', 'countries = ["BE", "TN"]'),
        ("transfers.MA", "transfers.TN"),
        ('predecessor = "be-ma-2022"\n', ""),
        ('ground = "ma-44-2"', 'ground = "108-14-3"'),
        ('filing = "CNDP-BE-MA-ILLUSTRATIVE"\n', ""),
    )
    for old, new in changes:
        text = text.replace(old, new)
    return signed(world, world.be, world.nodes[TN], text)


def _endpoint(node: Node) -> Endpoint:
    return lambda path, body: answer_call(node, body) if path == CALL_PATH else receive_batch(node, body)


def _card(service: ServiceId, keys: object) -> tuple[Card, bytes]:
    if not isinstance(keys, LocalKeys):
        raise TypeError("keys of this process")

    def published(kid: str, public: bytes) -> PublishedKey:
        since, until = write_instant(START - _YEAR), write_instant(START + _YEAR)
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
        sequence=1,
        issued_at=write_instant(START),
        demo=True,
        endpoint="https://node.example:8443",
        tls=new_certificate(service, ["127.0.0.1"], START, secrets.token_bytes(16))[0],
        suites=SUITES,
        regimes=regimes,
    )
    sign: Callable[[Regime, str, bytes], str] = lambda regime, kid, payload: keys.sign_as(  # noqa: E731
        regime, kid, TokenType.CARD, payload
    )
    return card, sign_card(card, sign)


def _confirm(node: Node, card: Card, octets: bytes) -> None:
    """Let a node know another one as if both had compared their twelve words."""
    row = partner_rows.add(node.alias, card, octets, "confirmed", START)
    row.confirmed_at = START
    partner_rows.save(node.alias, row, START)
