"""libsodium, as far as the private search needs it: the ristretto255 group (RFC 9496), its scalars, SHA-512.

The library is the system's own (Debian: ``libsodium23``), loaded by its versioned name, so that nothing is searched
for, no compiler or `ldconfig` is started and no file is written. It multiplies in constant time. Every wrapper checks
the sizes of what it passes, because the library reads as far as it expects to.

Secrets stand in `Secret`: buffers that are overwritten by `wipe`. What Python cannot do: forget the `bytes` that a
caller holds, or keep a page out of swap; see docs/protocol/probe.md §10.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import (
    CDLL,
    Array,
    c_char,
    c_char_p,
    c_int,
    c_size_t,
    c_ulonglong,
    c_void_p,
    create_string_buffer,
    memmove,
    memset,
)
from functools import cache
from typing import Final, NoReturn

from comity.errors import NodeError

POINT_BYTES: Final = 32
SCALAR_BYTES: Final = 32
WIDE_BYTES: Final = 64
"""Bytes that are reduced to a scalar, or mapped to a point."""

IDENTITY: Final = bytes(POINT_BYTES)
ORDER: Final = (1 << 252) + 27742317777372353535851937790883648493
"""Order of the group (RFC 9496 §4)."""

PRIME: Final = (1 << 255) - 19
"""Modulus of the field (RFC 9496 §4.1)."""

SONAMES: Final = ("libsodium.so.23", "libsodium.so.26")
LEAST: Final = (1, 0, 18)
"""First version with ristretto255."""

Buffer = Array[c_char]


class Secret:
    """A scalar that nobody else may see; compared, printed and stored by nobody, wiped when it is let go."""

    __slots__ = ("buffer",)

    def __init__(self) -> None:
        self.buffer = create_string_buffer(SCALAR_BYTES)

    @classmethod
    def of(cls, octets: bytes) -> Secret:
        """Return the secret form of 32 bytes; the bytes themselves stay as long as their holder keeps them."""
        _sized(octets, SCALAR_BYTES)
        made = cls()
        memmove(made.buffer, octets, SCALAR_BYTES)
        return made

    def revealed(self) -> bytes:
        """Return the 32 bytes, for what is no secret any more; they cannot be wiped."""
        return bytes(self.buffer)

    def wipe(self) -> None:
        """Overwrite with zeros."""
        memset(self.buffer, 0, SCALAR_BYTES)

    def __del__(self) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "Secret()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not stored")


Scalar = bytes | Secret


def require() -> str:
    """Return the version of the library.

    Raises:
        NodeError: ``probe.sodium-missing``, ``probe.sodium-old``.
    """
    return str(library().sodium_version_string().decode("ascii", "replace"))


@cache
def library() -> CDLL:
    """Return the loaded library; an absent one is looked for again at the next call.

    Raises:
        NodeError: ``probe.sodium-missing``, ``probe.sodium-old``.
    """
    loaded = _load()
    loaded.sodium_version_string.restype = c_char_p
    version = str(loaded.sodium_version_string().decode("ascii", "replace"))
    if _numbers(version) < LEAST or not hasattr(loaded, "crypto_scalarmult_ristretto255"):
        raise NodeError("probe.sodium-old", found=version, least=".".join(map(str, LEAST)))
    if loaded.sodium_init() < 0:
        raise NodeError("probe.sodium-missing")
    _declare(loaded)
    return loaded


def is_element(octets: bytes) -> bool:
    """Tell whether bytes are the canonical encoding of a point other than the identity (public input)."""
    # libsodium 1.0.18 ignores the highest bit: without this check each point would have a second encoding, and the
    # identity one that is not zero (RFC 9496 §4.3.1, step 1).
    if len(octets) != POINT_BYTES or octets == IDENTITY or int.from_bytes(octets, "little") >= PRIME:
        return False
    return bool(library().crypto_core_ristretto255_is_valid_point(octets) == 1)


def is_scalar(octets: bytes) -> bool:
    """Tell whether bytes are the canonical encoding of a scalar (public input only: not constant time)."""
    return len(octets) == SCALAR_BYTES and int.from_bytes(octets, "little") < ORDER


def from_uniform(octets: bytes) -> bytes:
    """Return the point of 64 uniform bytes (RFC 9496 §4.3.4)."""
    _sized(octets, WIDE_BYTES)
    point = create_string_buffer(POINT_BYTES)
    library().crypto_core_ristretto255_from_hash(point, octets)
    return bytes(point)


def multiply(scalar: Scalar, point: bytes) -> bytes | None:
    """Return a multiple of a point; None where it is the identity or the point is none."""
    _sized(point, POINT_BYTES)
    product = create_string_buffer(POINT_BYTES)
    if library().crypto_scalarmult_ristretto255(product, _raw(scalar), point) != 0:
        return None
    return bytes(product)


def multiply_generator(scalar: Scalar) -> bytes | None:
    """Return a multiple of the generator; None where it is the identity."""
    product = create_string_buffer(POINT_BYTES)
    if library().crypto_scalarmult_ristretto255_base(product, _raw(scalar)) != 0:
        return None
    return bytes(product)


def add(one: bytes, other: bytes) -> bytes | None:
    """Return the sum of two points; None where one of them is no point."""
    _sized(one, POINT_BYTES)
    _sized(other, POINT_BYTES)
    total = create_string_buffer(POINT_BYTES)
    if library().crypto_core_ristretto255_add(total, one, other) != 0:
        return None
    return bytes(total)


def weighted_sum(weights: Sequence[bytes], points: Sequence[bytes]) -> bytes | None:
    """Return the sum of points, each times its weight; None where a product is the identity or a point is none."""
    total: bytes | None = IDENTITY
    for weight, point in zip(weights, points, strict=True):
        product = multiply(weight, point)
        total = None if product is None or total is None else add(total, product)
    return total


def reduced(wide: bytes) -> bytes:
    """Return 64 bytes as a little-endian number modulo the order; for public values."""
    _sized(wide, WIDE_BYTES)
    scalar = create_string_buffer(SCALAR_BYTES)
    library().crypto_core_ristretto255_scalar_reduce(scalar, wide)
    return bytes(scalar)


def reduced_secret(wide: Buffer) -> Secret:
    """Return 64 secret bytes as a number modulo the order, and wipe them."""
    _sized(wide, WIDE_BYTES)
    made = Secret()
    library().crypto_core_ristretto255_scalar_reduce(made.buffer, wide)
    wipe(wide)
    return made


def digest_secret(*parts: bytes | Buffer) -> Buffer:
    """Return the SHA-512 of the parts in a buffer that the caller wipes; no copy of them is made."""
    sodium = library()
    state = create_string_buffer(sodium.crypto_hash_sha512_statebytes())
    digest = create_string_buffer(WIDE_BYTES)
    sodium.crypto_hash_sha512_init(state)
    for part in parts:
        sodium.crypto_hash_sha512_update(state, part, len(part))
    sodium.crypto_hash_sha512_final(state, digest)
    wipe(state)
    return digest


def wipe(buffer: Buffer) -> None:
    """Overwrite a buffer with zeros."""
    memset(buffer, 0, len(buffer))


def times(one: Scalar, other: Scalar) -> Secret:
    """Return the product of two scalars."""
    product = Secret()
    library().crypto_core_ristretto255_scalar_mul(product.buffer, _raw(one), _raw(other))
    return product


def minus(one: Scalar, other: Scalar) -> Secret:
    """Return the difference of two scalars."""
    difference = Secret()
    library().crypto_core_ristretto255_scalar_sub(difference.buffer, _raw(one), _raw(other))
    return difference


def inverse(scalar: Scalar) -> Secret:
    """Return the inverse of a scalar.

    Raises:
        ValueError: it is zero, which happens with probability 2^-252 unless the caller has a bug.
    """
    found = Secret()
    if library().crypto_core_ristretto255_scalar_invert(found.buffer, _raw(scalar)) != 0:
        raise ValueError("zero has no inverse")
    return found


def _raw(scalar: Scalar) -> bytes | Buffer:
    if isinstance(scalar, Secret):
        return scalar.buffer
    _sized(scalar, SCALAR_BYTES)
    return scalar


def _sized(octets: bytes | Buffer, size: int) -> None:
    if len(octets) != size:
        raise ValueError(f"{size} bytes are needed")


def _load() -> CDLL:
    for name in SONAMES:
        try:
            return CDLL(name)
        except OSError:
            continue
    raise NodeError("probe.sodium-missing")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))


def _declare(loaded: CDLL) -> None:
    """State the C signatures (libsodium manual, "Ristretto" and "SHA-2")."""
    pointer, status = c_void_p, c_int
    for name, result, arguments in (
        ("crypto_core_ristretto255_is_valid_point", status, [pointer]),
        ("crypto_core_ristretto255_from_hash", status, [pointer] * 2),
        ("crypto_core_ristretto255_add", status, [pointer] * 3),
        ("crypto_scalarmult_ristretto255", status, [pointer] * 3),
        ("crypto_scalarmult_ristretto255_base", status, [pointer] * 2),
        ("crypto_core_ristretto255_scalar_reduce", None, [pointer] * 2),
        ("crypto_core_ristretto255_scalar_mul", None, [pointer] * 3),
        ("crypto_core_ristretto255_scalar_sub", None, [pointer] * 3),
        ("crypto_core_ristretto255_scalar_invert", status, [pointer] * 2),
        ("crypto_hash_sha512_statebytes", c_size_t, []),
        ("crypto_hash_sha512_init", status, [pointer]),
        ("crypto_hash_sha512_update", status, [pointer, pointer, c_ulonglong]),
        ("crypto_hash_sha512_final", status, [pointer, pointer]),
    ):
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
