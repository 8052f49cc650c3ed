"""The migrations build the tables that the models describe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _django(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "COMITY_TEST_DB": "sqlite"}
    environment["PYTHONPATH"] = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "django", *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_no_model_has_changed_without_a_migration() -> None:
    done = _django("makemigrations", "--check", "--dry-run", "-v", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (ROOT / "src" / "comity" / "storage" / "migrations" / "0001_initial.py").exists()


def test_they_apply_to_an_empty_database() -> None:
    done = _django("migrate", "--database", "be", "-v", "1")
    assert done.returncode == 0, done.stderr
    assert "Applying storage.0001_initial... OK" in done.stdout
