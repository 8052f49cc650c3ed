"""One round of a comparison with every partner: a call that only protects, and a partner that is away holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from comity.core.evidence.event import Bilateral
from comity.errors import ComityError, NodeError
from comity.services.calls import call
from comity.services.context import Node

if TYPE_CHECKING:
    from comity.transport.channel import Channels

Ask = Callable[[Bilateral, Any], Any]
"""Calls a partner: scope, body; returns the body of the signed answer."""

Compare = Callable[[Node, Bilateral, Ask], int]
"""Compares with one partner and returns how much was alike."""


def compare_each(
    node: Node, channels: Channels, name: str, scopes: Iterable[Bilateral], compare: Compare
) -> int:
    """Compare with each partner and return how much was alike; for the worker.

    Args:
        name: of the call. scopes: partner and regime of each. compare: given what calls that partner.

    Raises:
        NodeError: this node is broken.
    """

    def ask(scope: Bilateral, body: Any) -> Any:
        return call(node, channels, scope.partner, scope.regime, name, body, protective=True)[0]

    alike = 0
    for scope in scopes:
        try:
            alike += compare(node, scope, ask)
        except NodeError:
            raise
        except ComityError:
            # It is asked again at the next round.
            continue
    return alike
