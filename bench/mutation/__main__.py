"""Score the tests of the policy: ``python -m bench.mutation`` (or ``make mutation``).

The tests are collected once. For each fault a process is forked in which the fault is put into the loaded module; the
tests run there until the first one fails. Examples run first, then properties, then what needs two nodes: most faults are
noticed within milliseconds. A fault that runs longer than twenty seconds counts as noticed.

With a number, so many minutes: the faults are drawn in an order that a seed fixes, so those that were tried are a sample.

Those that nobody notices stand in the result by file, line and kind. `EQUIVALENT` explains the ones that change nothing
that can be seen; they count against the score all the same.
"""

from __future__ import annotations

import gc
import mmap
import os
import random
import signal
import sys
import time
import types
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from bench.mutation.mutants import Mutant, mutants
from bench.report import write

POLICY = Path(__file__).resolve().parents[2] / "src" / "comity" / "core" / "policy"
TESTS = ["tests/policy"]
ASIDE = "not django_db"
"""Tests without a database; what needs two nodes runs with ``--nodes`` only."""
SECONDS = 20
SEED = 2026

EQUIVALENT: dict[str, str] = {
    "decide.py:_may_run_off: LtE -> Lt": "a thread opened now was not opened while the agreement was in force",
}
"""``file:function: what`` -> why no test can notice it."""


class Forked:
    """Runs the collected tests once for each fault, in processes of their own."""

    def __init__(self, only: str | None, minutes: float) -> None:
        self.only = only
        self.until = time.monotonic() + minutes * 60
        self.possible = 0
        self.noticed: Counter[str] = Counter()
        self.survived: list[dict[str, Any]] = []
        self.sound = True

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of the usual loop."""
        items = sorted(session.items, key=_cost)
        sys.stderr.write(f"{len(items)} tests\n")
        if _forked(items, None) != 0:
            self.sound = False
            return True
        gc.freeze()
        drawn = [(path, each) for path in self.files() for each in mutants(path.read_text(encoding="utf-8"))]
        self.possible = len(drawn)
        random.Random(SEED).shuffle(drawn)
        for path, mutant in drawn:
            if time.monotonic() > self.until:
                break
            self.judge(path, mutant, items)
        return True

    def files(self) -> list[Path]:
        """Return the modules of the policy, or the one that was asked for."""
        paths = [path for path in sorted(POLICY.glob("*.py")) if path.stem != "__init__"]
        return [path for path in paths if self.only in (None, path.stem)]

    def judge(self, path: Path, mutant: Mutant, items: list[pytest.Item]) -> None:
        """See whether a test notices a fault."""
        if _forked(items, (sys.modules[f"comity.core.policy.{path.stem}"], mutant)):
            self.noticed[path.name] += 1
            return
        why = EQUIVALENT.get(f"{path.name}:{mutant.function}: {mutant.what}", "")
        place = {"file": path.name, "line": mutant.line, "in": mutant.function}
        self.survived.append({**place, "what": mutant.what, "why": why})
        sys.stderr.write(f"survived: {path.name}:{mutant.line} {mutant.what}\n")


def _cost(item: pytest.Item) -> tuple[bool, bool]:
    marked = item.get_closest_marker("django_db") is not None
    return marked, "properties" in item.path.name


def _forked(items: list[pytest.Item], fault: tuple[types.ModuleType, Mutant] | None) -> int:
    """Return whether a test failed: 0 when none did. The one that failed runs first from then on."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS if fault else 600)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _FAILED[0] = 0
        try:
            if fault is not None:
                apply(*fault)
            os._exit(_failed(items))
        except BaseException:  # noqa: BLE001  # a fault that does not even load is noticed
            os._exit(1)
    _, status = os.waitpid(child, 0)
    place = _FAILED[0] | _FAILED[1] << 8
    if status and place < len(items) and "properties" not in items[place].path.name:
        items.insert(0, items.pop(place))
    return status


_FAILED = mmap.mmap(-1, 2)
"""Place of the test that failed, told by the forked process."""


def _failed(items: list[pytest.Item]) -> int:
    for place, item in enumerate(items):
        _FAILED[0], _FAILED[1] = place & 255, place >> 8
        following = items[place + 1] if place + 1 < len(items) else None
        for report in runtestprotocol(item, log=False, nextitem=following):
            if report.failed:
                return 1
    return 0


def apply(module: types.ModuleType, mutant: Mutant) -> None:
    """Put a fault into a loaded module: functions keep their identity, tables are replaced wherever they were imported."""
    fresh: dict[str, Any] = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(mutant.code, f"<mutant of {module.__name__}>", "exec"), fresh)
    for name, new in fresh.items():
        old = module.__dict__.get(name)
        if isinstance(new, types.FunctionType) and new.__module__ == module.__name__:
            assert isinstance(old, types.FunctionType)
            old.__code__ = new.__code__
        elif isinstance(new, type) and new.__module__ == module.__name__:
            _methods(old, new)
        elif old is not new and not name.startswith("__"):
            _replace(old, new)


def _methods(old: Any, new: type) -> None:
    for name, method in vars(new).items():
        inner = method.fget if isinstance(method, property) else method
        mine = vars(old).get(name)
        target = mine.fget if isinstance(mine, property) else mine
        functions = isinstance(inner, types.FunctionType) and isinstance(target, types.FunctionType)
        if functions and inner.__code__.co_freevars == target.__code__.co_freevars:
            target.__code__ = inner.__code__


def _replace(old: object, new: object) -> None:
    """Let every loaded module of the project that holds a table hold the other one."""
    if isinstance(old, types.ModuleType | type) or old is None:
        return
    for name, module in list(sys.modules.items()):
        if name.startswith(("comity.", "tests.")):
            for key, value in list(vars(module).items()):
                if value is old:
                    setattr(module, key, new)


def main() -> None:
    """Run all faults and write the result."""
    only = next((each for each in sys.argv[1:] if each.isalpha()), None)
    minutes = next((float(each) for each in sys.argv[1:] if each.isdecimal()), 24 * 60.0)
    plugin = Forked(only, minutes)
    # Few examples, always the same ones, so that the score can be repeated; `HYPOTHESIS_PROFILE` overrules it.
    os.environ.setdefault("HYPOTHESIS_PROFILE", "few")
    words = [
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-p",
        "no:cacheprovider",
        "--timeout=0",
        "--no-header",
    ]
    if "--nodes" not in sys.argv:
        words += ["-m", ASIDE]
    pytest.main([*words, *TESTS], plugins=[plugin])
    if not plugin.sound:
        sys.exit("the tests fail without a fault")
    noticed, left = sum(plugin.noticed.values()), len(plugin.survived)
    results = {
        "possible_faults": plugin.possible,
        "tried": noticed + left,
        "noticed": noticed,
        "score_percent": round(100 * noticed / max(1, noticed + left), 1),
        "noticed_by_file": dict(plugin.noticed),
        "survived": plugin.survived,
    }
    if only is None:
        write("mutation", "make mutation" + (f" MINUTES={minutes:g}" if minutes < 24 * 60 else ""), results)
    else:
        sys.stdout.write(f"{results}\n")


if __name__ == "__main__":
    main()
