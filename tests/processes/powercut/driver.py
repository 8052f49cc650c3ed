"""Runs two real nodes; the recipient's database lies in the recorded folder. ``python -m tests.processes.powercut.driver``

The sender submits and delivers batches; the recipient accepts them as its partner endpoint does. Each receipt that would
leave the recipient is first noted in the file `acknowledged`, in the recorded folder, so that the record itself says
what had been promised when. Now and then entries are numbered, and the connection is closed and opened again.
"""

from __future__ import annotations

import os
import random
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

KEY = bytes(range(32))
FIELD_KEY = bytes(range(1, 33))
ACKNOWLEDGED = "acknowledged"
READY = b"ready\n"


def main() -> None:
    """Drive: folder of the recipient, folder of the sender, ``FULL`` or ``NORMAL``, number of batches, seed."""
    recipient, sender, level, batches, seed = (
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        sys.argv[3],
        *map(int, sys.argv[4:6]),
    )
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    _connect({"be": sender, "ma": recipient}, level)
    from django.core.management import call_command
    from django.db import connections

    for alias in ("be", "ma"):
        call_command("migrate", database=alias, run_syncdb=True, interactive=False, verbosity=0)
    from tests.federation.world import MA, OFFICER, make_world

    from comity.services.evidence.sequence import sequence
    from comity.services.exchange.deliver import deliver_due
    from comity.services.exchange.receive import receive_batch
    from comity.services.exchange.submit import submit_many

    _register()
    world = make_world()
    notes = os.open(recipient / ACKNOWLEDGED, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sent: list[str] = []

    def endpoint(path: str, body: bytes) -> bytes:
        receipt = receive_batch(world.ma, body)
        line = " ".join([sha256(_payload(receipt)).hexdigest(), *sent]) + "\n"
        os.write(notes, line.encode("ascii"))
        return receipt

    world.network.endpoints[MA] = endpoint
    os.write(notes, READY)
    chance = random.Random(seed)
    for number in range(batches):
        size = chance.choice((1, 1, 2, 5))
        sent[:] = submit_many(world.be, [world.outgoing({"n": number}) for _ in range(size)], OFFICER)
        if deliver_due(world.be, world.network.channels) != size:
            raise RuntimeError("not delivered")
        if number % 7 == 6:
            sequence(world.ma)
        if number % 25 == 24:
            connections["ma"].close()
        world.clock.forward(seconds=1)


def _payload(receipt: bytes) -> bytes:
    from comity.core.crypto.encoding import from_text
    from comity.core.envelope.receipt import receipt_token

    return from_text(receipt_token(receipt).split(".")[1])


def _connect(folders: dict[str, Path], level: str) -> None:
    from django.db import connections

    from comity.storage import fields, unlocked

    for alias, folder in folders.items():
        entry: dict[str, Any] = connections.settings[alias]
        entry["NAME"] = str(folder / "node.sqlite")
        entry["OPTIONS"] = {**entry["OPTIONS"], "init_command": f"PRAGMA synchronous = {level}"}
        unlocked.set_database_key(alias, KEY)
        fields.set_field_key(alias, FIELD_KEY)


def _register() -> None:
    from tests.federation import effects

    from comity.core.codes.exchange import Act
    from comity.services.exchange.handlers import handler

    handler("test.note", frozenset(Act))(effects.write)


if __name__ == "__main__":
    main()
