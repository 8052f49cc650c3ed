"""Two fictitious nodes that ask each other directly, with a clock that the test moves."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from comity.config import Config, Listener
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.certificate import new_certificate
from comity.core.crypto.encoding import to_text
from comity.core.crypto.local import LocalKeys
from comity.core.evidence.event import Bilateral, Event
from comity.core.identity.card import SUITES, Card, PublishedKey, RegimeKeys, open_card, sign_card
from comity.core.instant import Instant, write_instant
from comity.services.context import Node
from comity.services.evidence.record import record_many
from comity.services.evidence.witness import answer_checkpoint, answer_last
from comity.storage import partners
from comity.storage.transaction import atomic

SERVICES = {"be": ServiceId("BE.police"), "ma": ServiceId("MA.police")}
START = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
CERTIFICATES = {
    alias: new_certificate(service, ["127.0.0.1"], START, b"password")[0]
    for alias, service in SERVICES.items()
}


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


def card_of(one: Node, sequence: int = 1) -> bytes:
    """Return the signed card of a node, with all the keys it holds now."""
    at = write_instant(START)
    until = write_instant(START + timedelta(days=365))
    held = one.keys.held_keys(Regime.POLICE)
    keys = RegimeKeys(
        sign=tuple(_published(key.sign_kid, key.sign_public, at, until) for key in held),
        seal=tuple(_published(key.seal_kid, key.seal_public, at, until) for key in held),
    )
    card = Card(
        service=one.service,
        name=f"Fictitious {one.alias}",
        country=one.service[:2],
        sequence=sequence,
        issued_at=at,
        demo=False,
        endpoint="https://node.example:8443",
        tls=CERTIFICATES[one.alias],
        suites=SUITES,
        regimes={Regime.POLICE.value: keys},
    )
    sign = one.keys.sign_as
    return sign_card(card, lambda regime, kid, payload: sign(regime, kid, TokenType.CARD, payload))


def _published(kid: str, public: bytes, since: str, until: str) -> PublishedKey:
    return PublishedKey(kid=kid, public=to_text(public), not_before=since, not_after=until)


def introduce(one: Node, other: Node) -> None:
    """Let a node know its own card and confirm the other's."""
    ours, theirs = card_of(one), card_of(other)
    partners.add_own_card(one.alias, 1, ours, START)
    row = partners.add(one.alias, open_card(theirs), theirs, "confirmed", START)
    row.confirmed_at = START
    partners.save(one.alias, row, START)
    partners.remember_keys(one.alias, open_card(theirs))


def pair(home: Path = Path("/nonexistent")) -> Pair:
    """Return two nodes that confirmed each other's cards."""
    clock = Clock()
    both = Pair(clock, node("be", clock, home), node("ma", clock, home))
    introduce(both.be, both.ma)
    introduce(both.ma, both.be)
    return both
