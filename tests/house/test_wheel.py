"""The wheel holds everything that the node reads at run time, and nothing of the tests."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house import sources

KEPT = (".toml", ".html", ".txt", ".css", ".js", ".svg", ".mo", ".typed", ".woff2", ".py", ".c", ".h")


def test_wheel_is_whole(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=sources.ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    [wheel] = tmp_path.glob("comity-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    tracked = {
        path.relative_to(sources.ROOT / "src").as_posix()
        for path in sources.tracked()
        if sources.PACKAGE in path.parents
    }
    assert {name for name in tracked if name.endswith(KEPT)} - packed == set()
    assert {name for name in packed if name.startswith(("tests/", "bench/"))} == set()
