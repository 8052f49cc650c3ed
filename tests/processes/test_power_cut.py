"""After a power cut at any moment, everything that was acknowledged is there (product promise P1).

The node's own acceptance path runs on the shipped database library while every write, truncation, flush, creation and
removal in its folder is recorded (LD_PRELOAD). Then the power is cut in a model of the disk: after each operation, with
what was not flushed lost, kept, kept in part, or torn at 512 bytes. Each image is opened with the node's key. As a
control, the same with ``synchronous=NORMAL`` must lose acknowledged messages; if it did not, the test would see nothing.

The -shm file is a memory map, so that it is not recorded; it is never read after a cut, because the first connection
rebuilds it from the write-ahead log.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2
from tests.processes.powercut.driver import ACKNOWLEDGED, KEY, READY
from tests.processes.powercut.replay import Disk, Fate, Operation, read_record

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(
        shutil.which("gcc") is None, reason="needs gcc (Debian: apt-get install gcc libc6-dev)"
    ),
    pytest.mark.skipif(os.environ.get("COMITY_TEST_DB") == "postgresql", reason="of the embedded database"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="LD_PRELOAD is Linux"),
]

HERE = Path(__file__).parent / "powercut"
QUICK_CUTS = 200


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled recorder."""
    library = tmp_path_factory.mktemp("recorder") / "recorder.so"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-o", library, HERE / "recorder.c", "-ldl", "-lpthread"],
        check=True,
    )
    return library


