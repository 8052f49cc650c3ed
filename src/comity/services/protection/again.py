"""Restrict again what a restored backup brought back in an older state.

Implements docs/recovery.md §3. A restored node has lost what its partner corrected after the backup was made: it may
not use the old words, and the corrected ones come only from the partner. So they are restricted until it sends them
again.
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.core.cases.protection import ProtectionGround
from comity.services.context import Node
from comity.services.erasures import replays
from comity.storage.models.protection import Passage, PassageState
from comity.storage.protection import passages


@replays("passage-corrected")
def correct_again(node: Node, names: Sequence[str]) -> None:
    """Restrict passages that were corrected oftener than the backup knows."""
    for row, detail in _named(node, names):
        if row.corrections < int(detail):
            _restrict(node, row, ProtectionGround.CONTESTED, row.partner)


@replays("passage-restricted")
def restrict_again(node: Node, names: Sequence[str]) -> None:
    """Restrict again what the backup knew as free."""
    for row, by in _named(node, names):
        if row.state == PassageState.HELD:
            _restrict(node, row, ProtectionGround.PROVIDER, by)


@replays("passage-lifted")
def lift_again(node: Node, names: Sequence[str]) -> None:
    """Use again what was restricted in the backup and given free after it."""
    for row, _ in _named(node, names):
        if row.state == PassageState.RESTRICTED:
            values = {"state": PassageState.HELD, "ground": None, "restricted_by": None}
            passages.change_passage(node.alias, row, **values)


def _restrict(node: Node, row: Passage, ground: ProtectionGround, by: str) -> None:
    values = {"state": PassageState.RESTRICTED, "ground": ground.value, "restricted_by": by}
    passages.change_passage(node.alias, row, state_since=node.clock(), **values)


def _named(node: Node, names: Sequence[str]) -> list[tuple[Passage, str]]:
    found = []
    for name in names:
        partner, message, detail = name.split("/", 2)
        row = passages.passage(node.alias, partner, message)
        if row is not None and row.state != PassageState.GONE:
            found.append((row, detail))
    return found
