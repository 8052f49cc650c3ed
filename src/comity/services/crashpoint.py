"""Named points at which a test may kill the process; without the variable they do nothing.

``COMITY_CRASH_POINTS`` names a folder. A point is armed by a file of its name; whoever reaches it first turns the file
into ``NAME.hit`` and dies by SIGKILL, as in a power cut of this one process.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

VARIABLE = "COMITY_CRASH_POINTS"

POINTS = (
    "submit.before-commit",
    "submit.after-commit",
    "deliver.claimed",
    "deliver.before-fix",
    "deliver.fixed",
    "deliver.sent",
    "deliver.before-receipt",
    "deliver.after-receipt",
    "receive.verified",
    "receive.before-commit",
    "receive.after-commit",
    "receive.signed",
)
"""Every point of the exchange; the kill test reaches each at least once."""

RECOVERY_POINTS = ("fetch.verified", "fetch.before-commit", "fetch.after-commit")
"""Points of fetching again after a restore, which has a kill test of its own."""

_folder = Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def reach(point: str) -> None:
    """Die here if a test has armed this point.

    Raises:
        ValueError: the point is in neither list (a bug of the caller).
    """
    if _folder is None:
        return
    if point not in POINTS and point not in RECOVERY_POINTS:
        raise ValueError(point)
    armed = _folder / point
    try:
        armed.rename(_folder / f"{point}.{os.getpid()}.hit")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
