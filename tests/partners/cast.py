"""Two nodes with cards that they issued themselves, a clock, and a line in memory."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity.config import Config, Listener
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.local import LocalKeys
from comity.core.identity.fingerprint import fingerprint
from comity.core.instant import Instant
from comity.services.context import Actor, ActorKind, Node
from comity.services.custody.furnish import furnish
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.receive import receive_batch
from comity.services.partners.add import CARD_PATH, add_partner, confirm_partner
from comity.services.partners.own_card import own_card_octets
from comity.transport.memory import MemoryNetwork

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPERATOR = Actor("os:test", ActorKind.OPERATOR)
BE, MA = ServiceId("BE.police"), ServiceId("MA.police")
BOTH = (Regime.POLICE, Regime.RETURN_IDENTIFICATION)


@dataclass
class Clock:
    """Time that stands until it is moved."""

    now: Instant = START

    def __call__(self) -> Instant:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def make_node(alias: str, folder: Path, clock: Clock, **changes: Any) -> Node:
    """Return a furnished node; `changes` go to its configuration."""
    service = ServiceId(f"{alias.upper()[:2]}.police")
    home = folder / alias
    home.mkdir()
    config = Config(
        **{
            "home": home,
            "service": service,
            "name": f"Police of {alias}",
            "country": service[:2],
            "regimes": BOTH,
            "desk": Listener(port=1),
            "partner": Listener(port=2),
            "partner_url": f"https://{alias}.example:8443",
            **changes,
        }
    )
    source = random.Random(alias)
    keys = LocalKeys.generate(config.regimes, source.randbytes)
    node = Node(config.service, alias, config, keys, clock, source.randbytes)
    furnish(node, OPERATOR, folder / f"{alias}.officer-key")
    return node


@dataclass
class Pair:
    """Two nodes and what is between them."""

    be: Node
    ma: Node
    clock: Clock
    network: MemoryNetwork

    def meet(self) -> None:
        """Add and confirm each other."""
        for node, other in ((self.be, self.ma), (self.ma, self.be)):
            view = add_partner(node, own_card_octets(other), OPERATOR)
            confirm_partner(node, other.service, " ".join(fingerprint(view.card)), OPERATOR)

    def deliver(self) -> None:
        """Let everything that waits arrive, on both sides."""
        for _ in range(3):
            self.clock.forward(seconds=2)
            for node in (self.be, self.ma):
                deliver_due(node, self.network.channels)


def make_pair(folder: Path) -> Pair:
    """Return two nodes that do not know each other yet."""
    clock, network = Clock(), MemoryNetwork()
    be, ma = make_node("be", folder, clock), make_node("ma", folder, clock)
    for node in (be, ma):

        def endpoint(path: str, body: bytes, node: Node = node) -> bytes:
            if path == CARD_PATH:
                return own_card_octets(node)
            return receive_batch(node, body)

        network.endpoints[node.service] = endpoint
    return Pair(be, ma, clock, network)
