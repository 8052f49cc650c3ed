"""Runs a measurement of the private search in one process, on databases of its own that go with it."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def run(
    name: str, default: int, measure: Callable[[Path, int], dict[str, Any]], *, sized: bool = False
) -> None:
    """Read the number of persons, measure, and write the result.

    Args:
        name: of the module and of the result.
        default: persons.
        measure: is given a folder and the number of persons.
        sized: whether the result's name says how many.
    """
    import django

    django.setup()
    from django.conf import settings
    from django.test.runner import DiscoverRunner

    from bench.report import write

    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=default)
    persons = parser.parse_args().persons
    settings.MIGRATION_MODULES = {"storage": None}
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases(aliases={"be": False, "ma": False}, serialized_aliases=set())
    try:
        with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
            results = measure(Path(folder), persons)
    finally:
        runner.teardown_databases(databases)
    result = f"probe-{name}-{persons}" if sized else f"probe-{name}"
    write(result, f"python -m bench.probe.{name} --persons {persons}", results)
