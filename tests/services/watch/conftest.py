"""The land of the tests of what watches searches: Morocco's index is published, Belgium asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.services.probe.land import Land, make_land

from comity.services import wiring


@pytest.fixture
def land(db: None, tmp_path: Path) -> Land:
    wiring.connect()
    made = make_land(tmp_path)
    made.published()
    return made
