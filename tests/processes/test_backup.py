"""Backup of a real home while it works, loss, restore elsewhere: erased stays erased, seeds stay out, no number twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.core.crypto.encoding import from_text
from comity.storage.keystore.vault import Vault

pytestmark = pytest.mark.processes

OPEN = """
from pathlib import Path
from comity.cli.home import opened, operator
node = opened(Path({home!r}))
from comity.storage.transaction import atomic
"""
FILL = """
from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.agent import ProbeKeyId
from comity.core.evidence.event import Bilateral, Event
from comity.services.evidence.record import record_many
scope = Bilateral(ServiceId("MA.police"), Regime.POLICE)
with atomic(node.alias):
    record_many(node, scope, [Event("message.sent", node.clock(), {"message": str(n)}, b"x") for n in range(20)])
node.keys.create_probe_key(ProbeKeyId(ServiceId("MA.police"), Regime.POLICE, PurposeGroup.WANTED, 1))
from comity.services.evidence.sequence import sequence
sequence(node)
from comity.storage.models.register import RegisterSubject
print(sorted(row.uid for row in RegisterSubject.objects.using(node.alias).all())[0])
"""
ERASE = """
from comity.services.register.erase import erase
print(erase(node, operator(), {uid!r}, "order of the authority"))
"""
LOOK = """
from comity.services.evidence.sequence import sequence
from comity.storage.evidence import entries
from comity.storage.models.register import RegisterSubject
rows = list(RegisterSubject.objects.using(node.alias).all())
sequence(node)
print(len(rows), sum(row.content is None for row in rows), len(list(entries.unnumbered(node.alias))))
print([log.state for log in entries.all_logs(node.alias) if log.scope != "internal"])
"""
CSV = """id,given,family,dob
1,Yasmina,Ait Lahcen,1988-04-02
2,Karim,Benjelloun,1979
"""

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("COMITY", "DJANGO"))
    }

    def command(*words: str, fails: str = "", code: str = "") -> str:
        arguments = ["-c", code] if code else ["-m", "comity.cli", *words]
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if fails:
            assert done.returncode == 1, done.stdout
            assert done.stderr.startswith(fails), done.stderr
        else:
            assert done.returncode == 0, done.stderr
        return done.stdout

    return command


def test_from_loss_to_service(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "be"
    words = ["--name", "Police", "--country", "BE", "--regimes", "police", "--unlock-file", "be.key"]
    run("init", "--home", "be", *words)
    (tmp_path / "list.csv").write_text(CSV, encoding="utf-8")
    run("register", "import", "list.csv", "--home", "be", "--purpose", "terrorism")
    opening = OPEN.format(home=str(home))
    uid = run(code=opening + FILL).strip()
    assert len(Vault(home / "vault" / "keys.sealed", _root(tmp_path)).read().probes) == 1
    # 1. A backup; then somebody is erased.
    run("backup", "--home", "be", "--out", "be.backup")
    assert not any(
        word in (tmp_path / "be.backup").read_bytes() for word in (b"SQLite", b"Yasmina", b"[desk]")
    )
    run("backup", "--home", "be", "--out", "be.backup", fails="file.exists")
    run(code=opening + ERASE.format(uid=uid))
    # 2. The home is lost, but not the journal, which lies on another disk.
    home.rename(tmp_path / "lost")
    journal = "lost/journal/erasures.log"
    restore = ["restore", "be.backup", "--unlock-file", "be.key"]
    later = (tmp_path / journal).read_bytes()
    # 3. It serves again only after the journal was carried out.
    run(*restore, "--home", "be", "--journal", journal)
    assert run(code=opening + LOOK).splitlines() == ["2 1 0", "['unconfirmed']"]
    assert (home / "journal" / "erasures.log").read_bytes().startswith(later)
    # 4. No probe seed came back; the evidence is whole.
    assert Vault(home / "vault" / "keys.sealed", _root(tmp_path)).read().probes == ()
    assert run("evidence", "verify", "--home", "be").startswith("evidence: ok")
    run(*restore, "--home", "be", fails="restore.home-in-use")


def _root(folder: Path) -> bytes:
    return from_text((folder / "be.key").read_text(encoding="ascii").strip())


def test_without_the_journal_it_does_not_serve(run: Run, tmp_path: Path) -> None:
    words = ["--name", "Police", "--country", "BE", "--regimes", "police", "--unlock-file", "be.key"]
    run("init", "--home", "be", *words)
    (tmp_path / "list.csv").write_text(CSV, encoding="utf-8")
    run("register", "import", "list.csv", "--home", "be", "--purpose", "terrorism")
    opening = OPEN.format(home=str(tmp_path / "be"))
    uid = run(code=opening + FILL).strip()
    run(code=opening + ERASE.format(uid=uid))
    run("backup", "--home", "be", "--out", "be.backup")
    (tmp_path / "be").rename(tmp_path / "lost")
    restore = ["restore", "be.backup", "--home", "be", "--unlock-file", "be.key"]
    run(*restore, fails="journal.missing")
    run("evidence", "status", "--home", "be", fails="restore.unfinished")
    (tmp_path / "other.log").write_bytes((tmp_path / "lost/journal/erasures.log").read_bytes()[:-1])
    run(*restore, "--journal", "other.log", fails="journal.other")
    run("evidence", "status", "--home", "be", fails="restore.unfinished")
    run(*restore, "--journal", "lost/journal/erasures.log")
    run("evidence", "verify", "--home", "be")
    (tmp_path / "be").rename(tmp_path / "again")
    run(*restore, "--without-journal")
    run("evidence", "export", "--home", "be", "--out", "be.jsonl")
    assert '"journal":"lost"' in (tmp_path / "be.jsonl").read_text(encoding="utf-8")
    octets = bytearray((tmp_path / "be.backup").read_bytes())
    octets[5000] ^= 1
    (tmp_path / "be.backup").write_bytes(octets)
    run("restore", "be.backup", "--home", "third", "--unlock-file", "be.key", fails="stream.altered")
    assert not any((tmp_path / "third").iterdir())
