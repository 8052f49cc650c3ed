"""Seals a stream of any length in chunks (AES-256-GCM in the STREAM construction of Hoang, Reyhanitabar, Rogaway, Vizár 2015).

Each chunk's nonce is its number and a mark of the last one: chunks cannot be dropped, repeated, reordered or cut off
without notice, and nothing of a chunk is given out before it was verified. The key serves one stream only: it is
derived from the long-term key and a fresh salt, which is also the associated data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from comity.errors import InputError

SALT_BYTES = 32
CHUNK_BYTES = 65_536
TAG_BYTES = 16
MAX_CHUNKS = 2**32


def seal_stream(key: bytes, salt: bytes, context: bytes, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the sealed chunks of a stream.

    Args:
        key: long-term key, 32 bytes.
        salt: 32 fresh random bytes; travels in the clear.
        context: what the stream is, bound to every chunk.
        blocks: the plaintext in blocks of any size.

    Raises:
        ValueError: key or salt of the wrong length.
    """
    cipher, number, held = _cipher(key, salt, context), 0, bytearray()
    for block in blocks:
        held += block
        while len(held) > CHUNK_BYTES:
            yield cipher.encrypt(_nonce(number, last=False), bytes(held[:CHUNK_BYTES]), salt + context)
            del held[:CHUNK_BYTES]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(held), salt + context)


def open_stream(key: bytes, salt: bytes, context: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the plaintext of a sealed stream, chunk by chunk, each verified.

    Args:
        key: long-term key, 32 bytes.
        salt: as it was sealed.
        context: as it was sealed.
        chunks: the sealed chunks; all but the last have `CHUNK_BYTES` + `TAG_BYTES`.

    Raises:
        InputError: ``stream.altered``: wrong key, changed, shortened or lengthened.
    """
    cipher = _cipher(key, salt, context)
    waiting: bytes | None = None
    number = 0
    for chunk in chunks:
        if waiting is not None:
            yield _open(cipher, number, waiting, salt + context, last=False)
            number += 1
        waiting = chunk
    if waiting is None:
        raise InputError("stream.altered")
    yield _open(cipher, number, waiting, salt + context, last=True)


class Blocks:
    """Seals and opens the numbered blocks of one file, each by itself, so that any of them can be read alone.

    Args:
        key: long-term key, 32 bytes.
        salt: 32 fresh random bytes for each file; travels in the clear.
        context: what the file is, bound to every block.
    """

    def __init__(self, key: bytes, salt: bytes, context: bytes) -> None:
        self._cipher, self._bound = _cipher(key, salt, b"blocks|" + context), salt + context

    def seal(self, number: int, block: bytes) -> bytes:
        """Return a sealed block; a number seals one block only."""
        return self._cipher.encrypt(_nonce(number, last=False), block, self._bound)

    def open(self, number: int, sealed: bytes) -> bytes:
        """Return the block of a number.

        Raises:
            InputError: ``stream.altered``.
        """
        return _open(self._cipher, number, sealed, self._bound, last=False)


def _open(cipher: AESGCM, number: int, chunk: bytes, bound: bytes, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), chunk, bound)
    except InvalidTag:
        raise InputError("stream.altered") from None


def _nonce(number: int, *, last: bool) -> bytes:
    if number >= MAX_CHUNKS:
        raise ValueError("the stream is too long")
    return bytes(7) + number.to_bytes(4, "big") + bytes([last])


def _cipher(key: bytes, salt: bytes, context: bytes) -> AESGCM:
    if len(key) != 32 or len(salt) != SALT_BYTES:
        raise ValueError("a key and a salt have 32 bytes each")
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"comity/1 stream " + context).derive(key))
