"""The compiled library of group operations, where it was compiled and the processor can run it.

It stands beside its sources. It reads tables whole and compares digits, so that neither branches nor addresses depend
on a scalar, and other threads run meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import CDLL, c_int, c_size_t, c_void_p, create_string_buffer
from functools import cache
from typing import Final

VERSION: Final = 2
"""Of the sources; a library compiled from others is passed over."""

FOLDER: Final = __file__.rpartition("/")[0]
LIBRARY: Final = f"{FOLDER}/evaluate.so"
SOURCES: Final = {
    "lanes.c": ("-O3", "-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mavx512ifma"),
    "evaluate.c": ("-O2",),
}
"""Each source with what its compiler is told."""

MOST_POINTS: Final = 64
"""Points that one sum may have."""


@cache
def library() -> CDLL | None:
    """Return the compiled library, or None where there is none for these sources and this processor."""
    return load(LIBRARY)


def load(path: str) -> CDLL | None:
    """Return the library of a path, or None where it is absent, of other sources, or not for this processor."""
    try:
        loaded = CDLL(path)
    except OSError:
        return None
    loaded.comity_version.restype, loaded.comity_version.argtypes = c_int, []
    if loaded.comity_version() != VERSION:
        return None
    loaded.comity_evaluate.restype = loaded.comity_sum.restype = loaded.comity_times.restype = c_int
    loaded.comity_times.argtypes = [c_void_p, c_void_p, c_size_t, c_void_p]
    loaded.comity_evaluate.argtypes = [c_void_p, c_void_p, c_size_t, c_void_p]
    loaded.comity_sum.argtypes = [c_void_p, c_void_p, c_size_t, c_void_p]
    return loaded


def weighted_sum(native: CDLL, weights: Sequence[bytes], points: Sequence[bytes]) -> bytes | None:
    """Return the sum of points, each times its weight; None where there are too many.

    Args:
        native: the library.
        weights: public reduced scalars of 32 bytes.
        points: as many public encodings that `sodium.is_element` took.
    """
    if len(weights) != len(points) or len(points) > MOST_POINTS:
        return None
    total = create_string_buffer(32)
    status = native.comity_sum(b"".join(weights), b"".join(points), len(points), total)
    return bytes(total) if status == 0 else None
