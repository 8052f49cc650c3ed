"""Fills the empty database of a new node."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from comity.core.evidence.event import Event, Internal
from comity.core.identity.card import Card
from comity.services.context import Actor, Node
from comity.services.custody.officer import make_officer_key
from comity.services.custody.tls import make_certificate
from comity.services.evidence.record import record
from comity.services.partners.own_card import issue_card
from comity.storage import partners
from comity.storage.transaction import atomic

KEY_DAYS = 730
"""How long a signing and sealing key holds unless it is rotated sooner."""


def furnish(node: Node, actor: Actor, officer_file: Path) -> Card:
    """Fill the empty database: own keys, certificate, officer's key, first card, first evidence.

    Raises:
        InputError: ``file.exists``, ``file.write``.
    """
    now = node.clock()
    make_certificate(node.config, node.keys, now)
    with atomic(node.alias):
        for regime in node.config.regimes:
            held = node.keys.held_keys(regime)[0]
            partners.add_own_key(node.alias, regime, held, now, now + timedelta(days=KEY_DAYS))
        make_officer_key(node, officer_file, now)
        card = issue_card(node, now)
        facts: dict[str, str | int] = {"service": node.service, "card": card.sequence}
        record(node, Internal(), Event("node.created", now, facts, actor.name.encode()))
    return card
