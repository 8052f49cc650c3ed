"""Hidden numbers: each service's list under a key of its own, both keys on what is compared, one number in common proven.

Implements docs/protocol/overlap.md §2 to §4. The method is the private cardinality of an intersection over a group in which
Diffie-Hellman is hard (Huberman, Franklin, Hogg 1999; De Cristofaro, Gasti, Tsudik 2012), here ristretto255 (RFC 9496), with
the proof of RFC 9497 §2.2 for the one number that is shown. Rules:
    - a list has a padded size, an order that says nothing, and a key that is used for this comparison alone;
    - what comes back of a list comes in another order: who asked counts, and cannot tell which of its numbers was counted;
    - one number is shown by a proof that the very point that was sent stands for it, so that nobody shows what it did not hold.
Attacks it stops: points that are none or stand twice; a number that is claimed and was not in the list; an element that was made
of what the other side had sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from comity.core.crypto.voprf import proof, sodium
from comity.core.crypto.voprf.sodium import POINT_BYTES, Secret
from comity.errors import PeerError

SEED_BYTES = 32
TAG_BYTES = 16
"""What is left of a point under both keys: enough to compare, too little to compute with."""

STEP = 1024
"""Sizes of lists are multiples of it."""

MOST = 16 * STEP
LEAST = 200
"""Fewer numbers on one side, and a count begins to tell of single ones."""

_POINT = b"comity/1 overlap number"
_KEY = b"comity/1 overlap key"
_FILL = b"comity/1 overlap fill"
_ORDER = b"comity/1 overlap order"
_TAG = b"comity/1 overlap tag"


@dataclass(frozen=True, slots=True, repr=False)
class HiddenList:
    """One service's numbers as points.

    Args:
        points: `size` points of 32 bytes, joined. public: the public key of the list's own key.
        places: of each point, the number of what stands there in the order in which it was given; None: padding.
    """

    points: bytes
    public: bytes
    places: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """The claim that one number is in both lists.

    Args:
        mine: place of the tag of one's own number in what came back. theirs: place of the same number in the other's list.
        element: its point under both keys. proof: that the key of one's own list made it.
    """

    mine: int
    theirs: int
    element: bytes
    proof: bytes


def padded(count: int) -> int:
    """Return the size of a list of some numbers."""
    return max(STEP, -(-count // STEP) * STEP)


def hide(seed: bytes, numbers: Sequence[str]) -> HiddenList:
    """Return numbers as points under the key of a seed, in the order of that seed, padded.

    Args:
        seed: 32 random bytes, for this list alone. numbers: E.164, each once, at most `MOST`.

    Raises:
        ValueError: a seed of another length, a number twice, too many.
    """
    if len(seed) != SEED_BYTES or len(set(numbers)) != len(numbers) or len(numbers) > MOST:
        raise ValueError("one seed, each number once, not too many")
    key, size = key_of(seed), padded(len(numbers))
    places = _shuffled(seed, size)
    points = []
    for place in places:
        points.append(hidden_point(key, numbers[place]) if place < len(numbers) else filling(seed, place))
    public = _certain(sodium.multiply_generator(key))
    key.wipe()
    return HiddenList(
        b"".join(points), public, tuple(each if each < len(numbers) else None for each in places)
    )


def read_points(octets: bytes, size: int) -> list[bytes]:
    """Return the points of a partner's list, hostile.

    Raises:
        PeerError: ``overlap.points``: another number of them than the size says, a size that is none, one twice, one that
            is none.
    """
    if size % STEP or not STEP <= size <= MOST or len(octets) != size * POINT_BYTES:
        raise PeerError("overlap.points")
    points = [octets[at : at + POINT_BYTES] for at in range(0, len(octets), POINT_BYTES)]
    if len(set(points)) != size or not all(map(sodium.is_element, points)):
        raise PeerError("overlap.points")
    return points


def compared(seed: bytes, points: Sequence[bytes], salt: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Return the tags of a partner's points under both keys, in another order, and where each stood.

    Args:
        seed: of one's own list. points: as `read_points` returned them. salt: of this comparison; the order follows from it.
    """
    key = key_of(seed)
    places = _shuffled(hashlib.sha256(seed + salt).digest(), len(points))
    tags = b"".join(_tag(_under(key, points[place])) for place in places)
    key.wipe()
    return tags, tuple(places)


