"""The few static files: vendored ones unchanged, nothing else reachable."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.test import Client
from tests.web.world import DeskWorld

from comity.web.assets import FILES, FOLDER


def test_vendored_files_are_as_their_packages_shipped_them() -> None:
    table = (FOLDER / "vendor" / "VENDOR.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"\| `([^`]+\.js)` \|.*`([0-9a-f]{64})` \|", table))
    kept = {path.name: path for path in (FOLDER / "vendor").glob("*.js")}
    assert set(listed) == set(kept)
    for name, path in kept.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == listed[name]


def test_the_pages_are_light() -> None:
    """At most 250 KB at the first visit; the pages themselves are a few KB."""
    assert sum(path.stat().st_size for path in FILES.values()) < 120_000


@pytest.mark.parametrize("name", ["../settings.py", "vendor/VENDOR.md", "%2e%2e/settings.py", "absent.css"])
def test_nothing_else_is_served(world: DeskWorld, name: str) -> None:
    assert Client().get(f"/assets/{name}").status_code == 404


def test_files_may_be_kept_by_the_browser(world: DeskWorld) -> None:
    for name in FILES:
        answer = Client().get(f"/assets/{name}")
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "max-age=3600"


def test_the_style_mirrors_itself() -> None:
    """Only logical properties, so that Arabic pages need no second style sheet."""
    style = (FOLDER / "desk.css").read_text(encoding="utf-8")
    physical = re.findall(
        r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)|float:|[; ]left:|[; ]right:",
        style,
    )
    assert physical == []
