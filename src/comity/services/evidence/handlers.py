"""Connects the calls ``checkpoint`` and ``checkpoint-last`` to the services that answer them."""

from __future__ import annotations

from typing import Any

from comity.services.calls import Call, call_handler
from comity.services.context import Node
from comity.services.evidence.checkpoint import CALL, CALL_LAST
from comity.services.evidence.witness import answer_checkpoint, answer_last


@call_handler(CALL, protective=True)
def on_checkpoint(node: Node, call: Call) -> tuple[Any, bytes]:
    """Verify, remember and countersign a partner's checkpoint."""
    return answer_checkpoint(node, call.partner, call.regime, call.body), b""


@call_handler(CALL_LAST, protective=True)
def on_checkpoint_last(node: Node, call: Call) -> tuple[Any, bytes]:
    """Tell a partner how far we have countersigned its log."""
    return answer_last(node, call.partner, call.regime), b""
