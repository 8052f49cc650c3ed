"""The ways to the partners of a node: HTTPS, pinned to their confirmed cards, read from the database at each use."""

from __future__ import annotations

from comity.core.codes.exchange import ServiceId
from comity.services.context import Node
from comity.services.custody.tls import certificate_file, private_key_file, tls_password
from comity.transport.channel import Channel, Channels
from comity.transport.http import Endpoint, HttpChannels, OwnTls


def http_channels(node: Node) -> Channels:
    """Return the ways to the partners of a node; connections are kept and shared between threads."""
    own = OwnTls(certificate_file(node.config), private_key_file(node.config), tls_password(node.keys))
    ways = HttpChannels(own, node.config)

    def channel(service: ServiceId) -> Channel:
        from comity.services.partners.directory import trusted_partner  # needs the database set up

        card = trusted_partner(node, service, protective=True).card
        return ways.to(Endpoint(card.endpoint, card.tls))

    return channel