def record(recorder: Path, folder: Path, level: str, batches: int) -> tuple[Path, Path]:
    """Run the driver under the recorder; return the recorded folder and the record."""
    recipient, sender, log = folder / "recipient", folder / "sender", folder / "record"
    for one in (recipient, sender):
        one.mkdir()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("COMITY", "DJANGO"))
    }
    environment |= {
        "LD_PRELOAD": str(recorder),
        "RECORD_DIR": str(recipient),
        "RECORD_LOG": str(log),
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[2] / "src"), str(HERE.parents[2])]),
    }
    command = [
        sys.executable,
        "-m",
        "tests.processes.powercut.driver",
        recipient,
        sender,
        level,
        str(batches),
        "1",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return recipient, log


@dataclass
class Survey:
    """What cutting a record at many points showed."""

    operations: int
    flushes: int
    cuts: int
    lost: Counter[Fate]
    broken: list[str]
    acknowledged: int
    checkpoints: int


def survey(folder: Path, log: Path, place: Path, cuts: int | None) -> Survey:
    """Cut at `cuts` points (all, when None), around every flush first, and open what is left."""
    operations = list(read_record(log))
    start = _ready_at(operations, folder)
    chance = random.Random(7)
    points = _points(operations, start, cuts, chance)
    disk, result = Disk(str(folder)), Survey(len(operations) - start, 0, 0, Counter(), [], 0, 0)
    promised: list[tuple[str, ...]] = []
    for index, operation in enumerate(operations):
        disk.take(operation)
        if index <= start:
            disk.settle()
            continue
        result.flushes += operation.kind == "s"
        result.checkpoints += operation.kind == "u" and operation.name.endswith("-wal")
        if operation.kind == "w" and _is_notes(disk, operation, folder):
            promised.append(tuple(operation.octets.decode("ascii").split()))
        for fate in points.get(index, ()):
            result.cuts += 1
            fault = _open_and_look(disk.images(fate, chance), place, promised)
            if fault == "lost":
                result.lost[fate] += 1
            elif fault:
                result.broken.append(f"{index} {fate}: {fault}")
    assert disk.mapped == set(), "a database file was mapped: the record is not complete"
    result.acknowledged = sum(len(one) - 1 for one in promised)
    return result


def _ready_at(operations: list[Operation], folder: Path) -> int:
    return next(
        index
        for index, one in enumerate(operations)
        if one.kind == "w" and one.octets == READY and one.offset == 0
    )


def _is_notes(disk: Disk, operation: Operation, folder: Path) -> bool:
    return disk.descriptors[operation.descriptor] is disk.names.get(str(folder / ACKNOWLEDGED))


def _points(
    operations: list[Operation], start: int, cuts: int | None, chance: random.Random
) -> dict[int, tuple[Fate, ...]]:
    """Choose where to cut: everywhere with every fate, or just before and after flushes and promises, and at random."""
    later = range(start + 1, len(operations))
    if cuts is None:
        return dict.fromkeys(later, tuple(Fate))
    flushes = [index for index in later if operations[index].kind == "s"]
    near = [
        index + step for index in flushes for step in (-1, 0, 1) if start < index + step < len(operations)
    ]
    chosen = chance.sample(near, min(len(near), cuts // 2)) + chance.sample(list(later), cuts - cuts // 2)
    return {index: (fate,) for index, fate in zip(chosen, list(Fate) * cuts, strict=False)}


def _open_and_look(images: dict[str, bytes], place: Path, promised: list[tuple[str, ...]]) -> str:
    """Open what a cut left, as the node would; return ``lost``, another fault, or nothing."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, content in images.items():
        (place / name).write_bytes(content)
    connection = dbapi2.connect(str(place / "node.sqlite"))
    try:
        connection.execute(f"PRAGMA key = \"x'{KEY.hex()}'\"")
        connection.execute("PRAGMA cipher_log_level = NONE")
        found = connection.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)]:
            return f"integrity {found[:2]}"
        return _look(connection, promised)
    except dbapi2.DatabaseError as error:
        return f"does not open: {error}"
    finally:
        connection.close()


def _look(connection: dbapi2.Connection, promised: list[tuple[str, ...]]) -> str:
    def column(statement: str) -> list[str]:
        return [str(row[0]) for row in connection.execute(statement)]

    messages = column("SELECT message FROM storage_exchangedmessage WHERE direction = 'in'")
    effects = [
        text[-32:] for text in column("SELECT hash FROM storage_storedagreement WHERE code = 'EFFECT'")
    ]
    receipts = _digests(connection)
    entries = connection.execute("SELECT count(*) FROM storage_evidenceentry").fetchone()[0]
    if len(set(messages)) != len(messages) or sorted(messages) != sorted(effects):
        return "messages and effects differ"
    if entries < len(messages):
        return "evidence is missing"
    kept = set(messages)
    for digest, *identifiers in promised:
        if not kept.issuperset(identifiers) or digest not in receipts:
            return "lost"
    return ""


def _digests(connection: dbapi2.Connection) -> set[str]:
    from hashlib import sha256

    rows = connection.execute("SELECT receipt FROM storage_acceptedbatch").fetchall()
    return {
        sha256(bytes(row[0]) if isinstance(row[0], bytes) else row[0].encode()).hexdigest() for row in rows
    }


def test_full_loses_nothing(recorder: Path, tmp_path: Path) -> None:
    folder, log = record(recorder, tmp_path, "FULL", batches=60)
    result = survey(folder, log, tmp_path / "after", QUICK_CUTS)
    assert result.broken == []
    assert result.lost == Counter()
    assert result.acknowledged >= 100
    assert result.flushes >= 60, "every accepted batch is flushed"
    assert result.checkpoints >= 2, "the write-ahead log was moved into the database and removed"
    assert result.cuts >= 150


def test_normal_loses_what_it_promised(recorder: Path, tmp_path: Path) -> None:
    """The control: with the common setting, acknowledged messages are gone after a cut, and the test sees it."""
    folder, log = record(recorder, tmp_path, "NORMAL", batches=20)
    result = survey(folder, log, tmp_path / "after", 40)
    assert result.lost[Fate.NONE] > 0
    assert result.broken == [], "what NORMAL loses, it loses whole"


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_every_cut(recorder: Path, tmp_path: Path) -> None:
    folder, log = record(recorder, tmp_path, "FULL", batches=160)
    result = survey(folder, log, tmp_path / "after", None)
    assert (result.broken, result.lost) == ([], Counter())
    assert result.acknowledged >= 300
