"""Renews this node's certificate: a new one in the home, a card that names it, and the partners find it there.

Implements docs/protocol/identity.md §6. No message can carry it before the way it names is used: whoever calls with the
new certificate is unknown until his partner has read the card, which any partner does at the latest half a minute after
it met another certificate than the one it expected (`partners.refresh`). What is sent meanwhile waits in the outbox.
"""

from __future__ import annotations

from comity.core.evidence.event import Event, Internal
from comity.core.identity.card import Card
from comity.services.context import SYSTEM, Actor, Node
from comity.services.custody.tls import certificate_file, make_certificate, read_certificate
from comity.services.evidence.record import record
from comity.services.partners.own_card import issue_card, own_card
from comity.services.people.actors import require_administrator
from comity.storage.transaction import atomic


def renew_certificate(node: Node, actor: Actor) -> Card:
    """Make a new certificate in place of the present one and issue the card that names it.

    Killed in between, the worker issues the card.

    Raises:
        Refused: ``actor.role``.
        NodeError: ``keys.none``, ``tls.missing``.
    """
    require_administrator(actor)
    make_certificate(node.config, node.keys, node.clock())
    return _name_certificate(node, actor)


def name_certificate(node: Node) -> int:
    """Issue a card if the present one names another certificate than the home holds; return how many. For the worker."""
    if not certificate_file(node.config).exists() or own_card(node).tls == read_certificate(node.config):
        return 0
    _name_certificate(node, SYSTEM)
    return 1


def _name_certificate(node: Node, actor: Actor) -> Card:
    now = node.clock()
    with atomic(node.alias):
        card = issue_card(node, now)
        facts: dict[str, str | int] = {"card": card.sequence}
        record(node, Internal(), Event("tls.renewed", now, facts, actor.name.encode()))
    return card
