"""What may never be committed, and what the lock files promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.house import sources

TEXT = [
    path
    for path in sources.tracked()
    if path.suffix not in (".mo", ".png", ".woff2", ".ico", ".sqlite", ".pdf")
]
LOCKS = [sources.ROOT / "requirements" / f"{one}.lock" for one in ("run", "dev")]

REGISTRY_HOSTS = (
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "crates" + ".io",
    "anaconda" + ".org",
)
INDEX_OPTIONS = ("--index" + "-url", "--extra-index" + "-url", "--find" + "-links")
MACHINE_PATHS = ("/" + "work/", "/tmp" + "/w/", "/root" + "/", "/home" + "/", "/opt/" + "pypi")


def _lines(path: Path, *needles: str) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return [line[:160] for line in text.splitlines() if any(needle in line for needle in needles)]


def test_no_registry_host_and_no_machine_path() -> None:
    assert sources.offences(TEXT, lambda path: _lines(path, *REGISTRY_HOSTS, *MACHINE_PATHS)) == {}


def test_no_index_option() -> None:
    writers = ("lock.sh",)
    paths = [path for path in TEXT if path.name not in writers]
    assert sources.offences(paths, lambda path: _lines(path, *INDEX_OPTIONS)) == {}


@pytest.mark.parametrize("path", LOCKS, ids=sources.name)
def test_lock_pins_every_package_with_hashes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert len(packages) > 30
    for package in packages:
        assert re.match(r"[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==\S+", package), package[:80]
        assert "--hash=sha256:" in package


def test_what_runs_is_a_part_of_what_tests() -> None:
    run, dev = (
        set(re.findall(r"^(\S+==\S+)", path.read_text(encoding="utf-8"), flags=re.M)) for path in LOCKS
    )
    assert run - dev == set()


def test_lock_follows_the_project() -> None:
    """Each direct dependency stands in the lock at the version that `pyproject.toml` names."""
    import tomllib

    project = tomllib.loads((sources.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = LOCKS[1].read_text(encoding="utf-8")
    for one in wanted:
        plain = re.sub(r"\[.*?\]", "", one).lower()
        assert re.search(rf"^{re.escape(plain)}( |$)", locked.replace(" \\", ""), flags=re.M), one


def test_runtime_is_free_of_test_tools() -> None:
    locked = LOCKS[0].read_text(encoding="utf-8")
    for tool in ("playwright", "pytest", "mypy", "hypothesis", "ruff", "pyicu"):
        assert not re.search(rf"^{tool}==", locked, flags=re.M | re.I)
