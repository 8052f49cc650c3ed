"""Calls made by hand, for what a hostile partner would send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.federation.malice import at
from tests.federation.world import BE, MA, World, node_keys

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import TokenType
from comity.core.envelope.call import digest_of


def token_of(world: World, change: Callable[[dict[str, Any]], None] = lambda _: None, **more: Any) -> str:
    """Return a hand-made call."""
    document = {
        "v": 1,
        "id": "c" * 32,
        "name": "test.echo",
        "from": BE,
        "to": MA,
        "regime": "police",
        "at": at(world),
        "body": None,
        "attachment": digest_of(b""),
    }
    change(document)
    keys, typ = more.get("keys", node_keys(BE)), more.get("typ", TokenType.CALL)
    signed: str = keys.sign(Regime.POLICE, typ, [canonical.encode(document)])[0]
    return signed
