"""What a day's change costs an issuer: ``python -m bench.probe.layers``.

Publishes an index of a fictitious register, changes 0.1 % of it, and publishes again: once as a delta, once as the whole
index that was needed before. Counted are evaluations of tokens and bytes; both are the same under any load.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from bench.probe.inside import run

SEED = 11
SHARE = 0.001


def _count(folder: Path, persons: int) -> dict[str, Any]:
    from tests.services.probe.land import BE, GROUP, imported, make_land

    from comity.core.codes.exchange import Regime
    from comity.core.crypto.agent import ProbeKeyId
    from comity.core.crypto.voprf.layout import KeyClass
    from comity.demo.population import write_registers
    from comity.services.probe.index import Published, publish

    land = make_land(folder, ())
    register = _findable(write_registers(folder / "registers", persons, SEED).ma.read_bytes())
    tokens, honest = [0], land.ma.keys.evaluate_own

    def counted(key: ProbeKeyId, inputs: Any) -> Any:
        if key.key_class is not KeyClass.OPENING:
            tokens[0] += len(inputs)
        return honest(key, inputs)

    land.ma.keys.evaluate_own = counted  # type: ignore[method-assign]  # counts, and does the same

    def published(*, force: bool = False) -> dict[str, int]:
        tokens[0] = 0
        made: Published = publish(land.ma, BE, Regime.POLICE, GROUP, force=force)
        return {"records": made.records, "tokens_evaluated": tokens[0], "bytes_published": made.size}

    imported(land.ma, register)
    base = published()
    changed, rows = _changed(register)
    imported(land.ma, changed)
    return {
        "changed_records": rows,
        "base": base,
        "delta": published(),
        "whole_index_again": published(force=True),
    }


def _changed(octets: bytes) -> tuple[bytes, int]:
    """Return a register in which every thousandth person was born in another place, and how many did change."""
    rows = _rows(octets)
    wanted = range(0, len(rows), round(1 / SHARE))
    for place in wanted:
        rows[place]["pob_ar"] = "طنجة" if rows[place]["pob_ar"] != "طنجة" else "وجدة"
    return _written(rows), len(wanted)


def _findable(octets: bytes) -> bytes:
    """Return a register in which everybody but who may be a minor can be found."""
    return _written(
        [{**row, "category": "suspect", "purpose": "drugs", "taints": ""} for row in _rows(octets)]
    )


def _rows(octets: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(octets.decode())))


def _written(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


if __name__ == "__main__":
    run("layers", 5000, _count)
