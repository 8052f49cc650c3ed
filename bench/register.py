"""Measures the import of registers and lists: ``python -m bench.register``.

Imports a fictitious register of 20,000 persons and, when they are at hand, the complete OFAC and UN lists, into an
encrypted SQLite file with ``synchronous=FULL`` (or PostgreSQL with ``COMITY_TEST_DB=postgresql``).
"""

from __future__ import annotations

import hashlib
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
PERSONS, SEED = 20_000, 11
LISTS = Path(os.environ.get("COMITY_TEST_DATA", str(Path(__file__).parents[2] / "shared" / "data"))) / "lists"


def main() -> None:
    """Run all and write the result."""
    import django

    django.setup()
    from django.test.runner import DiscoverRunner
    from django.test.utils import setup_test_environment

    from bench.report import write

    setup_test_environment()
    from django.conf import settings

    settings.MIGRATION_MODULES = {"storage": None}
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases(aliases={"be": False}, serialized_aliases=set())
    try:
        with tempfile.TemporaryDirectory() as folder:
            results = _measure(Path(folder))
    finally:
        runner.teardown_databases(databases)
    engine = os.environ.get("COMITY_TEST_DB", "sqlite")
    results["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    command = "python -m bench.register"
    write(f"register-{engine}", f"COMITY_TEST_DB={engine} {command}", results)


def _measure(folder: Path) -> dict[str, Any]:
    from tests.services.register.desk import files, order, service

    from comity.demo.population import write_registers
    from comity.services.register.order import Format

    node = service(folder)
    registers = write_registers(folder / "registers", PERSONS, SEED)
    results: dict[str, Any] = {}
    csv_file = files(registers.ma.read_bytes())
    results["csv_20000_persons"] = _import(node, order(Format.CSV, "bench"), csv_file)
    results["csv_20000_persons_again"] = _import(node, order(Format.CSV, "bench"), csv_file)
    if (LISTS / "ofac_sdn.csv").exists():
        beside = {name: (LISTS / f"ofac_{part}.csv").read_bytes() for name, part in _BESIDE.items()}
        ofac = files((LISTS / "ofac_sdn.csv").read_bytes(), **beside)
        results["ofac_complete"] = _import(node, order(Format.OFAC, "ofac"), ofac)
    if (LISTS / "un_consolidated_part.xml").exists():
        un = files((LISTS / "un_consolidated_part.xml").read_bytes())
        results["un_list"] = _import(node, order(Format.UN, "un"), un)
    return results


_BESIDE = {"alt": "alt", "add": "add", "comments": "sdn_comments"}


def _import(node: Any, asked: Any, read: Any) -> dict[str, Any]:
    from tests.services.register.desk import KEEPER

    from comity.services.register.import_ import import_register

    started, processor = time.perf_counter(), time.process_time()
    report = import_register(node, KEEPER, asked, read)
    seconds, used = time.perf_counter() - started, time.process_time() - processor
    return {
        "rows": report.counts.rows,
        "subjects": report.counts.stored,
        "refused_rows": report.counts.refused,
        "seconds": round(seconds, 2),
        "processor_seconds": round(used, 2),
        "rows_per_second": round(report.counts.rows / seconds),
        "file_digest": hashlib.sha256(read.digest.encode()).hexdigest()[:16],
    }


if __name__ == "__main__":
    main()
