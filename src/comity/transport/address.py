"""Which addresses a partner's endpoint may have: resolved once, checked, and exactly that address is connected to.

Implements docs/protocol/identity.md §6.3. Stops a card from steering this node into its own network (server-side
request forgery, DNS rebinding).
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from comity.errors import DeliveryError

Address = IPv4Address | IPv6Address

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


def resolve(host: str, port: int, *, allow_private: bool) -> Address:
    """Return the one address to connect to.

    Args:
        allow_private: loopback and private ranges too (demonstrations, closed networks).

    Raises:
        DeliveryError: ``delivery.name``: unknown; ``delivery.address``: any of its addresses is forbidden.
    """
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise DeliveryError("delivery.name", retryable=True, host=host) from None
    found = [ip_address(str(answer[4][0]).split("%")[0]) for answer in answers]
    if not found or any(not permitted(address, allow_private=allow_private) for address in found):
        raise DeliveryError("delivery.address", retryable=True, host=host)
    return found[0]


def permitted(address: Address, *, allow_private: bool) -> bool:
    """Tell whether this node may connect to an address for a partner."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return permitted(address.ipv4_mapped, allow_private=allow_private)
        tunnelled = address.sixtofour is not None or address.teredo is not None
        if tunnelled or any(address in network for network in _NAT64):
            return False
    if address.is_unspecified or address.is_multicast or address.is_link_local:
        return False
    if isinstance(address, IPv4Address) and address == IPv4Address("255.255.255.255"):
        return False
    return allow_private or (address.is_global and not address.is_reserved)
