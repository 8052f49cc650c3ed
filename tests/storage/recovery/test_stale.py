"""The copy of a backup that was killed goes at the next backup and at the start; a copy in use stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from comity.storage.recovery.stale import copy_place, remove_stale_copies

COPY = """
import sys, time
from pathlib import Path
from comity.storage.recovery.stale import copy_place
with copy_place(Path(sys.argv[1])) as copy:
    copy.write_bytes(b"rows")
    print(copy.name, flush=True)
    time.sleep(60)
"""


def _copying(run: Path) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", COPY, str(run)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, run / process.stdout.readline().strip()


def test_gone_at_the_start_and_at_the_next_backup(tmp_path: Path) -> None:
    for again in ("start", "backup"):
        process, copy = _copying(tmp_path)
        # While that backup works, nobody takes its copy.
        assert remove_stale_copies(tmp_path) == 0
        with copy_place(tmp_path) as other:
            other.write_bytes(b"rows")
            assert copy.exists()
        assert copy.exists()
        assert not other.exists()
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert copy.exists()
        if again == "start":
            assert remove_stale_copies(tmp_path) == 1
        else:
            with copy_place(tmp_path):
                assert not copy.exists()
        assert not list(tmp_path.glob("backup-*"))


def test_nothing_to_remove(tmp_path: Path) -> None:
    (tmp_path / "keys.sock").write_bytes(b"")
    assert remove_stale_copies(tmp_path) == 0
    assert remove_stale_copies(tmp_path / "absent") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["keys.sock"]
