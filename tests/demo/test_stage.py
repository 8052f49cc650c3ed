"""Two demonstrations at the same time do not choose the same ports."""

from __future__ import annotations

import subprocess
import sys

CHOOSE = (
    "import json, sys; from comity.demo.stage import free_ports;"
    "print(json.dumps(free_ports((8400, 8401))), flush=True); sys.stdin.read()"
)


def choose() -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHOOSE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline()


def test_ports_that_another_chose_and_does_not_listen_on_yet() -> None:
    (first, one), (second, two) = choose(), choose()
    for process in (first, second):
        process.communicate("", timeout=60)
    assert one.startswith("[")
    assert two.startswith("[")
    assert not set(one.strip("[]\n").split(", ")) & set(two.strip("[]\n").split(", "))
