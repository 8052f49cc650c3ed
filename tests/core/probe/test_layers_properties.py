"""Layers: no key seals two things, every layer is read, what is gone is dropped, lists agree with their heads."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.probe.in_memory import Built, IndexBuilder
from tests.core.probe.simulated import key_of, manifest_of

from comity.core.codes.exchange import Regime
from comity.core.crypto import blob
from comity.core.crypto.blob import record_key
from comity.core.crypto.local import LocalKeys
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.probe.index import gone_part, label_of
from comity.core.probe.manifest import MAX_DELTAS, Gone, Manifest, key_classes, verify_chain
from comity.core.probe.opening import MAX_CANDIDATES, Replica, candidates, open_records, to_open
from comity.core.probe.query import Query, read_query
from comity.core.probe.recalled import PAGE, Head, head_of, open_labels, padded_labels
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token, index_tokens, query_tokens
from comity.core.probe.sketch import sketch_of
from comity.errors import PeerError

KEYS = LocalKeys.generate([Regime.POLICE], secrets.token_bytes)
for _key_class in key_classes(CP1):
    KEYS.create_probe_key(key_of(_key_class))
EPOCH_KEY = secrets.token_bytes(32)
PEOPLE = [
    read_query({"given": given_, "family": family, "dob": f"19{70 + place}-04-1{place}", "pob": "Oujda"})
    for place, (given_, family) in enumerate(
        [
            ("Zoulikha", "Bourgheda"),
            ("Noureddine", "El Khalfaoui"),
            ("Rkia", "Tahiri Jouti"),
            ("Idriss", "Chakroun"),
        ]
    )
]


def outputs_of(tokens: list[Token]) -> list[bytes]:
    return [KEYS.evaluate_own(key_of(CP1.rule(one.rule).key_class), [one.octets])[0] for one in tokens]


@dataclass
class Issuer:
    """Publishes layers of a register of a few people, as the service does."""

    layers: list[Replica] = field(default_factory=list)
    labels: dict[int, bytes] = field(default_factory=dict)

    def publish(self, placed: dict[int, int], gone: set[int], *, delta: bool) -> None:
        """Publish a layer of people with their versions, without others."""
        before = self.layers[-1].manifest if self.layers else None
        version = 1 if before is None else before.version + 1
        draft = manifest_of(_empty(), KEYS, version=version).model_copy(
            update={
                "layer": "delta" if delta else "base",
                "previous": "" if before is None else before.digest,
            }
        )
        builder, build = IndexBuilder(CP1, draft.blob_context, secrets.token_bytes), secrets.token_bytes(16)
        taken = [self.labels.pop(one) for one in (*placed, *gone) if one in self.labels]
        for person, of in placed.items():
            tokens = list(index_tokens(CP1, Commonness(), PEOPLE[person]))
            key = record_key(EPOCH_KEY, str(person), of, build)
            opening = KEYS.evaluate_own(key_of(KeyClass.OPENING), [key])[0]
            reference = bytes([person]) * 16
            sketch = sketch_of(PEOPLE[person], of, reference).to_octets()
            builder.add(key, opening, reference, sketch, tokens, outputs_of(tokens))
            self.labels[person] = label_of(key)
        built = builder.finish()
        part, count = gone_part(taken, secrets.token_bytes)
        manifest = manifest_of(built, KEYS, version=version).model_copy(
            update={
                "layer": draft.layer,
                "previous": draft.previous,
                "gone": Gone(digest=part.digest, labels=count) if delta else None,
            }
        )
        shards = tuple(np.frombuffer(one.octets, "<u8").reshape(-1, 2) for one in built.shards)
        layer = Replica(manifest, shards, built.records.octets, part.octets if delta else b"")
        self.layers = [*self.layers, layer] if delta else [layer]

    @property
    def replica(self) -> Replica:
        return replace(self.layers[0], later=tuple(self.layers[1:]))


def _empty() -> Built:
    return IndexBuilder(CP1, b"", secrets.token_bytes).finish()


def found(replica: Replica, query: Query, recalled: frozenset[bytes] = frozenset()) -> list[str]:
    """Return the references that a query opens, by way of two openings at most."""
    tokens = [one for own in query_tokens(CP1, Commonness(), query).values() for one in own]
    chosen = to_open(candidates(replica, tokens, outputs_of(tokens), recalled))
    assert len(chosen) <= MAX_CANDIDATES
    openings = KEYS.evaluate_own(key_of(KeyClass.OPENING), [one.key for one in chosen]) if chosen else []
    return [one.reference for one in open_records(replica, chosen, openings, query)]


STEPS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 3), st.integers(1, 3), max_size=3),
        st.sets(st.integers(0, 3), max_size=2),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_layers_together_hold_what_the_last_of_each_said(
    steps: list[tuple[dict[int, int], set[int], bool]],
) -> None:
    sealed: dict[bytes, tuple[bytes, bytes]] = {}
    honest = blob._cipher

    def spied(key: bytes, context: bytes) -> object:
        return _Spy(honest(key, context), blob, key, context, sealed)

    issuer = Issuer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blob, "_cipher", spied)
        issuer.publish({0: 1, 1: 1}, set(), delta=False)
        present = {0, 1}
        for placed, gone, delta in steps:
            gone -= set(placed)
            if not delta:
                # A new base holds everybody who is left, and whoever came.
                placed = {**dict.fromkeys(present - gone, 1), **placed}
            issuer.publish(placed, gone, delta=delta)
            present = (present | set(placed)) - gone
    verify_chain([layer.manifest for layer in issuer.layers])
    for person, query in enumerate(PEOPLE):
        expected = [(bytes([person]) * 16).hex()] if person in present else []
        assert found(issuer.replica, query) == expected
    # What is recalled since then opens no more, in whatever layer it lies.
    for person, label in issuer.labels.items():
        assert found(issuer.replica, PEOPLE[person], frozenset({label})) == []


class _Spy:
    """Notes what is sealed under each derived key and refuses a second thing under one."""

    def __init__(self, cipher: object, module: object, key: bytes, context: bytes, sealed: dict) -> None:  # type: ignore[type-arg]  # a spy
        self.cipher, self.name, self.sealed = cipher, key + b"|" + context, sealed

    def encrypt(self, nonce: bytes, plaintext: bytes, context: bytes) -> bytes:
        assert nonce == bytes(12)
        assert self.sealed.setdefault(self.name, (plaintext, context)) == (plaintext, context)
        octets: bytes = self.cipher.encrypt(nonce, plaintext, context)  # type: ignore[attr-defined]  # a spy
        return octets

    def decrypt(self, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        octets: bytes = self.cipher.decrypt(nonce, sealed, context)  # type: ignore[attr-defined]  # a spy
        return octets


UIDS = st.text("0123456789abcdef", min_size=4, max_size=4)


@given(
    st.lists(
        st.tuples(
            UIDS, st.integers(1, 99), st.binary(min_size=16, max_size=16), st.integers(1, 40), st.booleans()
        ),
        unique=True,
        min_size=2,
        max_size=40,
    )
)
def test_no_key_seals_two_things(rows: list[tuple[str, int, bytes, int, bool]]) -> None:
    """Whatever differs of record, version, build, layer or index version, the key with its context differs."""
    names = set()
    for uid, version, build, of, delta in rows:
        manifest = _manifest(version=of, layer="delta" if delta else "base")
        names.add((record_key(EPOCH_KEY, uid, version, build), manifest.blob_context))
    assert len(names) == len(rows)


def _manifest(**changes: object) -> Manifest:
    return manifest_of(_BUILT, KEYS).model_copy(update=changes)


_BUILT = _empty()
GONE = Gone(digest="ab" * 32, labels=64)


def _chain(length: int) -> list[Manifest]:
    layers = [_manifest()]
    for version in range(2, length + 1):
        layers.append(_manifest(layer="delta", version=version, gone=GONE, previous=layers[-1].digest))
    return layers


class TestChain:
    def test_a_base_with_deltas(self) -> None:
        for length in (1, 2, 5, MAX_DELTAS + 1):
            verify_chain(_chain(length))

    @pytest.mark.parametrize("length", [0, MAX_DELTAS + 2])
    def test_none_and_too_many(self, length: int) -> None:
        with pytest.raises(PeerError, match=r"probe\.manifest-chain"):
            verify_chain(_chain(length) if length else [])

    @given(st.integers(0, 4))
    def test_a_gap_anywhere(self, missing: int) -> None:
        layers = _chain(6)
        del layers[missing]
        with pytest.raises(PeerError, match=r"probe\.manifest-chain"):
            verify_chain(layers)

    @given(st.permutations(range(4)).filter(lambda order: order != [0, 1, 2, 3]))
    def test_another_order(self, order: list[int]) -> None:
        layers = _chain(4)
        with pytest.raises(PeerError, match=r"probe\.manifest-chain"):
            verify_chain([layers[place] for place in order])

    @pytest.mark.parametrize(
        "changes",
        [
            {"issuer": "XX.police"},
            {"partner": "XX.police"},
            {"regime": "intelligence"},
            {"group": "wanted"},
            {"epoch": 2},
            {"profile": "cp0"},
            {"keys": {}},
            {"valid_before": "2027-01-01T00:00:00.000Z"},
            {"layer": "base"},
            {"version": 1},
        ],
    )
    def test_another_scope(self, changes: dict[str, object]) -> None:
        first, second = _chain(2)
        with pytest.raises(PeerError, match=r"probe\.manifest-chain"):
            verify_chain([first, second.model_copy(update=changes)])


class TestTombstones:
    @given(st.sets(st.binary(min_size=8, max_size=8), max_size=200), st.integers(0, 99))
    def test_padded_alike_and_read_back(self, labels: set[bytes], layer: int) -> None:
        padded = padded_labels(labels, EPOCH_KEY, layer)
        assert padded == padded_labels(labels, EPOCH_KEY, layer)
        assert len(padded) % PAGE == 0
        assert len(padded) - len(labels) < PAGE or not labels
        opened = open_labels([one.hex() for one in padded], head_of(padded, layer), layer)
        assert labels <= opened

    @given(st.integers(0, PAGE - 1), st.integers(0, 7), st.integers(1, 255))
    def test_any_altered_byte_is_refused(self, place: int, octet: int, flip: int) -> None:
        padded = list(padded_labels({b"12345678"}, EPOCH_KEY, 3))
        head = head_of(padded, 3)
        altered = bytearray(padded[place])
        altered[octet] ^= flip
        padded[place] = bytes(altered)
        with pytest.raises(PeerError, match=r"probe\.tombstones"):
            open_labels([one.hex() for one in padded], head, 3)

    def test_for_another_layer_or_with_one_missing(self) -> None:
        padded = [one.hex() for one in padded_labels({b"12345678"}, EPOCH_KEY, 3)]
        head: Head = head_of([bytes.fromhex(one) for one in padded], 3)
        for labels, layer in ((padded, 4), (padded[1:], 3)):
            with pytest.raises(PeerError, match=r"probe\.tombstones"):
                open_labels(labels, head, layer)


@given(st.sets(st.binary(min_size=8, max_size=8), max_size=90))
def test_what_is_gone_is_listed_sorted_and_padded(labels: set[bytes]) -> None:
    part, count = gone_part(labels, secrets.token_bytes)
    listed = [part.octets[at : at + 8] for at in range(0, len(part.octets), 8)]
    assert labels <= set(listed)
    assert len(listed) == count >= 64
    numbers = [int.from_bytes(one, "little") for one in listed]
    assert numbers == sorted(numbers)
