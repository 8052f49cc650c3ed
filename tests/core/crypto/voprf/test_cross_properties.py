"""Two implementations, ours over libsodium and the library `voprf`, agree on random examples, in both directions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voprf import ristretto

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto import oprf
from comity.core.crypto.agent import Evaluation, ProbeKeyId
from comity.core.crypto.voprf import client, server
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.crypto.voprf.sodium import ORDER, Secret
from comity.errors import PeerError

seeds = st.binary(min_size=32, max_size=32)
tokens = st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=6, unique=True)
scalars = st.integers(min_value=1, max_value=ORDER - 1).map(lambda number: number.to_bytes(32, "little"))
keys = st.builds(
    ProbeKeyId,
    partner=st.sampled_from([ServiceId("MA.dgsn"), ServiceId("BE.police")]),
    regime=st.sampled_from(Regime),
    group=st.sampled_from(PurposeGroup),
    epoch=st.integers(min_value=1, max_value=1_000_000),
    key_class=st.sampled_from(KeyClass),
)


@given(seeds, keys)
def test_keys_are_equal(seed: bytes, key: ProbeKeyId) -> None:
    ours = server.derive_key_pair(seed, oprf.key_context(key))
    assert ours.public == oprf.public_key(oprf.evaluator(seed, key))


@settings(max_examples=40)
@given(seeds, keys, tokens, st.data())
def test_elements_and_outputs_are_equal(
    seed: bytes, key: ProbeKeyId, inputs: list[bytes], drawn: st.DataObject
) -> None:
    theirs, ours = oprf.evaluator(seed, key), server.derive_key_pair(seed, oprf.key_context(key))
    blinds = [drawn.draw(scalars) for _ in inputs]
    blinded = [client.blind(one, Secret.of(blind)) for one, blind in zip(inputs, blinds, strict=True)]
    answer = server.evaluate(ours, blinded, Secret.of(drawn.draw(scalars)))
    assert answer.elements == oprf.evaluate(theirs, blinded).elements
    outputs = client.unblind(inputs, [Secret.of(blind) for blind in blinds], answer.elements)
    assert outputs == server.evaluate_own(ours, inputs) == oprf.evaluate_own(theirs, inputs)


@settings(max_examples=40)
@given(seeds, keys, tokens, scalars)
def test_their_proof_holds_for_us(seed: bytes, key: ProbeKeyId, inputs: list[bytes], blind: bytes) -> None:
    theirs = oprf.evaluator(seed, key)
    blinded = [client.blind(one, Secret.of(blind)) for one in inputs]
    answer = oprf.evaluate(theirs, blinded)
    client.verify_evaluation(blinded, answer, oprf.public_key(theirs))
    altered = Evaluation(answer.elements, answer.proof[:-32] + bytes(32))
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        client.verify_evaluation(blinded, altered, oprf.public_key(theirs))


@settings(max_examples=40)
@given(seeds, keys, tokens, scalars)
def test_our_proof_holds_for_them(seed: bytes, key: ProbeKeyId, inputs: list[bytes], nonce: bytes) -> None:
    ours = server.derive_key_pair(seed, oprf.key_context(key))
    theirs = oprf.Blinding(inputs)
    answer = server.evaluate(ours, theirs.elements, Secret.of(nonce))
    assert theirs.finalize(answer, ours.public) == server.evaluate_own(ours, inputs)
    altered = Evaluation(answer.elements, answer.proof[:-32] + b"\1" + bytes(31))
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        theirs.finalize(altered, ours.public)


def judged(octets: bytes) -> tuple[bool, bool]:
    """Return whether the library and whether our own code take bytes for a point."""
    found = []
    for take in (ristretto.BlindedInput.deserialize, lambda one: server.check_elements([one])):
        try:
            take(octets)
            found.append(True)
        except (ValueError, PeerError):
            found.append(False)
    return found[0], found[1]


@given(st.binary(min_size=32, max_size=32))
def test_random_bytes_are_judged_alike(octets: bytes) -> None:
    known, taken = judged(octets)
    assert taken == known


@settings(max_examples=40)
@given(tokens, scalars)
def test_one_flipped_bit_of_a_point_is_judged_alike(inputs: list[bytes], blind: bytes) -> None:
    point = int.from_bytes(client.blind(inputs[0], Secret.of(blind)), "little")
    assert judged(point.to_bytes(32, "little")) == (True, True)
    for bit in (0, 1, 100, 254, 255):
        known, taken = judged((point ^ (1 << bit)).to_bytes(32, "little"))
        assert taken == known, bit
