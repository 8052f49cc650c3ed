"""The land of the tests of the private search."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.services.probe.land import Land, make_land

import comity.services.probe.handlers  # noqa: F401


@pytest.fixture
def land(db: None, tmp_path: Path) -> Land:
    return make_land(tmp_path)
