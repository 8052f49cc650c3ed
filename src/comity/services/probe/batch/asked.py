"""A search on its way: what it asks, and what it is taken up again with after a crash.

Implements docs/protocol/probe.md §4.10. What is kept is sealed in the database and deleted once the search has ended: the
seed undoes the blinding, so that it must not outlive its use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.crypto.voprf.layout import OPENINGS, KeyClass
from comity.core.policy.decide import Permit
from comity.core.probe import exchange
from comity.core.probe.index import KEY_BYTES
from comity.core.probe.opening import Replica
from comity.core.probe.query import Query
from comity.core.probe.rules.tokens import Token
from comity.core.watch.justified import NOTHING_SAID, Justification
from comity.services.context import Actor
from comity.storage.models.probe import ProbeAsked


@dataclass(frozen=True, slots=True, repr=False)
class Search:
    """One search: whom, whom of, why, for which case.

    Args:
        rid: identifier under which the search can be taken up again after a crash; empty for one that is not.
        said: what the law wants said of it. again: a standing search made again, which was remembered the first time.
    """

    partner: ServiceId
    regime: Regime
    purpose: Purpose
    standing: AgreementStanding
    case: str
    query: Query
    reason: str
    actor: Actor
    rid: str = ""
    said: Justification = NOTHING_SAID
    again: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """A search whose intent is stored.

    Args:
        permit: our own decision.
        replica: what will be looked up in.
        asked: tokens and blinds.
        keys: record keys whose opening was asked for before a crash; None when none was.
    """

    permit: Permit
    replica: Replica
    asked: exchange.Asked
    seed: bytes
    request: exchange.ProbeRequest
    row: ProbeAsked
    keys: tuple[bytes, ...] | None = None


def pending_of(begun: Begun, keys: tuple[bytes, ...] | None = None) -> dict[str, object]:
    """Return what a search is taken up again with; of one size, whatever is to be opened."""
    padded = b"".join(keys or ()).ljust(OPENINGS.total * KEY_BYTES, b"\0")
    return {
        "seed": begun.seed.hex(),
        "request": begun.request.to_json(),
        "tokens": {
            key_class.value: [[token.rule, token.octets.hex()] for token in own]
            for key_class, own in begun.asked.tokens.items()
        },
        "keys": padded.hex(),
        "chosen": -1 if keys is None else len(keys),
    }


def has_not_chosen(pending: dict[str, Any] | None) -> bool:
    """Tell whether a search may still choose what it opens: it is under way, and nothing was asked for."""
    return pending is not None and int(pending.get("chosen", 0)) < 0


def taken_up(permit: Permit, replica: Replica, row: ProbeAsked, pending: dict[str, Any]) -> Begun:
    """Return a search as it was begun: the same request, byte for byte.

    Args:
        permit: our decision of now.
        replica: of the epoch in which it was begun; may be newer.
        row: the stored intent.
        pending: from `pending_of`.
    """
    seed = bytes.fromhex(pending["seed"])
    tokens = {
        KeyClass(name): tuple(Token(rule, bytes.fromhex(octets)) for rule, octets in own)
        for name, own in pending["tokens"].items()
    }
    asked = exchange.ask(replica.manifest.rules, tokens, seed)
    request = exchange.read_request(pending["request"])
    keys, chosen = bytes.fromhex(pending["keys"]), pending["chosen"]
    opened = tuple(keys[KEY_BYTES * at : KEY_BYTES * (at + 1)] for at in range(max(chosen, 0)))
    return Begun(permit, replica, asked, seed, request, row, None if chosen < 0 else opened)
