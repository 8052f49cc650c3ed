"""Where the public lists for tests are, if they are there; none of them is part of the project."""

from __future__ import annotations

import pytest
from tests import datasets

FOLDER = datasets.FOLDER / "lists"


def octets(name: str) -> bytes:
    """Return a list's bytes, or skip the test where the lists are not at hand."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip("the public lists are not at hand (COMITY_TEST_DATA)")
    return path.read_bytes()
