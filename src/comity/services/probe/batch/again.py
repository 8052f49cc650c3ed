"""One search, asked and counted once however often this node is stopped (docs/protocol/probe.md §4.10).

- The identifier of a search follows from its name here and a secret of this node, so that it is found again.
- A search that was sent and not answered is sent again byte for byte: the partner counts it once.
- A search that was answered and not delivered is read from what was stored, not asked.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comity.core import canonical
from comity.core.probe.opening import Strength
from comity.services.context import Node
from comity.services.probe.ask import begin, fail, finish, newest_replica, permitted
from comity.services.probe.asking.outcome import Outcome, kept_outcome
from comity.services.probe.batch.asked import Begun, Search, taken_up
from comity.services.probe.replica import open_replica
from comity.services.watch.remembered import case_pseudonym
from comity.storage import probe as rows
from comity.storage.indexes import asked as asked_rows
from comity.storage.models.probe import AskedState, ProbeAsked
from comity.transport.channel import Channels

Name = Mapping[str, Any]
"""What tells a search from every other of this node, as a JSON value."""


def ask_once(node: Node, channels: Channels, search: Search, name: Name) -> tuple[str, dict[str, Any]]:
    """Return identifier and outcome of the search of a name: the stored one, the one taken up, or a new one.

    The outcome has the form of `kept_outcome`. It is the caller's to call `delivered` once it has kept it. Errors as `ask`.
    """
    rid, row = undelivered(node, name)
    if row is not None and row.state == AskedState.ANSWERED:
        return rid, row.outcome
    search = replace(search, rid=rid)
    begun = None if row is None else _again(node, channels, search, row)
    if row is not None and begun is None:
        # Its epoch is over: no answer to it can be read any more. It was counted, and is asked anew.
        fail(node, row, "probe.epoch")
        rid, _ = undelivered(node, name)
        search = replace(search, rid=rid)
    if begun is None:
        begun = begin(node, channels, search)
    outcome = Outcome(Strength.INSUFFICIENT) if begun is None else finish(node, channels, search, begun)
    return rid, kept_outcome(outcome)


def undelivered(node: Node, name: Name) -> tuple[str, ProbeAsked | None]:
    """Return the search of a name that is not delivered, or the identifier of the next one.

    One that failed for good, or was delivered before, is followed by another.
    """
    return undelivered_of(node, secret_of_names(node), name)


def secret_of_names(node: Node) -> bytes:
    """Return what the identifiers of searches are made with."""
    return asked_rows.secret(node.alias, "batch", node.random(32))


def undelivered_of(node: Node, secret: bytes, name: Name) -> tuple[str, ProbeAsked | None]:
    """Return what `undelivered` does, for whoever asks for many."""
    turn = 0
    while True:
        turn += 1
        named = canonical.encode({**name, "turn": turn})
        rid = hmac.digest(secret, named, hashlib.sha256)[:16].hex()
        row = rows.asked(node.alias, rid)
        if row is None or row.pending is not None:
            return rid, row


def delivered(node: Node, rid: str) -> None:
    """Delete what a search would be taken up with: its outcome is kept elsewhere now."""
    if rows.asked(node.alias, rid) is not None:
        asked_rows.settle(node.alias, rid, pending=None)


def _again(node: Node, channels: Channels, search: Search, row: ProbeAsked) -> Begun | None:
    """Take up a search that was sent; None when its epoch is over. The agreement must permit it now."""
    announced = newest_replica(node, channels, search)
    if announced.epoch != row.epoch:
        return None
    pseudonym = case_pseudonym(node, search.partner, search.case)
    permit = permitted(node, search, pseudonym, before=row.pk)
    return taken_up(permit, open_replica(node, announced), row, row.pending)
