"""Properties: round trips, and any altered byte is refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto import seal
from comity.core.crypto.agent import ProbeKeyId, Sealed, TokenType
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.local import LocalKeys
from comity.core.crypto.signature import verify_jws, verify_note
from comity.errors import PeerError

REGIME = Regime.POLICE


def fixed(seed: int) -> LocalKeys:
    """Return keys made from a seed, the same each run."""
    counter = iter(range(1_000_000))

    def random(size: int) -> bytes:
        return hashlib.shake_256(f"{seed}/{next(counter)}".encode()).digest(size)

    return LocalKeys.generate([REGIME, Regime.RETURN_IDENTIFICATION], random)


KEYS = fixed(1)
PUBLIC = KEYS.public_keys(REGIME)
TRUSTED = {PUBLIC.sign_kid: PUBLIC.sign_public}


@given(st.binary(max_size=200))
def test_encoding_round_trip(octets: bytes) -> None:
    assert from_text(to_text(octets)) == octets


@given(st.text(max_size=12))
def test_a_text_has_one_meaning_or_none(text: str) -> None:
    try:
        octets = from_text(text)
    except PeerError:
        return
    assert to_text(octets) == text


@given(st.binary(max_size=300), st.sampled_from(TokenType))
def test_signature_round_trip(payload: bytes, typ: TokenType) -> None:
    token = KEYS.sign(REGIME, typ, [payload])[0]
    assert verify_jws(token, typ=typ, keys=TRUSTED).payload == payload


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=127))
def test_any_altered_character_of_a_token_is_refused(where: int, change: int) -> None:
    token = KEYS.sign(REGIME, TokenType.CONTENT, [b'{"id":"1"}'])[0]
    at = where % len(token)
    altered = token[:at] + chr(ord(token[at]) ^ change) + token[at + 1 :]
    with pytest.raises(PeerError):
        verify_jws(altered, typ=TokenType.CONTENT, keys=TRUSTED)


@given(st.binary(max_size=60), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_any_altered_byte_of_a_note_is_refused(body: bytes, where: int, change: int) -> None:
    text = body + b"\n"
    mark = KEYS.sign_note(REGIME, [text])[0]
    verify_note(text, mark, PUBLIC.sign_public)
    whole = bytearray(text + mark)
    whole[where % len(whole)] ^= change
    with pytest.raises(PeerError):
        verify_note(bytes(whole[: len(text)]), bytes(whole[len(text) :]), PUBLIC.sign_public)


@given(st.binary(max_size=500), st.binary(max_size=80))
@settings(max_examples=40)
def test_sealing_round_trip(plain: bytes, info: bytes) -> None:
    sealed = Sealed(PUBLIC.seal_kid, seal.seal(PUBLIC.seal_public, info, plain), info)
    assert len(sealed.ciphertext) == len(plain) + seal.OVERHEAD_BYTES
    assert KEYS.open(REGIME, [sealed]) == [plain]


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
@settings(max_examples=60)
def test_any_altered_byte_of_a_sealed_content_or_info_is_refused(where: int, change: int) -> None:
    info = b"header digest"
    ciphertext = seal.seal(PUBLIC.seal_public, info, b"content")
    whole = bytearray(ciphertext + info)
    whole[where % len(whole)] ^= change
    altered = Sealed(PUBLIC.seal_kid, bytes(whole[: len(ciphertext)]), bytes(whole[len(ciphertext) :]))
    assert KEYS.open(REGIME, [altered]) == [None]


@given(st.integers(min_value=0, max_value=1200))
@settings(max_examples=30)
def test_a_truncated_ciphertext_is_refused(length: int) -> None:
    ciphertext = seal.seal(PUBLIC.seal_public, b"", b"c" * 65)
    assert KEYS.open(REGIME, [Sealed(PUBLIC.seal_kid, ciphertext[:length], b"")]) == [None]


@given(st.integers(min_value=0, max_value=7), st.sampled_from(PurposeGroup))
@settings(max_examples=20)
def test_each_probe_key_is_its_own(epoch: int, group: PurposeGroup) -> None:
    keys = fixed(2)
    one = ProbeKeyId(ServiceId("MA.dgsn"), REGIME, group, epoch)
    others = [
        ProbeKeyId(ServiceId("FR.dgpn"), REGIME, group, epoch),
        ProbeKeyId(ServiceId("MA.dgsn"), Regime.RETURN_IDENTIFICATION, group, epoch),
        ProbeKeyId(ServiceId("MA.dgsn"), REGIME, group, epoch + 1),
    ]
    publics = {keys.create_probe_key(key) for key in [one, *others]}
    assert len(publics) == 4
    assert len({keys.evaluate_own(key, [b"token"])[0] for key in [one, *others]}) == 4
