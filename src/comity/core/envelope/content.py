"""The content of one message: signed by the author's service, then sealed for the recipient's.

Implements docs/protocol/envelope.md §4. The signed payload names the digest of the header, and the seal is bound to
the same digest, so that neither a content nor a sealed part can be moved under another header.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.core import canonical
from comity.core.crypto.agent import TokenType
from comity.core.crypto.seal import seal
from comity.core.crypto.signature import verify_jws
from comity.core.envelope.fields import Hex64, One, OpenDocument, read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import CONTENT_BYTES, CONTENT_DEPTH, SEALED_BYTES
from comity.errors import InputError, PeerError


class Content(OpenDocument):
    """What the author's service signs: the header's digest and the body."""

    v: One = 1
    header: Hex64
    body: dict[str, Any]


def write_content(header: Header, body: Mapping[str, Any]) -> bytes:
    """Return the canonical payload to be signed as `TokenType.CONTENT`.

    Raises:
        InputError: ``content.too-large``, ``content.too-deep``.
        ValueError: the body is not JSON (a bug of the caller).
    """
    octets = canonical.encode({"v": 1, "header": header.digest, "body": dict(body)})
    try:
        canonical.check_limits(octets, limit=CONTENT_BYTES, depth=CONTENT_DEPTH)
    except PeerError as error:
        code = "content.too-deep" if error.code == "json.too-deep" else "content.too-large"
        raise InputError(code, limit=CONTENT_BYTES) from None
    return octets


def seal_content(token: str, header: Header, public: bytes) -> bytes:
    """Seal a signed content for the key that the header names.

    Args:
        token: the content, signed.
        header: whose digest the content names.
        public: the recipient's sealing key, 1,216 bytes.

    Raises:
        InputError: ``content.too-large``.
        PeerError: ``sealing.key``: the partner's key is unusable.
    """
    sealed = seal(public, header.info, token.encode("ascii"))
    if len(sealed) > SEALED_BYTES:
        raise InputError("content.too-large", limit=SEALED_BYTES)
    return sealed


def unverified_token(octets: bytes) -> str:
    """Return an opened part as text, before its signature is verified.

    Raises:
        PeerError: ``signature.malformed``.
    """
    try:
        return octets.decode("ascii")
    except UnicodeDecodeError:
        raise PeerError("signature.malformed") from None


def open_content(token: str, header: Header, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Verify a content and return its body.

    Args:
        token: what was found under the seal.
        header: verified with the batch.
        keys: the author's signing keys that were valid at the header's signed time.

    Raises:
        PeerError: ``signature.*``, ``json.*``, ``content.malformed``, ``content.header``.
    """
    # 1. The author's signature.
    verified = verify_jws(token, typ=TokenType.CONTENT, keys=keys)
    # 2. Canonical, within the limits.
    content = read_document(
        Content, verified.payload, code="content.malformed", limit=CONTENT_BYTES, depth=CONTENT_DEPTH
    )
    # 3. Written for this header and no other.
    if content.header != header.digest:
        raise PeerError("content.header")
    return content.body
