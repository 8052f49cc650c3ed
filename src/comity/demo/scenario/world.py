"""The nodes of a scenario: real services, keys, signatures, envelopes and databases; one process, one clock, a line in memory.

The same nodes serve the command and its tests: the command opens encrypted databases in a folder of its own, the tests bring
theirs. Persons are fictitious.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import SubjectCategory
from comity.core.crypto.certificate import new_certificate
from comity.core.crypto.local import LocalKeys
from comity.core.instant import Instant
from comity.demo.scenario.cards import introduce, make_card
from comity.demo.scenario.databases import ALIASES, BE, MA, REGIMES, TN, config_of
from comity.demo.scenario.people import HEAD, KEEPER
from comity.services import wiring
from comity.services.agreements import draft, propose
from comity.services.calls import PATH as CALL_PATH
from comity.services.calls import answer_call
from comity.services.context import Actor, Node
from comity.services.custody.officer import make_officer_key
from comity.services.evidence.checkpoint import exchange_checkpoints
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.receive import receive_batch
from comity.services.identification.attach import send_parts
from comity.services.people.accounts import Enrolment, enrol, first_password
from comity.services.protection.follow import follow_register
from comity.services.protection.owe import chase_due
from comity.services.register.import_ import import_register
from comity.services.register.order import Format, ImportFiles, ImportOrder
from comity.services.register.search import search
from comity.storage import partners as partner_rows
from comity.storage.transaction import atomic
from comity.transport.memory import Endpoint, MemoryNetwork

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAN, MEMORANDUM = "be-ma-2025", "be-ma-memorandum-2016"
PACKS_OF_PLAN = resources.files("comity").joinpath("packs", "be_ma", "plan_2025.toml")
_FULL_ROUNDS = 3
PERSON = "id,given,family,given_ar,family_ar,dob,phone,taints\n1,Youssef,El Khattabi,يوسف,الخطابي,1984-03-02,+212661234567,"
"""One fictitious person; the mark comes last and may be empty."""


@dataclass
class Clock:
    """One clock for all nodes; moves only when told."""

    now: Instant = START

    def __call__(self) -> Instant:
        """Return the time."""
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass
class World:
    """The nodes of a scenario, and what moves between them."""

    nodes: dict[ServiceId, Node]
    clock: Clock
    network: MemoryNetwork
    agreement: str = ""

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
        self.clock.forward(**span)

    def work(self, seconds: float = 1) -> None:
        """Let every worker follow its register, chase, send parts and deliver, a few times."""
        for _ in range(_FULL_ROUNDS):
            self.forward(seconds=seconds)
            for node in self.nodes.values():
                follow_register(node)
                chase_due(node)
                send_parts(node)
                deliver_due(node, self.network.channels)

    def show_logs(self) -> None:
        """Let every node show its logs to its partners, which countersign them."""
        for node in self.nodes.values():
            exchange_checkpoints(node, self.network.channels)

    def hold(self, node: Node, mark: str = "") -> str:
        """Import the fictitious person into a register, with a mark, and return its identifier."""
        self.fill(node, PERSON + mark + "\n", SubjectCategory.SUSPECT, Purpose.TERRORISM)
        return self.find(node, "الخطابي")

    def fill(
        self,
        node: Node,
        text: str,
        category: SubjectCategory,
        *purposes: Purpose,
        regime: Regime = Regime.POLICE,
    ) -> None:
        """Import a register in CSV."""
        octets = text.encode()
        files = ImportFiles(hashlib.sha256(octets).hexdigest(), lambda: [octets])
        order = ImportOrder(Format.CSV, "own", regime, purposes, category)
        import_register(node, KEEPER, order, files)

    def find(self, node: Node, words: str, regime: Regime = Regime.POLICE) -> str:
        """Return the identifier of the person of a register whom words name."""
        return search(node, KEEPER, regime, words, "to see that it was imported").subjects[0].uid

    def enrol(self, node: Node, *actors: Actor) -> None:
        """Give persons accounts at a node, so that they can be reminded."""
        for actor in actors:
            enrol(node, KEEPER, Enrolment(actor.name, first_password(node), actor.roles))

    def officer_key(self, node: Node) -> Path:
        """Return the key file of a node's data-protection officer; it is made when there is none."""
        path = node.config.home / "officer.key"
        if not path.exists():
            with atomic(node.alias):
                make_officer_key(node, path, self.clock())
        return path


def make_world(folder: Path, *, third: bool = False) -> World:
    """Return acquainted nodes with the action plan in force between Belgium and Morocco, signed through the line.

    Args:
        folder: of their homes; those of `open_databases`, or new ones.
    """
    clock = Clock()
    services = (BE, MA, TN) if third else (BE, MA)
    nodes = {}
    for service in services:
        (folder / service).mkdir(mode=0o700, exist_ok=True)
        keys = LocalKeys.generate(REGIMES, secrets.token_bytes)
        nodes[service] = Node(service, ALIASES[service], config_of(service, folder / service), keys, clock)
    world = World(nodes, clock, MemoryNetwork())
    connect(world)
    world.agreement = signed(world, world.be, world.ma)
    return world


def connect(world: World) -> None:
    """Let the nodes of a world have cards, know each other's, and answer each other."""
    wiring.connect()
    cards = {}
    for service, node in world.nodes.items():
        if not isinstance(node.keys, LocalKeys):
            raise TypeError("keys of this process")
        tls = new_certificate(service, ["127.0.0.1"], START, secrets.token_bytes(16))[0]
        cards[service] = make_card(service, node.keys, START, tls)
    for service, node in world.nodes.items():
        world.network.endpoints[service] = endpoint(node)
        with atomic(node.alias):
            partner_rows.add_own_card(node.alias, 1, cards[service][1], START)
        for other, (card, octets) in cards.items():
            if other != service:
                introduce(node, card, octets, START)


def endpoint(node: Node) -> Endpoint:
    """Return what answers a partner: batches, and calls."""
    return lambda path, body: answer_call(node, body) if path == CALL_PATH else receive_batch(node, body)


def signed(
    world: World,
    proposer: Node,
    other: Node,
    *,
    pack: str = PLAN,
    source: str | None = None,
    heads: Sequence[Actor] = (HEAD, HEAD),
) -> str:
    """Draft an agreement (a pack, or a source), propose it, and let both sides sign; return its hash."""
    agreement = draft.draft(proposer, heads[0], other.service, pack=None if source else pack, source=source)
    propose.propose(proposer, heads[0], agreement)
    world.work()
    for node, head in zip((proposer, other), heads, strict=True):
        propose.sign(node, head, agreement)
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
    return signed(world, world.be, world.nodes[TN], source=text)
