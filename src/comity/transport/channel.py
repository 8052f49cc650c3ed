"""The way to a partner: bytes go, bytes come back. Tests pass one in memory, the node one over HTTPS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from comity.core.codes.exchange import ServiceId


class Channel(Protocol):
    """A way to one partner."""

    def post(self, path: str, body: bytes) -> bytes:
        """Post bytes to a path of the partner's endpoint and return its answer.

        Raises:
            DeliveryError: the way is broken; says whether the same bytes may succeed later.
        """
        ...

    def get(self, path: str) -> bytes:
        """Read a path of the partner's endpoint.

        Raises:
            DeliveryError: the way is broken.
        """
        ...


Channels = Callable[[ServiceId], Channel]
"""Finds the way to a partner; raises as the partner directory does when there is none."""
