"""Starts the processes of a node, starts again those that die, and ends them all.

Each process leads a group of its own, so that its own children end with it, and receives SIGTERM from the kernel if
this process is killed. Only the keys process is given the unlock key, through a pipe.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STOP_SECONDS = 12.0
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS = 60.0
"""A process that ran this long starts again without waiting."""

MAX_LOG_BYTES = 20 * 1024 * 1024
_PR_SET_PDEATHSIG = 1

_log = logging.getLogger("comity.run")
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep running."""

    name: str
    command: Sequence[str]


class Child:
    """One program and its present process.

    Args:
        program: what to run.
        environment: the same for all.
        log: folder of the journals.
    """

    def __init__(self, program: Program, environment: Mapping[str, str], log: Path) -> None:
        self.program = program
        self._environment, self._log_file = environment, log / f"{program.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._started, self._failures, self._next = 0.0, 0, 0.0

    @property
    def pid(self) -> int | None:
        """Process identifier, None while it does not run."""
        return None if self._process is None else self._process.pid

    def tend(self, now: float) -> None:
        """Notice that it died, and start it when it is due."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._clear_group()
            self._failures = 0 if now - self._started > STEADY_SECONDS else self._failures + 1
            wait = BACKOFF_SECONDS[min(self._failures, len(BACKOFF_SECONDS)) - 1] if self._failures else 0.0
            _log.error("process ended", extra={"child": self.program.name, "exit": code, "seconds": wait})
            self._process, self._next = None, now + wait
        if now >= self._next:
            self._start(now)

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stop(self, until: float) -> None:
        """Wait for the end, then end the whole group."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log.error("process killed", extra={"child": self.program.name})
        self._clear_group()
        self._process.wait()
        self._process = None

    def _start(self, now: float) -> None:
        with open_log(self._log_file) as log:
            self._process = subprocess.Popen(
                list(self.program.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self._environment),
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._started = now

    def _clear_group(self) -> None:
        """End what is left of the group that the process led."""
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return


class Supervisor:
    """Keeps several programs running until told to stop.

    Args:
        programs: started in this order.
        environment: of all of them.
        log: folder of the journals.
    """

    def __init__(self, programs: Sequence[Program], environment: Mapping[str, str], log: Path) -> None:
        self.children = [Child(program, environment, log) for program in programs]

    def tend(self) -> None:
        """Start what does not run and is due."""
        now = time.monotonic()
        for child in self.children:
            child.tend(now)

    def pids(self) -> dict[str, int]:
        """Return the identifiers of the running processes."""
        return {child.program.name: child.pid for child in self.children if child.pid is not None}

    def stop(self) -> None:
        """End all, together, the last started first; those that do not end in time are killed."""
        for child in reversed(self.children):
            child.ask_to_stop()
        until = time.monotonic() + STOP_SECONDS
        for child in reversed(self.children):
            child.stop(until)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask every tenth of a second until the condition holds; tell whether it did."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


def open_log(path: Path) -> IO[bytes]:
    """Open a journal to append; one that grew too large is put aside first."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return open(path, "ab", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the supervisor dies; runs in the child before the program."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
