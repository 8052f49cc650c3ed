"""A security key in software (W3C Web Authentication Level 3, §6), which signs whatever a test makes it sign."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

from comity.core.crypto.encoding import to_text

ORIGIN = "http://localhost:1"
PRESENT, ATTESTED = 0x01, 0x40


@dataclass
class SoftKey:
    """One key, bound to one host.

    Args:
        origin: what the browser would say of the page; a false page says its own.
        host: what the browser would let the key sign for.
    """

    origin: str = ORIGIN
    host: str = "localhost"
    flags: int = PRESENT
    counter: int = 0
    counts: bool = True
    kind: str | None = None
    cross_origin: bool = False
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def number(self) -> bytes:
        """Identifier of the credential."""
        numbers = self.private.public_key().public_numbers()
        return hashlib.sha256(numbers.x.to_bytes(32, "big")).digest()

    def register(self, options: str) -> dict[str, Any]:
        """Answer a registration."""
        cose = cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))
        attested = bytes(16) + len(self.number).to_bytes(2, "big") + self.number + cose
        made = {"fmt": "none", "attStmt": {}, "authData": self._signed(self.flags | ATTESTED) + attested}
        return self._credential(
            clientDataJSON=to_text(self._said("webauthn.create", options)),
            attestationObject=to_text(cbor.encode(made)),
        )

    def sign(self, options: str) -> dict[str, Any]:
        """Answer an assertion."""
        said, octets = self._said("webauthn.get", options), self._signed(self.flags)
        signature = self.private.sign(octets + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=to_text(said), authenticatorData=to_text(octets), signature=to_text(signature)
        )

    def _said(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["publicKey"]["challenge"]
        said = {"type": self.kind or kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**said, "crossOrigin": self.cross_origin}).encode()

    def _signed(self, flags: int) -> bytes:
        self.counter += 1 if self.counts else 0
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _credential(self, **response: str) -> dict[str, Any]:
        number = to_text(self.number)
        return {"id": number, "rawId": number, "type": "public-key", "response": response}
