"""Backup of a real home while it works, loss, restore elsewhere: erased stays erased, seeds stay out, no number twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comity.core.crypto.encoding import from_text
from comity.storage.keystore.vault import Vault

pytestmark = [pytest.mark.processes, pytest.mark.follows_database]

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
print(*sorted(row.uid for row in RegisterSubject.objects.using(node.alias).all()))
"""
ERASE = """
from comity.services.register.erase import erase
print(erase(node, operator(), {uid!r}, "order of the authority"))
"""
LOOK = """
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event
from comity.services.evidence.record import record
from comity.services.evidence.sequence import sequence
with atomic(node.alias):
    record(node, Bilateral(ServiceId("MA.police"), Regime.POLICE), Event("message.sent", node.clock(), {"message": "x"}))
from comity.storage.evidence import entries
from comity.storage.models.register import RegisterSubject
rows = list(RegisterSubject.objects.using(node.alias).all())
sequence(node)
print(len(rows), sum(row.content is None for row in rows), len(list(entries.unnumbered(node.alias))))
print([log.state for log in entries.all_logs(node.alias) if log.scope != "internal"])
"""
UIDS = """
from comity.storage.models.register import RegisterSubject
found = RegisterSubject.objects.using(node.alias).exclude(state="erased")
print(*sorted(row.uid for row in found))
"""
CSV = """id,given,family,dob
1,Yasmina,Ait Lahcen,1988-04-02
2,Karim,Benjelloun,1979
"""

Run = Callable[..., str]
DATABASE = "comity_test_backup"


@pytest.fixture
def database() -> Iterator[list[str]]:
    """Return the options of `init` for the database under test; PostgreSQL gets an empty one."""
    if os.environ.get("COMITY_TEST_DB") != "postgresql":
        yield []
        return
    subprocess.run(["dropdb", "--if-exists", DATABASE], check=True, capture_output=True)
    subprocess.run(["createdb", DATABASE], check=True, capture_output=True)
    yield ["--database", "postgresql", "--dsn", f"dbname={DATABASE}"]
    subprocess.run(["dropdb", "--if-exists", DATABASE], check=True, capture_output=True)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("COMITY", "DJANGO"))
    }

    def command(*words: str, fails: str = "", code: str = "", typed: str | None = None) -> str:
        arguments = ["-c", code] if code else ["-m", "comity.cli", *words]
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            input=typed,
            timeout=60,
        )
        if fails:
            assert done.returncode == 1, done.stdout
            assert done.stderr.startswith(fails), done.stderr
        else:
            assert done.returncode == 0, done.stderr
        return done.stdout

    return command


def test_from_loss_to_service(run: Run, tmp_path: Path, database: list[str]) -> None:
    home, opening = tmp_path / "be", OPEN.format(home=str(tmp_path / "be"))
    words = ["--name", "Police", "--country", "BE", "--regimes", "police", "--unlock-file", "be.key"]
    run("init", "--home", "be", *words, *database)
    (tmp_path / "list.csv").write_text(CSV, encoding="utf-8")
    run("register", "import", "list.csv", "--home", "be", "--purpose", "terrorism")
    first, second = run(code=opening + FILL).split()
    assert len(Vault(home / "vault" / "keys.sealed", _root(tmp_path)).read().probes) == 1
    # 1. One person is erased, then a backup is made, then another person is erased.
    run(code=opening + ERASE.format(uid=first))
    run("backup", "--home", "be", "--out", "be.backup")
    sealed = (tmp_path / "be.backup").read_bytes()
    assert not any(word in sealed for word in (b"SQLite", b"PGDMP", b"Yasmina", b"[desk]"))
    run("backup", "--home", "be", "--out", "be.backup", fails="file.exists")
    run(code=opening + ERASE.format(uid=second))
    # 2. The home is lost, but not the journal, which lies on another disk.
    journal = (home / "journal" / "erasures.log").read_bytes()
    home.rename(tmp_path / "lost")
    _empty_database(database)
    (tmp_path / "journal.log").write_bytes(journal)
    (tmp_path / "short.log").write_bytes(b"")
    restore = ["restore", "be.backup", "--home", "be", "--unlock-file", "be.key"]
    # 3. Without the whole journal the second person would be back: the node refuses to serve.
    run(*restore, fails="journal.missing")
    run("evidence", "status", "--home", "be", fails="restore.unfinished")
    run(*restore, "--journal", "short.log", fails="journal.other")
    run("evidence", "status", "--home", "be", fails="restore.unfinished")
    # 4. With it, nobody is back, and the log waits for the partner before it uses a number again.
    run(*restore, "--journal", "journal.log")
    assert run(code=opening + LOOK).splitlines() == ["2 2 1", "['unconfirmed']"]
    assert (home / "journal" / "erasures.log").read_bytes().startswith(journal)
    # 5. No probe seed came back; the evidence is whole.
    assert Vault(home / "vault" / "keys.sealed", _root(tmp_path)).read().probes == ()
    assert run("evidence", "verify", "--home", "be").startswith("evidence: ok")
    run(*restore, fails="restore.home-in-use")