def in_common(seed: bytes, points: Sequence[bytes], tags: bytes) -> list[tuple[int, int]]:
    """Return the places, in the tags that came back and in the partner's list, of what both hold.

    Args:
        seed: of one's own list. points: the partner's list. tags: of one's own, as the partner returned them.

    Raises:
        PeerError: ``overlap.tags``: a tag twice.
    """
    known = {tags[at : at + TAG_BYTES]: at // TAG_BYTES for at in range(0, len(tags), TAG_BYTES)}
    if len(known) * TAG_BYTES != len(tags):
        raise PeerError("overlap.tags")
    key = key_of(seed)
    found = [(known.get(_tag(_under(key, point))), place) for place, point in enumerate(points)]
    key.wipe()
    return [(mine, theirs) for mine, theirs in found if mine is not None]


def claim(seed: bytes, points: Sequence[bytes], pair: tuple[int, int], nonce: bytes) -> Edge:
    """Return the proof that one number of a partner's list is one of our own.

    Args:
        seed: of one's own list. points: the partner's list. pair: of `in_common`. nonce: 64 fresh random bytes.
    """
    key, point = key_of(seed), points[pair[1]]
    element = _under(key, point)
    public = _certain(sodium.multiply_generator(key))
    drawn = Secret.of(sodium.reduced(nonce))
    proved = proof.prove(key, public, [point], [element], drawn)
    drawn.wipe()
    key.wipe()
    return Edge(*pair, element, proved)


def verify_edge(edge: Edge, public: bytes, points: Sequence[bytes], tags: bytes) -> None:
    """Check that a partner holds one number of our list, and sent it in its own.

    That the element has the tag that was computed from one of the partner's points under our key, and the point of our list
    under the partner's, says that the partner's point was our number under the partner's key.

    Args:
        edge: hostile. public: that the partner sent with its list. points: our list. tags: that we returned.

    Raises:
        PeerError: ``overlap.edge``.
    """
    fits = 0 <= edge.theirs < len(points) and 0 <= edge.mine < len(tags) // TAG_BYTES
    if not fits or not sodium.is_element(edge.element):
        raise PeerError("overlap.edge")
    if tags[edge.mine * TAG_BYTES : (edge.mine + 1) * TAG_BYTES] != _tag(edge.element):
        raise PeerError("overlap.edge")
    try:
        proof.verify(public, [points[edge.theirs]], [edge.element], edge.proof)
    except PeerError:
        raise PeerError("overlap.edge") from None


def point_of(number: str) -> bytes:
    """Return the point of a telephone number."""
    return sodium.from_uniform(hashlib.sha512(_POINT + number.encode()).digest())


def hidden_point(key: Secret, number: str) -> bytes:
    """Return the point of a number under the key of a list."""
    return _under(key, point_of(number))


def filling(seed: bytes, place: int) -> bytes:
    """Return the point that stands for no number, at a place of a list."""
    return sodium.from_uniform(hashlib.sha512(_FILL + seed + _two(place)).digest())


def public_of(seed: bytes) -> bytes:
    """Return the public key of a list."""
    key = key_of(seed)
    public = _certain(sodium.multiply_generator(key))
    key.wipe()
    return public


def places_of(seed: bytes, size: int) -> list[int]:
    """Return, in the order in which they are sent, the places of a list of a size."""
    return _shuffled(seed, size)


def key_of(seed: bytes) -> Secret:
    """Return the key of a list, to be wiped by the caller."""
    return sodium.reduced_secret(sodium.digest_secret(_KEY, seed))


def is_public(octets: bytes) -> bool:
    """Tell whether bytes can be the public key of a list."""
    return sodium.is_element(octets)


def _shuffled(seed: bytes, size: int) -> list[int]:
    return sorted(range(size), key=lambda place: hashlib.sha256(_ORDER + seed + _two(place)).digest())


def _tag(point: bytes) -> bytes:
    return hashlib.sha256(_TAG + point).digest()[:TAG_BYTES]


def _two(place: int) -> bytes:
    return place.to_bytes(2, "big")


def _under(key: Secret, point: bytes) -> bytes:
    return _certain(sodium.multiply(key, point))


def _certain(point: bytes | None) -> bytes:
    if point is None:
        raise ValueError("a zero key, or no point")
    return point
