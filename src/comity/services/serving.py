"""The one node that the web process works on: its desk and its REST interface."""

from __future__ import annotations

from dataclasses import dataclass

from comity.errors import NodeError
from comity.services.context import Node
from comity.transport.channel import Channels


@dataclass(frozen=True, slots=True)
class Served:
    """A node and its ways to the partners."""

    node: Node
    channels: Channels


_served: list[Served] = []


def serve(node: Node, channels: Channels) -> None:
    """Make this the node of the process; a later call replaces it."""
    _served[:] = [Served(node, channels)]


def served() -> Served:
    """Return the node of the process.

    Raises:
        NodeError: ``desk.closed`` before `serve`.
    """
    if not _served:
        raise NodeError("desk.closed")
    return _served[0]


def current_node() -> Node:
    """Return the node of the process.

    Raises:
        NodeError: ``desk.closed`` before `serve`.
    """
    return served().node