def test_a_backup_before_the_first_erasure_asks_for_the_journal_too(run: Run, tmp_path: Path) -> None:
    home, opening = tmp_path / "be", OPEN.format(home=str(tmp_path / "be"))
    words = ["--name", "Police", "--country", "BE", "--regimes", "police", "--unlock-file", "be.key"]
    run("init", "--home", "be", *words)
    (tmp_path / "list.csv").write_text(CSV, encoding="utf-8")
    run("register", "import", "list.csv", "--home", "be", "--purpose", "terrorism")
    uids = run(code=opening + UIDS).split()
    system = ["user", "service-account"]
    run(*system, "add", "registry", "--home", "be", "--regime", "police", "--scope", "probe")
    run("backup", "--home", "be", "--out", "be.backup")
    first = (home / "journal" / "erasures.log").read_bytes()
    run(code=opening + ERASE.format(uid=uids[0]))
    home.rename(tmp_path / "lost")
    restore = ["restore", "be.backup", "--home", "be", "--unlock-file", "be.key"]
    run(*restore, fails="journal.missing")
    (tmp_path / "empty.log").write_bytes(b"")
    run(*restore, "--journal", "empty.log", fails="journal.other")
    run("register", "status", "--home", "be", fails="restore.unfinished")
    told = run(*restore, "--journal", str(tmp_path / "lost/journal/erasures.log"))
    assert "carried out again: 1" in told
    # The journal tells what was withdrawn since: nothing.
    assert "What was withdrawn until" in told
    assert "registry  active" in run(*system, "list", "--home", "be")
    assert run(code=opening + UIDS).split() == uids[1:]
    assert (home / "journal" / "erasures.log").read_bytes().startswith(first)


def test_only_those_are_closed_from_whom_trust_was_withdrawn(run: Run, tmp_path: Path) -> None:
    words = ["--name", "Police", "--country", "BE", "--regimes", "police", "--unlock-file", "be.key"]
    run("init", "--home", "be", *words)
    officer = ["--home", "be", "--role", "police:officer"]
    for name in ("amina", "karim", "nadia"):
        run("user", "add", name, *officer, typed="correct horse battery\n")
    system = ["user", "service-account"]
    for name in ("registry", "archive"):
        run(*system, "add", name, "--home", "be", "--regime", "police", "--scope", "probe")
    run("backup", "--home", "be", "--out", "be.backup")
    run("user", "disable", "karim", "--home", "be")
    run("user", "password", "nadia", "--home", "be", typed="another horse battery\n")
    run(*system, "revoke", "archive", "--home", "be")
    journal = (tmp_path / "be" / "journal" / "erasures.log").read_bytes()
    assert not any(name in journal for name in (b"karim", b"nadia", b"archive"))
    (tmp_path / "be").rename(tmp_path / "lost")
    restore = ["restore", "be.backup", "--unlock-file", "be.key"]
    told = run(*restore, "--home", "be", "--journal", "lost/journal/erasures.log")
    shown = run("user", "list", "--home", "be").splitlines()[1:]
    assert [line.split()[:2] for line in shown] == [
        ["amina", "open"],
        ["karim", "closed"],
        ["nadia", "closed"],
    ]
    assert [line.split()[:2] for line in run(*system, "list", "--home", "be").splitlines()[1:]] == [
        ["archive", "revoked"],
        ["registry", "active"],
    ]
    assert "comity user enable karim" in told
    assert "in place of archive" in told
    assert "amina" not in told
    assert run("evidence", "verify", "--home", "be").startswith("evidence: ok")
    # Without the journal nobody knows, and everybody is closed.
    told = run(*restore, "--home", "new", "--without-journal")
    assert "Everybody is closed" in told
    assert {line.split()[1] for line in run("user", "list", "--home", "new").splitlines()[1:]} == {"closed"}
    assert {line.split()[1] for line in run(*system, "list", "--home", "new").splitlines()[1:]} == {"revoked"}


def test_a_backup_that_was_changed_does_not_open(run: Run, tmp_path: Path) -> None:
    words = ["--name", "Police", "--country", "BE", "--regimes", "police", "--unlock-file", "be.key"]
    run("init", "--home", "be", *words)
    run("backup", "--home", "be", "--out", "be.backup")
    octets = bytearray((tmp_path / "be.backup").read_bytes())
    octets[5000] ^= 1
    (tmp_path / "other.backup").write_bytes(octets)
    run("restore", "other.backup", "--home", "new", "--unlock-file", "be.key", fails="stream.altered")
    assert not any((tmp_path / "new").iterdir())
    run("restore", "be.backup", "--home", "new", "--unlock-file", "be.key", "--without-journal")
    run("evidence", "export", "--home", "new", "--out", "new.jsonl")
    assert '"journal":"lost"' in (tmp_path / "new.jsonl").read_text(encoding="utf-8")


def _empty_database(database: list[str]) -> None:
    if database:
        for program in ("dropdb", "createdb"):
            subprocess.run([program, DATABASE], check=True, capture_output=True)


def _root(folder: Path) -> bytes:
    return from_text((folder / "be.key").read_text(encoding="ascii").strip())
