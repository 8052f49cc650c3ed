"""A fictitious service with a register, its keeper, and small files for it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from comity.config import Config, Listener
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import Role, SubjectCategory
from comity.core.crypto.local import LocalKeys
from comity.core.instant import Instant
from comity.services.context import Actor, ActorKind, Node
from comity.services.register.order import Format, ImportFiles, ImportOrder

KEEPER = Actor("os:keeper", ActorKind.OPERATOR)
OFFICER = Actor("officer-1", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))
HEAD = Actor("head-1", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.HEAD_OF_DESK)}))
STRANGER = Actor("auditor-1", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.AUDITOR)}))
PARTNER = ServiceId("MA.police")


@dataclass
class Clock:
    """Time that stands until it is moved."""

    now: Instant = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)

    def __call__(self) -> Instant:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


def service(home: Path, clock: Clock | None = None, alias: str = "be") -> Node:
    """Return a node with a home of its own."""
    config = Config(
        home=home,
        service=ServiceId("BE.police"),
        name="Police",
        country="BE",
        regimes=(Regime.POLICE, Regime.RETURN_IDENTIFICATION),
        desk=Listener(port=8001),
        partner=Listener(port=8002),
        partner_url="http://127.0.0.1:8002",
    )
    keys = LocalKeys.generate([Regime.POLICE], secrets.token_bytes)
    return Node(ServiceId("BE.police"), alias, config, keys, clock or Clock())


def order(format_: Format = Format.CSV, source: str = "own") -> ImportOrder:
    """Return an order for suspects in terrorism cases."""
    return ImportOrder(
        format=format_,
        source=source,
        regime=Regime.POLICE,
        purposes=(Purpose.TERRORISM,),
        category=SubjectCategory.SUSPECT,
    )


def files(octets: bytes, **beside: bytes) -> ImportFiles:
    """Return files that stand in memory, given out in small pieces."""
    digest = hashlib.sha256(b"".join((octets, *beside.values()))).hexdigest()
    pieces = {name: (lambda part=part: _pieces(part)) for name, part in beside.items()}
    return ImportFiles(digest, lambda: _pieces(octets), **pieces)


def _pieces(octets: bytes) -> list[bytes]:
    return [octets[start : start + 1000] for start in range(0, len(octets), 1000)]


def table(*rows: str, header: str = "id,given,family,dob") -> bytes:
    """Return a CSV file of these rows."""
    return "\n".join((header, *rows, "")).encode()
