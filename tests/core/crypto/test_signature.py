"""JWS and note signatures: what verifies, and every form that must not."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.core.crypto import signature
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import from_text, key_id, to_text
from comity.core.crypto.signature import sign_jws, sign_note, unverified_kid, verify_jws, verify_note
from comity.errors import PeerError

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
KID = key_id(PUBLIC)
KEYS = {KID: PUBLIC}
TOKEN = sign_jws(PRIVATE, KID, TokenType.CALL, b"payload")


def with_header(header: object) -> str:
    """Return a token under another header, correctly signed over it."""
    text = (
        header
        if isinstance(header, bytes)
        else json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    )
    signing_input = f"{to_text(text)}.{to_text(b'payload')}"
    return f"{signing_input}.{to_text(PRIVATE.sign(signing_input.encode()))}"


def refused(token: str, typ: TokenType = TokenType.CALL, keys: dict[str, bytes] | None = None) -> str:
    with pytest.raises(PeerError) as caught:
        verify_jws(token, typ=typ, keys=KEYS if keys is None else keys)
    return caught.value.code


def test_a_signed_payload_verifies() -> None:
    verified = verify_jws(TOKEN, typ=TokenType.CALL, keys=KEYS)
    assert (verified.kid, verified.payload) == (KID, b"payload")
    assert unverified_kid(TOKEN) == KID


def test_the_vector_of_rfc_8037_key_signs_as_raw_ed25519() -> None:
    """RFC 8032 §7.1 test 2: secret, public key, one-byte message 0x72, signature."""
    private = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    assert private.public_key().public_bytes_raw() == public
    token = sign_jws(private, key_id(public), TokenType.CARD, b"x")
    head, body, mark = token.split(".")
    assert private.sign(f"{head}.{body}".encode()) == from_text(mark)


@pytest.mark.parametrize("typ", [typ for typ in TokenType if typ is not TokenType.CALL])
def test_a_signature_for_one_use_is_refused_for_another(typ: TokenType) -> None:
    assert refused(TOKEN, typ) == "signature.type"


@pytest.mark.parametrize("extra", ["crit", "jwk", "jku", "x5u", "x5c", "b64", "cty", "zip", "x"])
def test_any_other_header_member_is_refused(extra: str) -> None:
    header = {"alg": "Ed25519", "kid": KID, "typ": TokenType.CALL.value, extra: True}
    assert refused(with_header(header)) == "signature.malformed"


@pytest.mark.parametrize("missing", ["alg", "kid", "typ"])
def test_a_missing_header_member_is_refused(missing: str) -> None:
    header = {"alg": "Ed25519", "kid": KID, "typ": TokenType.CALL.value}
    del header[missing]
    assert refused(with_header(header)) == "signature.malformed"


@pytest.mark.parametrize("algorithm", ["EdDSA", "none", "HS256", "Ed448", "ed25519", ""])
def test_any_other_algorithm_is_refused(algorithm: str) -> None:
    header = {"alg": algorithm, "kid": KID, "typ": TokenType.CALL.value}
    assert refused(with_header(header)) == "signature.algorithm"


def test_a_header_that_is_not_canonical_is_refused() -> None:
    spaced = f'{{"alg": "Ed25519","kid":"{KID}","typ":"{TokenType.CALL.value}"}}'.encode()
    doubled = f'{{"alg":"none","alg":"Ed25519","kid":"{KID}","typ":"{TokenType.CALL.value}"}}'.encode()
    assert refused(with_header(spaced)) == "signature.malformed"
    assert refused(with_header(doubled)) == "signature.malformed"
    assert refused(with_header(b"[]")) == "signature.malformed"
    assert refused(with_header(b"\xff")) == "signature.malformed"


def test_the_same_header_in_canonical_form_is_accepted() -> None:
    header = {"alg": "Ed25519", "kid": KID, "typ": TokenType.CALL.value}
    assert verify_jws(with_header(header), typ=TokenType.CALL, keys=KEYS).payload == b"payload"


def test_unknown_and_wrong_keys_are_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    assert refused(TOKEN, keys={}) == "signature.unknown-key"
    assert refused(TOKEN, keys={KID: other}) == "signature.bad"
    assert refused(TOKEN, keys={KID: PUBLIC[:31]}) == "signature.key"


@pytest.mark.parametrize("public", sorted(signature._SMALL_ORDER))
def test_keys_of_small_order_are_refused(public: bytes) -> None:
    signed = bytes([*public[:31], public[31] | 0x80])
    assert refused(TOKEN, keys={KID: public}) == "signature.key"
    assert refused(TOKEN, keys={KID: signed}) == "signature.key"


def test_malformed_tokens_are_refused() -> None:
    head, body, mark = TOKEN.split(".")
    for token in (
        "",
        ".",
        "..",
        f"{head}.{body}",
        f"{TOKEN}.",
        f"{head}..{mark}=",
        f"{head}.{body}.",
        "é.é.é",
    ):
        assert refused(token) == "signature.malformed", token
    assert refused(f"{head}.{body}.{mark[:-1]}{chr(ord(mark[-1]) + 1)}") == "signature.malformed"
    assert refused("A" * (signature.MAX_TOKEN_BYTES + 1)) == "signature.malformed"


def test_too_large_a_payload_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="too large"):
        sign_jws(PRIVATE, KID, TokenType.CALL, bytes(signature.MAX_PAYLOAD_BYTES + 1))


def test_a_note_verifies_and_a_jws_input_never_passes_for_one() -> None:
    text = b"comity/BE.police\n4\nroot\n"
    mark = sign_note(PRIVATE, text)
    verify_note(text, mark, PUBLIC)
    with pytest.raises(ValueError, match="line feed"):
        sign_note(PRIVATE, TOKEN.rsplit(".", 1)[0].encode())
    for bad in ((text + b"\n", mark), (text, mark[:-1]), (text, bytes(64)), (text[:-1], mark)):
        with pytest.raises(PeerError, match=r"signature\."):
            verify_note(*bad, PUBLIC)
