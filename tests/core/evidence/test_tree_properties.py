"""Properties of the tree: growth in any steps, every proof verifies, any altered byte is refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.evidence import proofs, tiles, tree
from comity.errors import PeerError

sizes = st.integers(min_value=1, max_value=1200)


def _leaf(number: int) -> bytes:
    return tree.leaf_hash(b"entry %d" % number)


def _grow(steps: list[int]) -> tuple[dict[tuple[int, int], bytes], bytes, int]:
    stored: dict[tuple[int, int], bytes] = {}
    size, root = 0, tree.EMPTY_ROOT
    for step in steps:
        leaves = [_leaf(size + offset) for offset in range(step)]
        changed, root = tiles.grow(size, leaves, _tiles(stored))
        stored |= changed
        size += step
    return stored, root, size


def _tiles(stored: dict[tuple[int, int], bytes]) -> tiles.TileReader:
    return lambda level, index: stored.get((level, index), b"")


def _reader(stored: dict[tuple[int, int], bytes]) -> tree.Reader:
    return tiles.subtree_reader(_tiles(stored))


def _naive(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\x01" + _naive(hashes[:k]) + _naive(hashes[k:])).digest()


@given(st.lists(st.integers(min_value=1, max_value=300), min_size=1, max_size=8))
def test_the_steps_of_growth_do_not_matter(steps: list[int]) -> None:
    stored, root, size = _grow(steps)
    assert (stored, root, size) == _grow([sum(steps)])
    assert root == _naive([_leaf(number) for number in range(size)])


@given(sizes, st.data())
def test_inclusion_round_trip_and_tamper(size: int, data: st.DataObject) -> None:
    stored, root, _ = _grow([size])
    number = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(number, size, _reader(stored))
    proofs.verify_inclusion(_leaf(number), number, size, proof, root)
    with pytest.raises(PeerError):
        proofs.verify_inclusion(_leaf(size), number, size, proof, root)
    with pytest.raises(PeerError):
        proofs.verify_inclusion(_leaf(number), number, size, [*proof, root], root)
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != number)) if size > 1 else None
    if other is not None:
        with pytest.raises(PeerError):
            proofs.verify_inclusion(_leaf(number), other, size, proof, root)
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        with pytest.raises(PeerError):
            proofs.verify_inclusion(_leaf(number), number, size, proof, root)


@given(sizes, st.data())
def test_consistency_round_trip_and_tamper(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    stored, root, _ = _grow([size])
    _, old_root, _ = _grow([old])
    proof = tree.consistency_proof(old, size, _reader(stored))
    proofs.verify_consistency(old, old_root, size, root, proof)
    with pytest.raises(PeerError):
        proofs.verify_consistency(old, bytes(32), size, root, proof)
    with pytest.raises(PeerError):
        proofs.verify_consistency(old, old_root, size, bytes(32), proof)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = proof[at][:-1] + bytes([proof[at][-1] ^ 0x80])
        with pytest.raises(PeerError):
            proofs.verify_consistency(old, old_root, size, root, proof)
