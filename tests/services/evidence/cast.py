"""Two fictitious nodes that ask each other directly, with a clock that the test moves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity.config import Config, Listener
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.local import LocalKeys
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant
from comity.services.context import Node
from comity.services.evidence import keyring
from comity.services.evidence.record import record_many
from comity.services.evidence.witness import answer_checkpoint, answer_last
from comity.storage.transaction import atomic

SERVICES = {"be": ServiceId("BE.police"), "ma": ServiceId("MA.police")}


def _random() -> Any:
    counter = itertools.count()
    return lambda length: bytes(next(counter) * 7 % 251 for _ in range(length))


@dataclass
class Clock:
    """Time that stands until it is moved."""

    now: Instant = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)

    def __call__(self) -> Instant:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


def node(alias: str, clock: Clock | None = None, home: Path = Path("/nonexistent")) -> Node:
    """Return a node with keys of its own."""
    random = _random()
    config = Config(
        home=home,
        service=SERVICES[alias],
        name=alias,
        country=alias.upper(),
        regimes=(Regime.POLICE,),
        desk=Listener(port=8001),
        partner=Listener(port=8002),
        partner_url="http://127.0.0.1:8002",
    )
    keys = LocalKeys.generate([Regime.POLICE], lambda length: alias.encode()[:1] + random(length - 1))
    return Node(SERVICES[alias], alias, config, keys, clock or Clock(), random)


@dataclass
class Pair:
    """A Belgian and a Moroccan node, confirmed to each other."""

    clock: Clock
    be: Node
    ma: Node
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def scope(self, of: Node) -> Bilateral:
        return Bilateral(self.other(of).service, Regime.POLICE)

    def other(self, of: Node) -> Node:
        return self.ma if of is self.be else self.be

    def ask_from(self, of: Node) -> Any:
        """Return the way from a node to the other: direct, unless it is away."""
        from comity.errors import DeliveryError

        def ask(scope: Bilateral, name: str, body: Any) -> Any:
            self.asked.append(name)
            if self.away:
                raise DeliveryError("way.refused", retryable=True)
            if name == "checkpoint":
                return answer_checkpoint(self.other(of), of.service, scope.regime, body)
            return answer_last(self.other(of), of.service, scope.regime)

        return ask

    def act(self, of: Node, count: int, kind: str = "message.sent") -> None:
        """Record events between the two at one node."""
        events = [
            Event(kind, of.clock(), {"message": f"{kind}-{number}"}, b"Officer Fictitious")
            for number in range(count)
        ]
        with atomic(of.alias):
            record_many(of, self.scope(of), events)


def pair(monkeypatch: Any, home: Path = Path("/nonexistent")) -> Pair:
    """Return two nodes that know each other's keys."""
    clock = Clock()
    both = Pair(clock, node("be", clock, home), node("ma", clock, home))
    nodes = {one.service: one for one in (both.be, both.ma)}

    def partner_keys(_: Node, partner: ServiceId, regime: Regime) -> dict[str, bytes]:
        return keyring.own_keys(nodes[partner], regime)

    monkeypatch.setattr(keyring, "partner_keys_now", partner_keys)
    return both
