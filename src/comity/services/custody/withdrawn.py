"""Journals what is withdrawn from partners, officers and systems, and tells after a restore what was (docs/recovery.md §3).

A backup brings back trust that was withdrawn after it. Every withdrawal therefore has a line in the journal, beside the
erasures; `read` tells which of them came after a backup and were not undone. An officer and a system stand in it by a
keyed digest of their name. The journal never opens anything: what is open after a restore was open in the backup.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from comity.core.crypto.derive import Label, derive
from comity.core.instant import Instant
from comity.services import erasures
from comity.services.context import Node
from comity.storage.fields import field_key

SUSPENDED, REVOKED, RENEWED = "partner-suspended", "partner-revoked", "partner-renewed"
RESUMED, CONFIRMED = "partner-resumed", "partner-confirmed"
CLOSED, CHANGED, RESET, OPENED = "account-closed", "account-changed", "account-reset", "account-opened"
ENDED = "system-ended"

UNDOES = {RESUMED: (SUSPENDED,), CONFIRMED: (SUSPENDED, REVOKED), OPENED: (CLOSED,)}
"""What an opening undoes. Nothing undoes a changed account: the backup holds its old roles, password or factor."""

erasures.pass_over([SUSPENDED, REVOKED, RENEWED, CLOSED, CHANGED, RESET, ENDED, *UNDOES])


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was withdrawn after a backup.

    Args:
        lines: kind and identifier of each withdrawal that still holds, with the number of its line.
        cards: partner to the digest of the card that was last put in force.
        until: when the journal was last written.
    """

    lines: Mapping[tuple[str, str], int]
    cards: Mapping[str, str]
    until: Instant | None

    def of(self, identifier: str, *kinds: str) -> tuple[str, ...]:
        """Return which of these kinds of withdrawal hold for one thing."""
        return tuple(kind for kind in kinds if (kind, identifier) in self.lines)

    def renewed(self, service: str, card: bytes) -> bool:
        """Tell whether a partner had another card in force at the end than the one the backup holds."""
        return self.cards.get(service, card_digest(card)) != card_digest(card)


def read(node: Node, after: int) -> Withdrawn:
    """Return what the journal of a restored home says was withdrawn after a backup.

    Args:
        node: the restored node.
        after: how many lines the journal had when the backup began.

    Raises:
        NodeError: ``journal.missing``, ``journal.damaged``.
    """
    lines: dict[tuple[str, str], int] = {}
    cards: dict[str, str] = {}
    until = None
    for line in erasures.lines_after(node.config.home, 0):
        until = line.at
        if line.number < after:
            continue
        if line.kind == RENEWED:
            for one in line.ids:
                service, _, cards[service] = one.rpartition("/")
        elif line.kind in UNDOES:
            _undo(lines, line.kind, line.ids)
        else:
            lines.update({(line.kind, one): line.number for one in line.ids})
    return Withdrawn(lines, cards, until)


def _undo(lines: dict[tuple[str, str], int], kind: str, ids: tuple[str, ...]) -> None:
    """Drop the withdrawals that stood in the journal when the thing was opened; a later one stays."""
    one, known = ids[0], int(ids[1])
    for undone in UNDOES[kind]:
        if lines.get((undone, one), known) < known:
            del lines[undone, one]


def card_digest(card: bytes) -> str:
    """Return the digest under which a card stands in the journal."""
    return hashlib.sha256(card).hexdigest()


def journal_card(node: Node, service: str, card: bytes) -> None:
    """Write that a card of a partner is put in force, in the transaction that does it."""
    erasures.journal(node, RENEWED, [f"{service}/{card_digest(card)}"])


def journal_account(node: Node, kind: str, name: str) -> None:
    """Write that something was withdrawn from, or changed in, an account, in the transaction that does it."""
    erasures.journal(node, kind, [account_id(node, name)])


def account_id(node: Node, name: str) -> str:
    """Return the keyed digest of the name of an officer or a system, 64 hex digits."""
    key = derive(field_key(node.alias), Label.JOURNAL)
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()
