"""Prepares two homes, starts both nodes as processes of their own, brings the agreements into force, ends them.

A demo home carries a mark in its card; nodes without the mark refuse it. The unlock keys lie beside the homes, in
files with mode 0600, which only a demonstration may do.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.demo.command import BrokenPromise, Seat, together
from comity.errors import InputError

STATE_FILE = "demo.json"
READY_SECONDS = 45
STOP_SECONDS = 20
NAMES = {"be": ("BE", "Federal Police"), "ma": ("MA", "DGSN")}
REGIMES = "police,return-identification"


@dataclass(frozen=True, slots=True)
class Stage:
    """Two seats in one folder, with the ports of their desks."""

    folder: Path
    be: Seat
    ma: Seat
    desks: tuple[int, int]
    partners: tuple[int, int]

    @property
    def seats(self) -> tuple[Seat, Seat]:
        """Both seats, Belgian first."""
        return self.be, self.ma

    def other(self, seat: Seat) -> Seat:
        """The partner of a seat."""
        return self.ma if seat is self.be else self.be


_reserved: list[socket.socket] = []
"""Keeps chosen ports from other demonstrations until this process ends; by then the nodes listen."""


def free_ports(wanted: tuple[int, ...]) -> tuple[int, ...]:
    """Return the wanted loopback ports, each replaced by a free one if it is taken or another demonstration chose it."""
    found: list[int] = []
    for port in wanted:
        for candidate in (port, *range(port + 100, port + 4000, 10), 0):
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", candidate))
                except OSError:
                    continue
                chosen = probe.getsockname()[1]
            if chosen not in found and _reserve(chosen):
                found.append(chosen)
                break
    return tuple(found)


def _reserve(port: int) -> bool:
    """Hold a name that one process of this machine can hold; a node takes seconds until it listens on its port."""
    holding = socket.socket(socket.AF_UNIX)
    try:
        holding.bind(f"\0comity-demo-port-{port}")
    except OSError:
        holding.close()
        return False
    _reserved.append(holding)
    return True


def new_stage(folder: Path) -> Stage:
    """Choose the ports and name the seats of a new demonstration.

    Raises:
        InputError: ``demo.folder-in-use``.
    """
    folder = folder.resolve()
    if any((folder / letters).exists() for letters in NAMES) or (folder / STATE_FILE).exists():
        raise InputError("demo.folder-in-use")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ports = free_ports((8400, 8401, 8410, 8411))
    seats = [Seat(letters, folder / letters) for letters in NAMES]
    return Stage(folder, seats[0], seats[1], (ports[0], ports[1]), (ports[2], ports[3]))


def clear(folder: Path) -> None:
    """Remove the homes of a demonstration that could not begin, so that the same command can be given again.

    What else lies in the folder is not touched.
    """
    for letters in NAMES:
        shutil.rmtree(folder / letters, ignore_errors=True)
        for ending in ("unlock", "officer-key", "log"):
            (folder / f"{letters}.{ending}").unlink(missing_ok=True)
    (folder / STATE_FILE).unlink(missing_ok=True)


def create_homes(stage: Stage) -> None:
    """Create both homes: keys, database, configuration."""
    words = []
    for seat, desk, partner in zip(stage.seats, stage.desks, stage.partners, strict=True):
        country, name = NAMES[seat.letters]
        words.append(["init", "--home", str(seat.home), "--name", name, "--country", country, "--demo"])
        words[-1] += ["--regimes", REGIMES, "--unlock-file", str(stage.folder / f"{seat.letters}.unlock")]
        words[-1] += ["--desk-port", str(desk), "--partner-port", str(partner)]
        words[-1] += ["--partner-url", f"https://127.0.0.1:{partner}"]
    together(words[0], words[1])


def start_nodes(stage: Stage) -> None:
    """Start ``comity run`` for both homes and wait until both answer.

    Raises:
        BrokenPromise: a node did not become ready.
    """
    pids = []
    for seat in stage.seats:
        with (stage.folder / f"{seat.letters}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "comity.cli", "run", "--home", str(seat.home)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        pids.append(process.pid)
    state = {"pids": pids, "desks": list(stage.desks), "partners": list(stage.partners)}
    (stage.folder / STATE_FILE).write_text(json.dumps(state), encoding="utf-8")
    for seat, port in [
        *zip(stage.seats, stage.desks, strict=True),
        *zip(stage.seats, stage.partners, strict=True),
    ]:
        _wait(lambda port=port: _listens(port), f"the {seat.letters} node answers on port {port}")  # type: ignore[misc]  # a default binds the loop's value


def stop_nodes(folder: Path) -> int:
    """End both nodes of a demonstration; their homes stay.

    Returns:
        How many were still running.

    Raises:
        InputError: ``demo.none`` where no demonstration was started.
    """
    path = folder.resolve() / STATE_FILE
    try:
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise InputError("demo.none") from None
    running = [pid for pid in state["pids"] if _is_ours(pid)]
    for pid in running:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(_is_ours(pid) for pid in running) and time.monotonic() < deadline:
        for pid in running:
            _reap(pid)
        time.sleep(0.1)
    for pid in running:
        if _is_ours(pid):
            os.killpg(pid, signal.SIGKILL)
    path.unlink(missing_ok=True)
    return len(running)


def meet(stage: Stage) -> dict[str, str]:
    """Exchange cards over the wire and confirm the fingerprints, on both sides.

    Returns:
        The service identifier of each seat, by its letters.
    """
    names: dict[str, str] = {}
    for seat in stage.seats:
        other = stage.other(seat)
        port = stage.partners[stage.seats.index(other)]
        seen = seat.call("partner", "add", f"https://127.0.0.1:{port}")
        own = other.call("partner", "card")
        if seen["fingerprint"] != own["fingerprint"]:
            raise BrokenPromise("both sides read the same twelve words")
        seat.call("partner", "confirm", seen["service"], "--fingerprint", " ".join(own["fingerprint"]))
        names[other.letters] = seen["service"]
    return names


def wait_for(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Wait until the condition holds.

    Raises:
        BrokenPromise: it did not hold in time.
    """
    _wait(condition, what, seconds)


def _wait(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise BrokenPromise(what, f"not within {seconds:.0f} s")
        time.sleep(0.2)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _is_ours(pid: int) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"comity" in line


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
