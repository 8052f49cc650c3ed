"""Points, proofs and labels as octets beside the JSON body: an attachment of a call or of its return.

Implements docs/protocol/probe.md §4.4. In the body stands, where the list would stand, how many there are; the attachment holds
the octets one after another, in the order of `LISTS`. As text inside signed text they would take 1.8 times the room. What is
digested and audited is the whole body, lists and all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.oprf import ELEMENT_BYTES
from comity.core.probe.manifest import LABEL_BYTES
from comity.errors import PeerError

PROOF_BYTES = 64
MOST = 4096
"""Entries that one list may have on the wire."""


@dataclass(frozen=True, slots=True)
class _List:
    """Where a list stands in a body, the size of its entries, and their form as text."""

    path: tuple[str, ...]
    size: int
    read: Callable[[str], bytes]
    write: Callable[[bytes], str]


LISTS = (
    _List(("points",), ELEMENT_BYTES, from_text, to_text),
    _List(("elements",), ELEMENT_BYTES, from_text, to_text),
    _List(("proofs",), PROOF_BYTES, from_text, to_text),
    _List(("tombstones", "labels"), LABEL_BYTES, bytes.fromhex, bytes.hex),
)


def take_apart(whole: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the body as it travels, and its attachment.

    Args:
        whole: JSON body of ours, lists and all.

    Raises:
        PeerError: ``encoding.malformed``: an entry is no octets.
    """
    body, octets = _copied(whole), bytearray()
    for one in LISTS:
        holder = _holder(body, one)
        if holder is not None:
            entries = holder[one.path[-1]]
            holder[one.path[-1]] = len(entries)
            octets += b"".join(one.read(entry) for entry in entries)
    return body, bytes(octets)


def put_together(body: Any, attachment: bytes, code: str) -> dict[str, Any]:
    """Return the whole body of what a partner sent.

    Args:
        body: hostile JSON value.
        attachment: hostile octets.
        code: with which it is refused.

    Raises:
        PeerError: the given code: no numbers where lists belong, or octets missing or left over.
    """
    if not isinstance(body, dict):
        raise PeerError(code)
    whole, at = _copied(body), 0
    for one in LISTS:
        holder = _holder(whole, one)
        if holder is None:
            continue
        count = holder[one.path[-1]]
        if type(count) is not int or not 0 <= count <= MOST or at + count * one.size > len(attachment):
            raise PeerError(code)
        ends = range(at, at + count * one.size, one.size)
        holder[one.path[-1]] = [one.write(attachment[begin : begin + one.size]) for begin in ends]
        at += count * one.size
    if at != len(attachment):
        raise PeerError(code)
    return whole


def _copied(body: dict[str, Any]) -> dict[str, Any]:
    return {name: dict(value) if isinstance(value, dict) else value for name, value in body.items()}


def _holder(body: dict[str, Any], one: _List) -> dict[str, Any] | None:
    """Return the object in which the list stands, or None."""
    holder: Any = body
    for name in one.path[:-1]:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder if isinstance(holder, dict) and one.path[-1] in holder else None
