"""`comity init` and `comity run` for real: ready, heals, ends without a trace."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from comity.config import load_config
from comity.core.identity.card import open_card
from comity.services.partners.add import fetch_card

pytestmark = pytest.mark.processes
COMITY = [sys.executable, "-m", "comity.cli"]


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def comity(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMITY, *words], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{words}: {done.stdout}{done.stderr}")
    return done


def wait(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def running(home: Path) -> list[int]:
    """Return the processes that name this home in an argument or in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            seen = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"{home}".encode() in seen:
            found.append(int(entry.name))
    return found


@dataclass
class Home:
    path: Path
    process: subprocess.Popen[bytes]

    def children(self) -> dict[str, int]:
        state: dict[str, dict[str, int]] = json.loads((self.path / "run" / "ready.json").read_text())
        return state["children"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    desk, partner = free_ports(2)
    path = tmp_path / "be"
    made = comity(
        *("init", "--home", str(path), "--name", "Federal Police", "--country", "BE", "--regimes", "police"),
        *(
            "--unlock-file",
            str(tmp_path / "unlock"),
            "--desk-port",
            str(desk),
            "--partner-port",
            str(partner),
        ),
        *("--demo", "--json"),
    )
    assert json.loads(made.stdout)["service"] == "BE.federal-police"
    process = subprocess.Popen(
        [*COMITY, "run", "--home", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait((path / "run" / "ready.json").exists)
        yield Home(path, process)
    finally:
        process.kill()
        process.wait()


def test_a_node_runs_heals_and_ends_without_a_trace(home: Home) -> None:
    config = load_config(home.path)
    url = f"https://127.0.0.1:{config.partner.port}"
    # The card is shown to anybody; a second supervisor is refused; commands need no unlock key meanwhile.
    assert open_card(fetch_card(config, url)).service == "BE.federal-police"
    second = comity("run", "--home", str(home.path), check=False)
    assert "run.already" in second.stderr
    (home.path.parent / "unlock").unlink()
    assert json.loads(comity("partner", "list", "--home", str(home.path), "--json").stdout) == []
    # Whatever is killed comes back.
    children = home.children()
    assert set(children) == {"keys", "partner", "front", "worker", "desk"}
    for pid in children.values():
        os.kill(pid, signal.SIGKILL)

    def back() -> bool:
        with socket.socket() as probe:
            if probe.connect_ex((config.desk.host, config.desk.port)):
                return False
        done = comity("partner", "card", "--home", str(home.path), "--json", check=False)
        return done.returncode == 0

    wait(back)
    # The end is clean.
    home.process.terminate()
    assert home.process.wait(30) == 0
    assert running(home.path) == []
    assert not (home.path / "run" / "ready.json").exists()
    assert not (home.path / "run" / "keys.sock").exists()


def test_children_end_when_the_supervisor_is_killed(home: Home) -> None:
    home.process.kill()
    home.process.wait()
    wait(lambda: running(home.path) == [], 20)


def test_no_secret_reaches_arguments_environment_or_journals(home: Home) -> None:
    secret = (home.path.parent / "unlock").read_bytes().strip()
    for pid in running(home.path):
        for name in ("cmdline", "environ"):
            assert secret not in Path(f"/proc/{pid}/{name}").read_bytes()
    for path in home.path.rglob("*"):
        if path.is_file():
            assert secret not in path.read_bytes()


def test_intelligence_is_a_node_of_its_own(tmp_path: Path) -> None:
    done = comity(
        *(
            "init",
            "--home",
            str(tmp_path / "x"),
            "--name",
            "X",
            "--country",
            "BE",
            "--regimes",
            "police,intelligence",
        ),
        check=False,
    )
    assert done.returncode == 1
    assert "init.regimes" in done.stderr
    assert not (tmp_path / "x").exists()


def test_a_failed_creation_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.officer-key").write_text("taken")
    words = ("init", "--home", str(tmp_path / "x"), "--name", "X", "--country", "BE", "--regimes", "police")
    done = comity(*words, check=False)
    assert "file.exists" in done.stderr
    missing = comity(
        *words,
        "--dpo-key",
        str(tmp_path / "key"),
        "--unlock-file",
        str(tmp_path / "unlock"),
        *("--database", "postgresql", "--dsn", "dbname=comity_none_such host=127.0.0.1 port=1"),
        check=False,
    )
    assert missing.returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.officer-key"]
