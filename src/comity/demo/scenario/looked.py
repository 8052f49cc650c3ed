"""What a scenario looks at: what a node keeps of a thread or at all, entries of its log, how a message ended."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from comity.services.context import Node
from comity.services.evidence.sequence import sequence
from comity.services.exchange.status import status
from comity.storage import cases
from comity.storage.evidence import entries
from comity.storage.models.cases import Case
from comity.storage.protection import passages
from comity.storage.recovery.opened import every_value

_PAYLOAD = re.compile(rb"eyJ[\w-]{8,}\.([\w-]+)\.[\w-]{20,}")
"""The payload within a signed content (compact JWS)."""

FAMILY = "الخطابي"
"""The family name of the fictitious person; where it stands, the person is known."""


def kept(node: Node, thread: str) -> str:
    """Return all words that a node keeps of a thread, opened: request, answer, and what was said in it."""
    row = case(node, thread)
    said: list[Any] = [row.request, row.reply]
    said += [each.body for each in passages.in_thread(node.alias, row.partner, thread)]
    return str(said)


def knows(node: Node, thread: str) -> bool:
    """Whether the person's name stands in what a node keeps of a thread."""
    return FAMILY in kept(node, thread)


def everything(node: Node) -> bytes:
    """Return all that a node keeps, sealed fields and signed contents opened: what a search of its disk would find."""
    octets = b"".join(every_value(node.alias))
    return octets + b"".join(base64.urlsafe_b64decode(each + b"==") for each in _PAYLOAD.findall(octets))


def holds(node: Node, *texts: str) -> bool:
    """Whether any of the texts stands anywhere in what a node keeps."""
    octets = everything(node)
    return any(text.encode() in octets for text in texts)


def logged(node: Node, kind: str) -> list[dict[str, Any]]:
    """Return the facts of the entries of a kind in a node's log, in order."""
    sequence(node)
    found = []
    for log in entries.all_logs(node.alias):
        leaves = [json.loads(entry.leaf) for entry in entries.entries_of(node.alias, log)]
        found += [leaf["facts"] for leaf in leaves if leaf["kind"] == kind]
    return found


def ended(node: Node, message: str) -> tuple[str, str | None]:
    """Return how a message that a node sent stands, and the code of its refusal."""
    found = status(node, message)
    return ("unknown", None) if found is None else (found.standing.value, found.code)


def case(node: Node, thread: str) -> Case:
    """Return the case of a thread that a node has.

    Raises:
        LookupError: it has none.
    """
    found = cases.find_case(node.alias, thread)
    if found is None:
        raise LookupError("no such case")
    return found
