"""A partner that lies: builds batches by hand, each wrong in one way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.federation.world import BE, MA, World, node_keys

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.local import LocalKeys
from comity.core.crypto.seal import seal
from comity.core.envelope import frame
from comity.core.envelope.header import INFO_PREFIX
from comity.core.instant import write_instant

Change = Callable[[dict[str, Any]], None]


def nothing(_: dict[str, Any]) -> None:
    """Change nothing."""


@dataclass
class Batch:
    """A batch under construction; each hook changes what would otherwise be right."""

    world: World
    keys: LocalKeys = field(default_factory=lambda: node_keys(BE))
    author: LocalKeys | None = None
    sender: ServiceId = BE
    recipient: ServiceId = MA
    regime: Regime = Regime.POLICE
    header: Change = nothing
    manifest: Change = nothing
    content: Change = nothing
    late_header: Change = nothing
    payload: Callable[[bytes], bytes] = lambda octets: octets
    inner_payload: Callable[[bytes], bytes] = lambda octets: octets
    token: Callable[[str], str] = lambda text: text
    inner_token: Callable[[str], str] = lambda text: text
    sealed: Callable[[bytes], bytes] = lambda octets: octets
    parts: Callable[[list[bytes]], list[bytes]] = lambda parts: parts
    octets: Callable[[bytes], bytes] = lambda octets: octets
    typ: TokenType = TokenType.BATCH
    inner_typ: TokenType = TokenType.CONTENT
    info: Callable[[bytes], bytes] = lambda info: info
    public: bytes | None = None
    count: int = 1
    number: str = "0190000000007000800000000000"

    def one(self, place: int) -> tuple[dict[str, Any], bytes]:
        """Return a header and its sealed part."""
        own = node_keys(MA).public_keys(Regime.POLICE)
        header = {
            "v": 1,
            "id": f"{self.number}{place:04x}",
            "kind": "test.note",
            "from": self.sender,
            "to": self.recipient,
            "regime": self.regime.value,
            "act": "inform",
            "agreement": self.world.agreement,
            "clause": None,
            "purpose": "drugs",
            "thread": None,
            "sent_at": at(self.world),
            "expires_at": at(self.world, days=7),
            "deadline": None,
            "data": [],
            "subjects": [],
            "handling": None,
            "urgency": None,
            "decision": None,
            "kid": own.seal_kid,
        }
        self.header(header)
        digest = canonical.digest(canonical.encode(header))
        content = {"v": 1, "header": digest, "body": {"n": place}}
        self.content(content)
        inner = self.inner_payload(canonical.encode(content))
        author = self.author or self.keys
        token = self.inner_token(author.sign(self.regime, self.inner_typ, [inner])[0])
        info = self.info(INFO_PREFIX + bytes.fromhex(digest))
        part = self.sealed(seal(self.public or own.seal_public, info, token.encode()))
        self.late_header(header)
        return header, part

    def build(self) -> bytes:
        """Return the frame."""
        made = [self.one(place) for place in range(self.count)]
        manifest = {
            "v": 1,
            "id": f"{self.number}ffff",
            "from": self.sender,
            "to": self.recipient,
            "regime": self.regime.value,
            "sent_at": at(self.world),
            "messages": [{"header": h, "sealed": hashlib.sha256(p).hexdigest()} for h, p in made],
        }
        self.manifest(manifest)
        payload = self.payload(canonical.encode(manifest))
        token = self.token(self.keys.sign(self.regime, self.typ, [payload])[0])
        return self.octets(frame.pack(self.parts([token.encode(), *(part for _, part in made)])))


def at(world: World, **span: float) -> str:
    """Return the world's time, moved, as the wire writes it."""
    moment: datetime = world.clock() + timedelta(**span)
    return write_instant(moment)


def put(**members: Any) -> Change:
    """Return a change that sets members (``from_`` stands for ``from``)."""

    def change(document: dict[str, Any]) -> None:
        document.update({name.rstrip("_"): value for name, value in members.items()})

    return change


def drop(name: str) -> Change:
    """Return a change that removes a member."""

    def change(document: dict[str, Any]) -> None:
        del document[name]

    return change


def moved(name: str, **span: float) -> Callable[[World], Change]:
    """Return a change, for a world, that sets a time."""
    return lambda world: put(**{name: at(world, **span)})


def reheaded(**members: Any) -> Callable[[str], str]:
    """Return a change of a token that sets members of its protected header and leaves the signature."""

    def change(token: str) -> str:
        head, payload, signature = token.split(".")
        header: Mapping[str, Any] = {**json.loads(from_text(head)), **members}
        return f"{to_text(canonical.encode(header))}.{payload}.{signature}"

    return change


def flip(place: int) -> Callable[[bytes], bytes]:
    """Return a change of bytes that inverts one bit at a place."""

    def change(octets: bytes) -> bytes:
        found = bytearray(octets)
        found[place] ^= 1
        return bytes(found)

    return change
