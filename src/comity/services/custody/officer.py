"""What only the data-protection officer can read: sealed to a key whose private half never enters the node."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from comity.core.crypto import seal
from comity.core.crypto.encoding import from_text, key_id, to_text
from comity.core.instant import Instant
from comity.errors import ComityError, InputError, NodeError
from comity.services.context import Node
from comity.services.custody.unlock import write_secret_file
from comity.storage import partners

FORMAT = "comity-officer-key/1"


def make_officer_key(node: Node, path: Path, now: Instant) -> None:
    """Make the officer's key pair: private half to a new file, public half to the database.

    Must be called in a transaction.

    Raises:
        InputError: ``file.exists``, ``file.write``.
    """
    private = node.random(seal.PRIVATE_BYTES)
    public = seal.public_of(private)
    document = {"format": FORMAT, "kid": key_id(public), "service": node.service, "private": to_text(private)}
    write_secret_file(path, json.dumps(document, indent=1).encode() + b"\n")
    partners.add_officer_key(node.alias, key_id(public), public, now)


@dataclass(frozen=True, slots=True)
class OfficerKey:
    """The public key of the data-protection officer of the day."""

    kid: str
    public: bytes

    def seal(self, info: bytes, plaintext: bytes) -> bytes:
        """Seal a record.

        Args:
            info: binds the record to its place, e.g. its identifier; needed again to open.
            plaintext: the record.
        """
        return seal.seal(self.public, info, plaintext)


def officer_key(node: Node) -> OfficerKey:
    """Return the key to which records are sealed now.

    Raises:
        NodeError: ``officer.no-key``.
    """
    found = partners.officer_key(node.alias)
    if found is None:
        raise NodeError("officer.no-key")
    return OfficerKey(*found)


def seal_for_officer(node: Node, info: bytes, plaintext: bytes) -> tuple[str, bytes]:
    """Seal one record for the data-protection officer; raises as `officer_key`.

    Returns:
        The key's identifier, the ciphertext.
    """
    key = officer_key(node)
    return key.kid, key.seal(info, plaintext)


def open_as_officer(path: Path, kid: str, info: bytes, ciphertext: bytes) -> bytes:
    """Open a record with the officer's own key file.

    Raises:
        InputError: ``officer.file``, ``officer.other-key``.
        PeerError: ``sealing.altered``.
    """
    try:
        document = json.loads(path.read_bytes())
        private = seal.open_private(from_text(document["private"]))
        held = document["kid"]
    except (OSError, ValueError, KeyError, TypeError, ComityError):
        raise InputError("officer.file") from None
    if held != kid:
        raise InputError("officer.other-key", kid=kid)
    return seal.unseal(private, info, ciphertext)
