"""``python -m comity.cli.typed``: many commands in one process, for scripts that would start hundreds.

Each line of standard input is ``{"words": [...], "typed": "..."}``: the words of a command and its standard input. Each
is answered by one line ``{"code": 0, "out": "...", "err": "..."}``. The commands are those of `comity`, and nothing else.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from typer import Exit
from typer.exceptions import TyperException

from comity.cli.main import build, tell
from comity.errors import ComityError


def answer(words: list[str], typed: str) -> dict[str, Any]:
    """Run one command and return its exit code and what it printed."""
    out, err, kept = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(typed.encode("utf-8")), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = _run(words)
    finally:
        sys.stdin = kept
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def main() -> None:
    """Answer line after line until the end of the input."""
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(answer(list(asked["words"]), str(asked["typed"]))) + "\n")
        sys.stdout.flush()


def _run(words: list[str]) -> int:
    try:
        ended = build(words[0] if words else "")(words, standalone_mode=False)
    except ComityError as error:
        tell(error, as_json="--json" in words)
        return 1
    except Exit as ended_by:
        return int(ended_by.exit_code)
    except TyperException as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return ended if isinstance(ended, int) else 0


if __name__ == "__main__":
    main()
