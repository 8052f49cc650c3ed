"""Backs a node up while it works, into one sealed file (docs/recovery.md §1).

In the file: configuration, certificate, private keys without the seeds of probe keys, database. Not in it: probe seeds,
replicas and indexes (made again), the unlock key, the journal of erasures. It is sealed under a key derived from the
unlock key: whoever has the file alone has nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from comity.config import FILE_NAME
from comity.core.crypto.derive import Label
from comity.core.crypto.stream import SALT_BYTES, seal_stream
from comity.core.evidence.event import Event, Internal
from comity.core.instant import write_instant
from comity.errors import InputError
from comity.services import erasures
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.restore import CONTEXT, MAGIC, VERSION
from comity.storage.recovery import copy as database
from comity.storage.transaction import atomic
from comity.transport.keyagent import SocketKeys


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was written."""

    size: int
    made_at: str
    journal_lines: int


def back_up(node: Node, actor: Actor, out: Path) -> BackupReport:
    """Write a sealed backup of a node that may be working meanwhile.

    Raises:
        InputError: ``file.exists``, ``file.write``.
        NodeError: ``backup.*``, ``keys.*``.
    """
    database.check_file(out)
    made_at = node.clock()
    shown = write_instant(made_at)
    # 1. The journal's position first: what is erased later has its line after it.
    #    A restore asks for that line, so that there must be one.
    erasures.begin(node)
    count, digest = erasures.settled_position(node)
    manifest = {
        "v": VERSION,
        "service": node.service,
        "engine": node.config.database.engine.value,
        "made_at": shown,
        "journal": [count, digest],
        "withdrawals": True,
    }
    # 2. The act is in the backup itself.
    with atomic(node.alias):
        facts = {"journal": count}
        record(node, Internal(), Event("node.backed-up", made_at, facts, actor.name.encode()))
    # 3. Sealed chunk by chunk; a file that was not finished is removed.
    salt = node.random(SALT_BYTES)
    key = node.keys.derived(Label.BACKUP)
    blocks = _bundle(_parts(node, json.dumps(manifest).encode()))
    size = _write(out, [MAGIC, salt], seal_stream(key, salt, CONTEXT, blocks))
    return BackupReport(size, shown, count)


def _parts(node: Node, manifest: bytes) -> Iterator[tuple[str, Iterable[bytes]]]:
    config = node.config
    yield "manifest.json", [manifest]
    yield FILE_NAME, [(config.home / FILE_NAME).read_bytes()]
    for path in sorted((config.home / "tls").glob("*.pem")):
        yield f"tls/{path.name}", [path.read_bytes()]
    if isinstance(node.keys, SocketKeys):
        yield "vault/keys.sealed", [node.keys.backup_vault()]
    yield "database", database.dump(config, node.alias)


def _bundle(parts: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Frame named parts: name, then chunks with their length, an empty one at the end."""
    for name, blocks in parts:
        yield bytes([len(name)]) + name.encode("ascii")
        for block in blocks:
            if block:
                yield len(block).to_bytes(4, "big") + block
        yield bytes(4)
    yield b"\x00"


def _write(out: Path, head: list[bytes], blocks: Iterator[bytes]) -> int:
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise InputError("file.exists", file=out.name) from None
    except OSError:
        raise InputError("file.write", file=out.name) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(head)
            file.writelines(blocks)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()
    except OSError:
        out.unlink(missing_ok=True)
        raise InputError("file.write", file=out.name) from None
    except BaseException:
        out.unlink(missing_ok=True)
        raise
