"""The two nodes that the attacks are tried on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.services.probe.land import BE, Land, make_land

import comity.services.probe.handlers  # noqa: F401
from comity.core.crypto.encoding import key_id, to_text
from comity.core.crypto.seal import public_of


@pytest.fixture
def land(db: None, tmp_path: Path) -> Land:
    made = make_land(tmp_path)
    made.published()
    return made


@pytest.fixture
def officer_key(land: Land, tmp_path: Path) -> Path:
    """The private key file of the Belgian data-protection officer."""
    path = tmp_path / "officer.json"
    document = {
        "format": "comity-officer-key/1",
        "kid": key_id(public_of(land.secret)),
        "service": BE,
        "private": to_text(land.secret),
    }
    path.write_text(json.dumps(document))
    return path
