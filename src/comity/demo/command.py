"""Runs the very commands that a user would type, one process each, on one of the two homes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SECONDS = 300


class BrokenPromise(Exception):
    """A step of the demonstration did not do what it promises.

    Args:
        step: what was attempted, in plain words.
        detail: what the command printed; fictitious persons only.
    """

    def __init__(self, step: str, detail: str = "") -> None:
        super().__init__(f"{step}: {detail}" if detail else step)
        self.step = step


class Seat:
    """One service at the table: its letters, its home, and one process into which its commands are typed."""

    def __init__(self, letters: str, home: Path) -> None:
        self.letters = letters
        self.home = home
        self._process: subprocess.Popen[str] | None = None
        self._one_at_a_time = threading.Lock()

    def call(self, *words: str, typed: str = "", may_fail: bool = False) -> Any:
        """Run ``comity WORDS --home HOME --json`` and return its JSON document.

        Args:
            words: of the command.
            typed: standard input; this is where anything personal goes, never on the command line.
            may_fail: return the error document instead of raising.

        Raises:
            BrokenPromise: the command failed.
        """
        asked = {"words": [*words, "--home", str(self.home), "--json"], "typed": typed}
        with self._one_at_a_time:
            answered = json.loads(self._type(json.dumps(asked)) or "{}")
        if not answered:
            raise BrokenPromise("comity " + " ".join(words[:2]), "the process ended")
        if answered["code"] != 0:
            if may_fail:
                return _document(answered["err"])
            step = f"{self.letters.upper()}: comity {' '.join(words[:2])}"
            raise BrokenPromise(step, _refusal(answered["out"] + answered["err"]))
        return _document(answered["out"])

    def act(self, officer: str, *words: str, typed: str = "", may_fail: bool = False) -> Any:
        """Run a command on behalf of a named officer of this desk."""
        return self.call(*words, "--as", officer, typed=typed, may_fail=may_fail)

    def leave(self) -> None:
        """End the process into which commands were typed; the node itself goes on."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate(timeout=SECONDS)

    def _type(self, line: str) -> str:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "comity.cli.typed"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=_environment(),
            )
        reading, writing = self._process.stdout, self._process.stdin
        if reading is None or writing is None:
            raise RuntimeError("the process has no pipes")
        writing.write(line + "\n")
        writing.flush()
        return reading.readline()


def offline(*words: str) -> str:
    """Run a command that needs no node and return what it printed.

    Raises:
        BrokenPromise: it failed.
    """
    argv = [sys.executable, "-m", "comity.cli", *words]
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=SECONDS, check=False, env=_environment()
    )
    if done.returncode != 0:
        raise BrokenPromise("comity " + " ".join(words[:2]), (done.stdout + done.stderr).strip()[-2000:])
    return done.stdout


def together(first: Sequence[str], second: Sequence[str]) -> None:
    """Run two commands side by side, and fail if either fails.

    Raises:
        BrokenPromise: one of them failed.
    """
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "comity.cli", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=_environment(),
        )
        for words in (first, second)
    ]
    for words, process in zip((first, second), running, strict=True):
        out, err = process.communicate(timeout=SECONDS)
        if process.returncode != 0:
            raise BrokenPromise("comity " + " ".join(words[:2]), (out + err).strip()[-2000:])


def _refusal(text: str) -> str:
    """Return what a command said, in a sentence where it was a refusal."""
    said = _document(text)
    if not isinstance(said, dict) or not {"error", "sentence", "act"} <= said.keys():
        return text.strip()[-2000:]
    facts = "".join(f", {name} {value}" for name, value in said.get("facts", {}).items())
    return f"{said['sentence']} {said['act']} ({said['error']}{facts})"


def _document(text: str) -> Any:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {"text": text}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("COMITY_")}
