"""Our compact JWS against joserfc, an implementation that is not ours: each reads what the other writes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey

from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import key_id
from comity.core.crypto.signature import sign_jws, verify_jws
from comity.errors import PeerError

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
KID = key_id(PUBLIC)
HEADER = {"alg": "Ed25519", "kid": KID, "typ": TokenType.CONTENT.value}


@pytest.mark.parametrize("payload", [b"", b"{}", b"x" * 1000])
def test_the_other_reads_ours(payload: bytes) -> None:
    token = sign_jws(PRIVATE, KID, TokenType.CONTENT, payload)
    read = jws.deserialize_compact(token, OKPKey.import_key(PRIVATE), algorithms=["Ed25519"])
    assert read.payload == payload
    assert read.headers() == HEADER


@pytest.mark.parametrize("payload", [b"", b"{}", b"x" * 1000])
def test_we_read_the_other(payload: bytes) -> None:
    token = jws.serialize_compact(HEADER, payload, OKPKey.import_key(PRIVATE), algorithms=["Ed25519"])
    assert verify_jws(token, typ=TokenType.CONTENT, keys={KID: PUBLIC}).payload == payload
    assert token == sign_jws(PRIVATE, KID, TokenType.CONTENT, payload)


def test_large_payloads_are_read() -> None:
    payload = b"x" * 1_000_000
    token = sign_jws(PRIVATE, KID, TokenType.BATCH, payload)
    assert verify_jws(token, typ=TokenType.BATCH, keys={KID: PUBLIC}).payload == payload
    with pytest.raises(PeerError, match=r"signature\.type"):
        verify_jws(token, typ=TokenType.CONTENT, keys={KID: PUBLIC})
