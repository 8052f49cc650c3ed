"""Keeps the private keys out of core dumps and away from debuggers of the same user (Linux)."""

from __future__ import annotations

import ctypes
import resource

from comity.errors import NodeError

_PR_SET_DUMPABLE = 4


def harden() -> None:
    """Forbid core dumps and attaching to this process.

    Raises:
        NodeError: ``keys.hardening``: the system refuses.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise NodeError("keys.hardening")
