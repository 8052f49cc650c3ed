"""Keys in memory: regimes apart, rotation with overlap, probe keys, derived keys."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest
from voprf import ristretto

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto import oprf, seal
from comity.core.crypto.agent import KeyState, ProbeKeyId, Sealed, TokenType
from comity.core.crypto.derive import derive
from comity.core.crypto.local import LocalKeys, Secrets
from comity.core.crypto.signature import verify_jws
from comity.core.crypto.voprf.layout import KeyClass
from comity.errors import NodeError, PeerError

POLICE, RETURNS = Regime.POLICE, Regime.RETURN_IDENTIFICATION
PROBE = ProbeKeyId(ServiceId("MA.dgsn"), POLICE, PurposeGroup.WANTED, 1)


@pytest.fixture
def keys() -> LocalKeys:
    return LocalKeys.generate([POLICE, RETURNS], secrets.token_bytes)


def test_regimes_share_no_key(keys: LocalKeys) -> None:
    police, returns = keys.public_keys(POLICE), keys.public_keys(RETURNS)
    assert police.sign_public != returns.sign_public
    assert police.seal_public != returns.seal_public
    sealed = Sealed(police.seal_kid, seal.seal(police.seal_public, b"", b"x"), b"")
    assert keys.open(RETURNS, [sealed]) == [None]
    assert keys.open(POLICE, [sealed]) == [b"x"]
    with pytest.raises(NodeError, match=r"keys\.none"):
        keys.sign(Regime.INTELLIGENCE, TokenType.CALL, [b"x"])


def test_many_payloads_keep_their_order(keys: LocalKeys) -> None:
    held = keys.public_keys(POLICE)
    payloads = [str(n).encode() for n in range(20)]
    tokens = keys.sign(POLICE, TokenType.CONTENT, payloads)
    trusted = {held.sign_kid: held.sign_public}
    assert [verify_jws(token, typ=TokenType.CONTENT, keys=trusted).payload for token in tokens] == payloads


def test_rotation_overlaps_and_then_destroys(keys: LocalKeys) -> None:
    old = keys.public_keys(POLICE)
    old_sealed = Sealed(old.seal_kid, seal.seal(old.seal_public, b"", b"old"), b"")
    waiting = keys.create_keys(POLICE)
    assert waiting.state is KeyState.NEXT
    assert keys.create_keys(POLICE) == waiting
    assert keys.public_keys(POLICE) == old
    new_sealed = Sealed(waiting.seal_kid, seal.seal(waiting.seal_public, b"", b"new"), b"")
    assert keys.open(POLICE, [old_sealed, new_sealed]) == [b"old", b"new"]
    active = keys.activate_keys(POLICE)
    assert active.sign_kid == waiting.sign_kid
    assert keys.activate_keys(POLICE) == active
    assert keys.open(POLICE, [old_sealed, new_sealed]) == [b"old", b"new"]
    assert keys.sign_as(POLICE, old.sign_kid, TokenType.CARD, b"card")
    keys.destroy_keys(POLICE, old.sign_kid)
    assert keys.open(POLICE, [old_sealed, new_sealed]) == [None, b"new"]
    with pytest.raises(NodeError, match=r"keys\.none"):
        keys.sign_as(POLICE, old.sign_kid, TokenType.CARD, b"card")
    assert len(keys.held_keys(RETURNS)) == 1


def test_an_active_key_is_not_destroyed(keys: LocalKeys) -> None:
    with pytest.raises(NodeError, match=r"keys\.in-use"):
        keys.destroy_keys(POLICE, keys.public_keys(POLICE).sign_kid)


def test_classes_share_no_key_and_are_destroyed_one_by_one(keys: LocalKeys) -> None:
    classes = [replace(PROBE, key_class=name) for name in KeyClass]
    publics = [keys.create_probe_key(key) for key in classes]
    assert len(set(publics)) == len(classes)
    token = [bytes(32)]
    outputs = [keys.evaluate_own(key, token)[0] for key in classes]
    assert len(set(outputs)) == len(classes)
    keys.destroy_probe_key(classes[0])
    with pytest.raises(NodeError, match=r"keys\.no-probe-key"):
        keys.evaluate_own(classes[0], token)
    assert [keys.evaluate_own(key, token)[0] for key in classes[1:]] == outputs[1:]


def test_changes_are_kept_before_they_are_used() -> None:
    kept: list[Secrets] = []
    first = LocalKeys.generate([POLICE], secrets.token_bytes)
    keys = LocalKeys(first._secrets, secrets.token_bytes, root=bytes(32), keep=kept.append)
    public = keys.create_probe_key(PROBE)
    assert LocalKeys(kept[-1], secrets.token_bytes, root=bytes(32)).create_probe_key(PROBE) == public
    assert len(kept) == 1

    def full(_: Secrets) -> None:
        raise NodeError("vault.write")

    broken = LocalKeys(first._secrets, secrets.token_bytes, root=bytes(32), keep=full)
    with pytest.raises(NodeError, match=r"vault\.write"):
        broken.create_probe_key(PROBE)
    with pytest.raises(NodeError, match=r"keys\.no-probe-key"):
        broken.evaluate(PROBE, [bytes(32)])


def test_the_probe_round_finalizes_to_the_owners_own_output(keys: LocalKeys) -> None:
    public = keys.create_probe_key(PROBE)
    tokens = [b"one", b"two", b"three"]
    round_ = oprf.Blinding(tokens)
    answer = keys.evaluate(PROBE, round_.elements)
    assert [len(element) for element in answer.elements] == [32, 32, 32]
    assert round_.finalize(answer, public) == keys.evaluate_own(PROBE, tokens)


def test_a_false_answer_is_refused(keys: LocalKeys, capfd: pytest.CaptureFixture[str]) -> None:
    public = keys.create_probe_key(PROBE)
    other = keys.create_probe_key(replace(PROBE, epoch=2))
    round_ = oprf.Blinding([b"one", b"two"])
    answer = keys.evaluate(PROBE, round_.elements)
    one, two = answer.elements
    for false, key in (
        (replace(answer, elements=(two, one)), public),
        (replace(answer, elements=(one,)), public),
        (replace(answer, elements=(one, bytes(32))), public),
        (replace(answer, elements=(one, b"")), public),
        (replace(answer, proof=bytes(64)), public),
        (replace(answer, proof=b""), public),
        (answer, other),
        (answer, bytes(32)),
        (keys.evaluate(replace(PROBE, epoch=2), round_.elements), public),
    ):
        with pytest.raises(PeerError, match=r"probe\."):
            round_.finalize(false, key)
    capfd.readouterr()
    for tokens in ([], [b""], [bytes(65_536)]):
        with pytest.raises(ValueError, match="batch"):
            oprf.Blinding(tokens)


def test_the_vector_of_rfc_9497_derives_the_key() -> None:
    """RFC 9497 A.1.2 (ristretto255-SHA512, VOPRF): Seed a3 x 32, KeyInfo "test key", pkSm, Output for input 0x00."""
    holder = ristretto.Evaluator.from_seed(b"\xa3" * 32, b"test key")
    assert oprf.public_key(holder).hex() == "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"
    blinded = bytes.fromhex("863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945")
    expected = "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"
    assert oprf.evaluate(holder, [blinded]).elements[0].hex() == expected
    assert oprf.evaluate_own(holder, [b"\x00"])[0].hex() == (
        "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
        "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
    )


@pytest.mark.parametrize(
    "blinded", [[], [b"short"], [bytes(33)], [bytes(32)], [b"\xff" * 32], [b"\x01"] * 5000]
)
def test_bad_blinded_elements_are_refused(keys: LocalKeys, blinded: list[bytes]) -> None:
    keys.create_probe_key(PROBE)
    with pytest.raises(PeerError, match=r"probe\."):
        keys.evaluate(PROBE, blinded)


def test_bad_seeds_and_tokens_are_bugs(keys: LocalKeys) -> None:
    keys.create_probe_key(PROBE)
    with pytest.raises(ValueError, match="32 bytes"):
        oprf.evaluator(bytes(16), PROBE)
    for token in (b"", bytes(65_536)):
        with pytest.raises(ValueError, match="token"):
            keys.evaluate_own(PROBE, [token])


def test_a_destroyed_probe_key_never_comes_back(keys: LocalKeys) -> None:
    before = keys.create_probe_key(PROBE)
    keys.destroy_probe_key(PROBE)
    keys.destroy_probe_key(PROBE)
    with pytest.raises(NodeError, match=r"keys\.no-probe-key"):
        keys.evaluate_own(PROBE, [b"x"])
    assert keys.create_probe_key(PROBE) != before


def test_bad_sealing_keys_are_refused() -> None:
    for public in (b"", bytes(1216), b"\xff" * 1216, bytes(1215)):
        with pytest.raises(PeerError, match=r"sealing\.key"):
            seal.seal(public, b"", b"")


def test_oversize_is_a_bug_when_sealing_and_refused_when_opening(keys: LocalKeys) -> None:
    held = keys.public_keys(POLICE)
    for info, plain in ((bytes(seal.MAX_INFO_BYTES + 1), b""), (b"", bytes(seal.MAX_PLAINTEXT_BYTES + 1))):
        with pytest.raises(ValueError, match="too large"):
            seal.seal(held.seal_public, info, plain)
    assert keys.open(POLICE, [Sealed(held.seal_kid, bytes(2000), bytes(seal.MAX_INFO_BYTES + 1))]) == [None]


def test_derived_keys_differ_by_label_and_the_vaults_never_leaves(keys: LocalKeys) -> None:
    made = {label: keys.derived(label) for label in ("database", "fields", "tls", "register-index")}
    assert len(set(made.values())) == 4
    for label in ("vault", "other", ""):
        with pytest.raises(ValueError, match=r"Label|vault"):
            keys.derived(label)


def test_derivation_is_stable() -> None:
    """HKDF-SHA256 (RFC 5869), no salt: a changed derivation would lock every node out of its data."""
    assert derive(bytes(32), "database").hex() == EXPECTED_DATABASE_KEY
    with pytest.raises(ValueError, match="32 bytes"):
        derive(bytes(31), "database")


EXPECTED_DATABASE_KEY = "2b3d401e91afc3a164c4a742e46a94bff4ca4de7750fb871b4657141b9612099"
