"""The tree against RFC 6962's test tree and an independent recursive implementation of RFC 9162 §2.1."""

from __future__ import annotations

import hashlib

import pytest

from comity.core.evidence import proofs, tiles, tree
from comity.errors import PeerError

RFC_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
RFC_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Roots of the first 1 to 8 leaves of the test tree of the Certificate Transparency reference implementation."""


def naive_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()


class Grown:
    """A log in memory, grown in the given steps."""

    def __init__(self, entries: list[bytes], steps: list[int] | None = None) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.root = tree.EMPTY_ROOT
        size = 0
        for step in steps or [len(entries)]:
            leaves = [tree.leaf_hash(entry) for entry in entries[size : size + step]]
            changed, self.root = tiles.grow(size, leaves, self.read)
            self.tiles |= changed
            size += len(leaves)

    def read(self, level: int, index: int) -> bytes:
        return self.tiles.get((level, index), b"")

    @property
    def reader(self) -> tree.Reader:
        return tiles.subtree_reader(self.read)


@pytest.mark.parametrize("size", range(1, 9))
def test_rfc_roots(size: int) -> None:
    assert naive_root(RFC_LEAVES[:size]).hex() == RFC_ROOTS[size - 1]
    assert Grown(RFC_LEAVES[:size]).root.hex() == RFC_ROOTS[size - 1]
    assert Grown(RFC_LEAVES[:size], [1] * size).root.hex() == RFC_ROOTS[size - 1]


def test_published_proofs() -> None:
    """The inclusion and consistency proofs of RFC 9162 §2.1.5 (its example tree has 7 leaves)."""
    leaves = RFC_LEAVES[:7]
    log = Grown(leaves)
    a, b, c, d, e, f, j = (tree.leaf_hash(leaf) for leaf in leaves)
    g, h, i = tree.node_hash(a, b), tree.node_hash(c, d), tree.node_hash(e, f)
    k, m = tree.node_hash(g, h), tree.node_hash(i, j)
    assert tree.inclusion_proof(0, 7, log.reader) == [b, h, m]
    assert tree.inclusion_proof(3, 7, log.reader) == [c, g, m]
    assert tree.inclusion_proof(4, 7, log.reader) == [f, j, k]
    assert tree.inclusion_proof(6, 7, log.reader) == [i, k]
    assert tree.consistency_proof(3, 7, log.reader) == [c, d, g, m]
    assert tree.consistency_proof(4, 7, log.reader) == [m]
    assert tree.consistency_proof(6, 7, log.reader) == [i, j, k]


def test_every_proof_up_to_seventy() -> None:
    entries = [bytes([number]) for number in range(70)]
    log = Grown(entries)
    roots = [naive_root(entries[:size]) for size in range(71)]
    for size in range(1, 71):
        for number in range(size):
            proof = tree.inclusion_proof(number, size, log.reader)
            proofs.verify_inclusion(tree.leaf_hash(entries[number]), number, size, proof, roots[size])
        for old in range(size + 1):
            proof = tree.consistency_proof(old, size, log.reader)
            proofs.verify_consistency(old, roots[old], size, roots[size], proof)


@pytest.mark.parametrize("steps", [[700], [255, 1, 1, 256, 187], [256, 256, 188], [1] * 700])
def test_tiles_across_widths(steps: list[int]) -> None:
    entries = [number.to_bytes(2, "big") for number in range(700)]
    log = Grown(entries, steps)
    assert log.root == naive_root(entries)
    assert set(log.tiles) == {(0, 0), (0, 1), (0, 2), (1, 0)}
    for number in (0, 255, 256, 511, 512, 699):
        proof = tree.inclusion_proof(number, 700, log.reader)
        assert len(proof) <= 10
        proofs.verify_inclusion(tree.leaf_hash(entries[number]), number, 700, proof, log.root)


def test_a_proof_reads_few_tiles() -> None:
    entries = [number.to_bytes(3, "big") for number in range(70_000)]
    log = Grown(entries)
    asked: list[tuple[int, int]] = []

    def read(level: int, index: int) -> bytes:
        asked.append((level, index))
        return log.read(level, index)

    proof = tree.inclusion_proof(31_337, 70_000, tiles.subtree_reader(read))
    proofs.verify_inclusion(tree.leaf_hash(entries[31_337]), 31_337, 70_000, proof, log.root)
    assert len(asked) <= 6


def test_tiles_that_do_not_fit_are_refused() -> None:
    log = Grown([b"a", b"b"])
    with pytest.raises(ValueError, match="fit"):
        tiles.grow(3, [tree.leaf_hash(b"c")], log.read)
    with pytest.raises(LookupError):
        tree.root(3, log.reader)


def test_consistency_edges() -> None:
    log = Grown(RFC_LEAVES)
    with pytest.raises(PeerError, match=r"evidence\.proof"):
        proofs.verify_consistency(3, log.root, 8, log.root, [])
    with pytest.raises(PeerError):
        proofs.verify_consistency(8, naive_root(RFC_LEAVES[:7]), 8, log.root, [])
    with pytest.raises(PeerError):
        proofs.verify_consistency(9, log.root, 8, log.root, [])
    with pytest.raises(PeerError):
        proofs.verify_consistency(0, tree.EMPTY_ROOT, 8, log.root, [log.root])
    with pytest.raises(PeerError):
        proofs.verify_consistency(0, log.root, 8, log.root, [])
    with pytest.raises(PeerError):
        proofs.verify_inclusion(log.root, 8, 8, [], log.root)
    with pytest.raises(ValueError, match="outside"):
        tree.consistency_proof(9, 8, log.reader)
    with pytest.raises(ValueError, match="not in"):
        tree.inclusion_proof(8, 8, log.reader)
    with pytest.raises(ValueError, match="negative"):
        tree.root(-1, log.reader)
    assert tree.root(0, log.reader) == tree.EMPTY_ROOT
