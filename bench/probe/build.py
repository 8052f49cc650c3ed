"""What building an index takes: ``python -m bench.probe.build [--persons 1000000]``.

One process holds register, keys and builder; names are read in processes of their own. Memory is what stays true on a loaded
machine: the greatest resident size of the builder and of a process that reads names, and the bytes of the runs on the disk.
Processor time is that of the whole build, comparison and transaction included; the register is that of `bench/people`. Then
the place of birth of every thousandth person changes, and a day's delta is built.
"""

from __future__ import annotations

import csv
import io
import resource
import time
from pathlib import Path
from typing import Any

from bench.probe.inside import run

SEED = 11
EVERY = 1000
MOVED = ("Liège", "Namur")
"""Where the changed persons were born: the second, for who was born in the first."""


def _built(folder: Path, persons: int) -> dict[str, Any]:
    from tests.services.probe.land import BE, GROUP, imported, make_land

    from bench.people.__main__ import write as write_people
    from comity.core.codes.exchange import Regime
    from comity.core.crypto.native.library import library
    from comity.services.probe.building.runs import Runs
    from comity.services.probe.index import Stage, publish

    land = make_land(folder, ())
    write_people(folder / "people", persons, 1, SEED, 0)
    imported(land.ma, (folder / "people" / "a.csv").read_bytes())
    land.clock.forward(
        hours=1
    )  # the clock stands still; what changed in the same moment as a build begins is looked at again
    begins: dict[Stage, float] = {}
    octets = [0]
    removed = Runs.remove

    def measured(self: Runs) -> None:
        octets[0] = sum(path.stat().st_size for path in self._folder.iterdir())
        removed(self)

    Runs.remove = measured  # type: ignore[method-assign]  # measures, and does the same
    Path("/proc/self/clear_refs").write_text("5")
    own, others = _spent(resource.RUSAGE_SELF), _spent(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    made = publish(
        land.ma,
        BE,
        Regime.POLICE,
        GROUP,
        progress=lambda stage, *_: begins.setdefault(stage, time.perf_counter()) and None,
    )
    ended = time.perf_counter()
    tokens = made.entries + made.overflow
    own, others = _spent(resource.RUSAGE_SELF) - own, _spent(resource.RUSAGE_CHILDREN) - others
    peak = round(_peak() / 1024)
    changes, changed = _moved(folder / "people" / "a.csv")
    imported(land.ma, changes)
    land.clock.forward(hours=1)
    begun_again = time.perf_counter()
    delta = publish(land.ma, BE, Regime.POLICE, GROUP)
    delta_seconds = round(time.perf_counter() - begun_again, 1)
    return {
        "persons": persons,
        "records": made.records,
        "tokens": tokens,
        "overflow": made.overflow,
        "bytes_per_record": round(made.size / made.records),
        "bytes_of_runs_per_token": round(octets[0] / tokens, 1),
        "native_evaluation": library() is not None,
        "peak_mb": peak,
        "peak_mb_of_a_process_that_reads_names": round(
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        ),
        "seconds": round(ended - begun, 1),
        "seconds_until": {
            stage.value: round(moment - begun, 1)
            for stage, moment in begins.items()
            if stage != Stage.COMPARING
        },
        "processor_us_per_token": round(1e6 * (own + others) / tokens, 1),
        "of_it_reading_names": round(1e6 * others / tokens, 1),
        "delta_changed_records": changed,
        "delta_tokens": delta.entries + delta.overflow,
        "delta_bytes": delta.size,
        "delta_seconds": delta_seconds,
    }


def _moved(register: Path) -> tuple[bytes, int]:
    """Return the lines of every thousandth person, born elsewhere now, as a register of its own, and how many there are."""
    text = io.StringIO()
    with register.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        writer = csv.DictWriter(text, list(rows.fieldnames or ()))
        writer.writeheader()
        number = 0
        for place, row in enumerate(rows):
            if place % EVERY == 0:
                row["pob"] = MOVED[row["pob"] == MOVED[0]]
                writer.writerow(row)
                number += 1
    return text.getvalue().encode(), number


def _spent(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def _peak() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    run("build", 100_000, _built, sized=True)
