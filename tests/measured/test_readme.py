"""Every figure of the README stands in a committed result: a row names the file, the place in it, and the figure."""

from __future__ import annotations

import json
import re
from typing import Any

from bench.report import RESULTS
from tests.house.sources import ROOT

ROW = re.compile(r"^\| .+ \| (?P<figures>[^|]+) \| `(?P<file>[\w-]+\.json)`: (?P<places>[^|]+) \|$")


def rows() -> list[re.Match[str]]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## What was measured", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    found = [ROW.match(line) for line in lines]
    assert None not in found
    return [row for row in found if row is not None]


def value(results: Any, place: str) -> float:
    for name in place.split("/"):
        results = results[name]
    return float(results)


def test_every_figure_is_that_of_its_result() -> None:
    assert len(rows()) >= 4
    for row in rows():
        results = json.loads((RESULTS / row["file"]).read_text(encoding="utf-8"))["results"]
        figures = [
            float(each) for each in re.findall(r"\d[\d,]*\.?\d*|\.\d+", row["figures"].replace(",", ""))
        ]
        places = re.findall(r"`([^`]+)`", row["places"])
        assert len(figures) == len(places), row[0]
        for figure, place in zip(figures, places, strict=True):
            shown = len(str(figure).split(".")[1].rstrip("0"))
            assert figure == round(value(results, place), shown), (place, figure)
