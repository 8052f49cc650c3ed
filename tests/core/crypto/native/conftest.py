"""The native evaluation, compiled once for these tests; where it cannot be, they say so."""

from __future__ import annotations

from ctypes import CDLL
from pathlib import Path

import pytest

from comity.core.crypto.native import library
from comity.errors import NodeError
from comity.services.custody import native


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CDLL:
    target: Path = tmp_path_factory.mktemp("native") / "evaluate.so"
    try:
        native.compile_native(target)
    except NodeError as error:
        if error.code in ("probe.native-processor", "probe.native-compiler"):
            pytest.skip(f"the native evaluation cannot be tried on this machine: {error.code}")
        raise
    loaded = library.load(str(target))
    assert loaded is not None
    return loaded
