"""The journal of erasures: durable, chained, tolerant of a cut last line only."""

from __future__ import annotations

from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from comity.errors import NodeError
from comity.storage.recovery.journal import append, lines

AT = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)


def _many(path: Path, name: str) -> None:
    for number in range(50):
        append(path, "subject", (f"{name}-{number}",), AT)


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "journal" / "erasures.log"
    for number in range(300):
        append(path, "subject", (f"{number:032x}",) * (1 + number % 7), AT)
    found = list(lines(path))
    assert [line.number for line in found] == list(range(300))
    assert found[8].ids == (f"{8:032x}",) * 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_cut_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "erasures.log"
    _many(path, "a")
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert len(list(lines(path))) == 49
    append(path, "subject", ("b",), AT)
    assert [line.ids for line in lines(path)][-2:] == [("a-48",), ("b",)]
    path.write_bytes(whole[:7])
    append(path, "subject", ("c",), AT)
    assert [line.ids for line in lines(path)] == [("c",)]


@pytest.mark.parametrize("change", ["flip", "omit", "swap", "first"])
def test_any_other_change_is_noticed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "erasures.log"
    _many(path, "a")
    rows = path.read_bytes().splitlines(keepends=True)
    if change == "flip":
        rows[10] = rows[10].replace(b"a-10", b"a-11")
    elif change == "omit":
        del rows[10]
    elif change == "swap":
        rows[10], rows[11] = rows[11], rows[10]
    else:
        del rows[0]
    path.write_bytes(b"".join(rows))
    with pytest.raises(NodeError, match=r"journal\.damaged"):
        list(lines(path))


def test_two_processes_append_at_once(tmp_path: Path) -> None:
    path = tmp_path / "erasures.log"
    context = get_context("spawn")
    workers = [context.Process(target=_many, args=(path, name)) for name in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert len(list(lines(path))) == 100


def test_a_missing_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=r"journal\.missing"):
        list(lines(tmp_path / "none"))
