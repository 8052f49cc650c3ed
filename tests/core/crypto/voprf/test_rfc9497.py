"""Every byte of the vectors of RFC 9497, and everything near them that must be refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comity.core.crypto.agent import Evaluation
from comity.core.crypto.voprf import client, server, sodium
from comity.core.crypto.voprf.sodium import ORDER, Secret
from comity.errors import PeerError

RFC: dict[str, Any] = json.loads((Path(__file__).parent / "vectors" / "rfc9497.json").read_text("utf-8"))
VECTORS = [pytest.param(one, id=one["name"]) for one in RFC["vectors"]]

NON_CANONICAL = {
    "the prime itself": ((1 << 255) - 19).to_bytes(32, "little"),
    "above the prime": ((1 << 255) - 18).to_bytes(32, "little"),
    "all ones": b"\xff" * 32,
    "highest bit set": bytes(31) + b"\x80",
    "negative": (1).to_bytes(32, "little"),
    "negative and low order": ((1 << 255) - 20).to_bytes(32, "little"),
    "not a square": bytes.fromhex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),
    "negative of x times y": bytes.fromhex(
        "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e"
    ),
    "y is zero": bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    "identity": bytes(32),
    "generator of ed25519": bytes.fromhex("5866666666666666666666666666666666666666666666666666666666666666"),
    "order 8 on ed25519": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "order 8 on ed25519, other": bytes.fromhex(
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
    ),
    "generator, highest bit set": bytes.fromhex(
        "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6"
    ),
    "31 bytes": bytes(31),
    "33 bytes": bytes(33),
    "nothing": b"",
}
"""Encodings that RFC 9496 (appendix A.3) and the torsion of edwards25519 make tempting; each is refused."""


@dataclass(frozen=True)
class Answered:
    """The batch of two, answered."""

    blinded: list[bytes]
    answer: Evaluation
    pair: server.KeyPair


def octets(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def pair() -> server.KeyPair:
    return server.derive_key_pair(bytes.fromhex(RFC["seed"]), bytes.fromhex(RFC["key_info"]))


@pytest.fixture
def answered() -> Answered:
    vector = RFC["vectors"][2]
    made = server.evaluate(pair(), octets(vector["blinded"]), Secret.of(bytes.fromhex(vector["nonce"])))
    return Answered(octets(vector["blinded"]), made, pair())


def test_key_is_derived() -> None:
    made = pair()
    assert made.private.revealed().hex() == RFC["private"]
    assert made.public.hex() == RFC["public"]


@pytest.mark.parametrize("vector", VECTORS)
def test_every_byte(vector: dict[str, Any]) -> None:
    inputs, blinds = octets(vector["inputs"]), [Secret.of(one) for one in octets(vector["blinds"])]
    blinded = list(map(client.blind, inputs, blinds))
    assert [one.hex() for one in blinded] == vector["blinded"]
    answer = server.evaluate(pair(), blinded, Secret.of(bytes.fromhex(vector["nonce"])))
    assert [one.hex() for one in answer.elements] == vector["evaluated"]
    assert answer.proof.hex() == vector["proof"]
    client.verify_evaluation(blinded, answer, pair().public)
    outputs = client.unblind(inputs, blinds, answer.elements)
    assert [one.hex() for one in outputs] == vector["outputs"]
    assert server.evaluate_own(pair(), inputs) == outputs


@pytest.mark.parametrize("name", NON_CANONICAL)
def test_what_is_no_point_is_refused_by_both_sides(answered: Answered, name: str) -> None:
    wrong = NON_CANONICAL[name]
    with pytest.raises(PeerError, match=r"^probe\.element"):
        server.evaluate(answered.pair, [answered.blinded[0], wrong], Secret.of(b"\1" + bytes(31)))
    with pytest.raises(PeerError, match=r"^probe\.element"):
        client.verify_evaluation(
            answered.blinded,
            Evaluation((answered.answer.elements[0], wrong), answered.answer.proof),
            answered.pair.public,
        )
    with pytest.raises(PeerError, match=r"^probe\.element"):
        client.verify_evaluation(answered.blinded, answered.answer, wrong)


def test_points_of_small_order_are_no_points() -> None:
    """The group has prime order: all eight points of small order of the curve are the identity or no encoding."""
    known = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]
    assert [text for text in known if sodium.is_element(bytes.fromhex(text))] == []


def swapped_elements(one: Answered) -> Evaluation:
    return Evaluation(one.answer.elements[::-1], one.answer.proof)


def one_element_twice(one: Answered) -> Evaluation:
    return Evaluation((one.answer.elements[0],) * 2, one.answer.proof)


def nothing_evaluated(one: Answered) -> Evaluation:
    return Evaluation(tuple(one.blinded), one.answer.proof)


def altered_challenge(one: Answered) -> Evaluation:
    return Evaluation(one.answer.elements, bytes([one.answer.proof[0] ^ 1]) + one.answer.proof[1:])


def altered_response(one: Answered) -> Evaluation:
    return Evaluation(
        one.answer.elements,
        one.answer.proof[:32] + bytes([one.answer.proof[32] ^ 1]) + one.answer.proof[33:],
    )


def not_reduced(one: Answered) -> Evaluation:
    """The same response, plus the order: equal modulo the order, and still another text."""
    response = int.from_bytes(one.answer.proof[32:], "little") + ORDER
    return Evaluation(one.answer.elements, one.answer.proof[:32] + response.to_bytes(32, "little"))


def zero_proof(one: Answered) -> Evaluation:
    return Evaluation(one.answer.elements, bytes(64))


def short_proof(one: Answered) -> Evaluation:
    return Evaluation(one.answer.elements, one.answer.proof[:63])


def no_proof(one: Answered) -> Evaluation:
    return Evaluation(one.answer.elements, b"")


def of_another_key(one: Answered) -> Evaluation:
    other = server.derive_key_pair(bytes(32), b"another")
    return server.evaluate(other, one.blinded, Secret.of(b"\2" + bytes(31)))


def of_the_batch_in_another_order(one: Answered) -> Evaluation:
    """Right elements for each, but proven as a batch in the reverse order."""
    made = server.evaluate(one.pair, one.blinded[::-1], Secret.of(b"\2" + bytes(31)))
    return Evaluation(made.elements[::-1], made.proof)


def of_half_the_batch(one: Answered) -> Evaluation:
    made = server.evaluate(one.pair, one.blinded[:1], Secret.of(b"\2" + bytes(31)))
    return Evaluation(one.answer.elements, made.proof)


@pytest.mark.parametrize(
    "forge",
    [
        swapped_elements,
        one_element_twice,
        nothing_evaluated,
        altered_challenge,
        altered_response,
        not_reduced,
        zero_proof,
        short_proof,
        no_proof,
        of_another_key,
        of_the_batch_in_another_order,
        of_half_the_batch,
    ],
)
def test_a_false_answer_is_refused(answered: Answered, forge: Callable[[Answered], Evaluation]) -> None:
    client.verify_evaluation(answered.blinded, answered.answer, answered.pair.public)
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        client.verify_evaluation(answered.blinded, forge(answered), answered.pair.public)


def test_another_public_key_is_refused(answered: Answered) -> None:
    other = server.derive_key_pair(bytes(32), b"another").public
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        client.verify_evaluation(answered.blinded, answered.answer, other)


def test_batches_sent_and_answered_have_one_order(answered: Answered) -> None:
    with pytest.raises(PeerError, match=r"^probe\.proof"):
        client.verify_evaluation(answered.blinded[::-1], answered.answer, answered.pair.public)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_another_number_of_elements_is_refused(answered: Answered, count: int) -> None:
    elements = (answered.answer.elements * 2)[:count]
    with pytest.raises(PeerError, match=r"^probe\.batch-size"):
        client.verify_evaluation(
            answered.blinded, Evaluation(elements, answered.answer.proof), answered.pair.public
        )


@pytest.mark.parametrize("count", [0, 4097])
def test_the_server_limits_a_batch(answered: Answered, count: int) -> None:
    with pytest.raises(PeerError, match=r"^probe\.batch-size"):
        server.evaluate(answered.pair, [answered.blinded[0]] * count, Secret.of(b"\1" + bytes(31)))


@pytest.mark.parametrize("token", [b"", bytes(65_536)])
def test_inputs_have_a_size(token: bytes) -> None:
    with pytest.raises(ValueError, match="65,535"):
        client.blind(token, Secret.of(b"\1" + bytes(31)))
    with pytest.raises(ValueError, match="65,535"):
        server.evaluate_own(pair(), [token])


def test_zero_is_no_blind_and_no_nonce(answered: Answered) -> None:
    with pytest.raises(ValueError, match="zero"):
        client.blind(b"x", Secret())
    with pytest.raises(ValueError, match="zero"):
        server.evaluate(answered.pair, answered.blinded, Secret())
    with pytest.raises(ValueError, match="zero"):
        client.unblind([b"x", b"y"], [Secret.of(b"\1" + bytes(31)), Secret()], answered.answer.elements)


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        server.derive_key_pair(bytes(31), b"")
