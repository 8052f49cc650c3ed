"""The certificates that may connect to this node."""

from __future__ import annotations

from comity.services.context import Node
from comity.services.health import release_connections
from comity.services.partners.directory import all_partners


def trusted_certificates(node: Node) -> frozenset[str]:
    """Return the certificates (PEM) of all partners that were ever confirmed, suspended and revoked ones too.

    What those send is refused by the exchange, except what only protects.
    """
    try:
        return frozenset(view.card.tls for view in all_partners(node) if view.confirmed_at is not None)
    finally:
        release_connections(node)
