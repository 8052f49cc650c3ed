"""The binary frame that carries batches, receipts, calls and returns. Implements docs/protocol/envelope.md §2.

``CMT1 | number of parts (1 byte) | (length (4 bytes, big-endian) | bytes) ... | zeros`` up to the next size class.
The length of a body on the wire therefore says only its class.

Rules: exactly one of the size classes; at least one part and at most `FRAME_PARTS`; no empty first part; the padding
is all zeros. Attacks stopped: length side channel, hidden trailing bytes, a million parts, lengths beyond the end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from comity.core.envelope.limits import FRAME_BYTES, FRAME_CLASSES, FRAME_PARTS
from comity.errors import PeerError

MAGIC = b"CMT1"
_PREFIX = len(MAGIC) + 1
_LENGTH = 4


def framed_size(parts: Sequence[bytes]) -> int:
    """Return how many bytes a frame of these parts needs before padding."""
    return _PREFIX + sum(_LENGTH + len(part) for part in parts)


def pack(parts: Sequence[bytes], classes: Sequence[int] = FRAME_CLASSES) -> bytes:
    """Return the padded frame of the parts.

    Args:
        parts: in their order.
        classes: lengths that a frame may have, ascending: `FRAME_CLASSES` or `CALL_CLASSES`.

    Raises:
        ValueError: no part, too many parts, or more than fits the largest class (a bug of the caller).
    """
    size = framed_size(parts)
    if not 1 <= len(parts) <= FRAME_PARTS or size > FRAME_BYTES:
        raise ValueError("parts do not fit a frame")
    pieces = [MAGIC, len(parts).to_bytes(1, "big")]
    for part in parts:
        pieces += (len(part).to_bytes(_LENGTH, "big"), part)
    pieces.append(bytes(classes[bisect_left(classes, size)] - size))
    return b"".join(pieces)


def unpack(octets: bytes, classes: Sequence[int] = FRAME_CLASSES) -> tuple[bytes, ...]:
    """Return the parts of a frame.

    Args:
        octets: hostile bytes.
        classes: as `pack` was given.

    Raises:
        PeerError: ``frame.too-large``, ``frame.size``, ``frame.malformed``, ``frame.parts``, ``frame.padding``.
    """
    # 1. Length: one of the classes.
    if len(octets) > FRAME_BYTES:
        raise PeerError("frame.too-large", limit=FRAME_BYTES)
    if len(octets) not in classes:
        raise PeerError("frame.size")
    # 2. Prefix.
    if not octets.startswith(MAGIC):
        raise PeerError("frame.malformed")
    count = octets[len(MAGIC)]
    if not 1 <= count <= FRAME_PARTS:
        raise PeerError("frame.parts", limit=FRAME_PARTS)
    # 3. Parts, none beyond the end.
    parts: list[bytes] = []
    at = _PREFIX
    for _ in range(count):
        start = at + _LENGTH
        end = start + int.from_bytes(octets[at:start], "big")
        if start > len(octets) or end > len(octets):
            raise PeerError("frame.malformed")
        parts.append(octets[start:end])
        at = end
    # 4. Padding: zeros, and no more than the class requires.
    if octets.count(0, at) != len(octets) - at:
        raise PeerError("frame.padding")
    if classes[bisect_left(classes, at)] != len(octets):
        raise PeerError("frame.size")
    return tuple(parts)
