"""Restores a backup into a new home (docs/recovery.md §2).

The home carries a mark until everything is done, and `custody.open_node` refuses a marked home: a restored node does not
serve before what was erased, recalled or stopped since the backup is so again. Partners, officers and service accounts
from which trust was withdrawn since are closed until a person opens them again; all of them, where the journal is not
whole or the backup comes from a version that did not journal withdrawals. Until its partners have said how far they
had countersigned, its logs do not grow, so that no number is used twice.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.config import FILE_NAME, Config, load_config
from comity.core.crypto.derive import Label, derive
from comity.core.crypto.stream import CHUNK_BYTES, SALT_BYTES, TAG_BYTES, open_stream
from comity.core.evidence.event import Event, Internal
from comity.core.instant import read_instant, write_instant
from comity.errors import InputError, NodeError
from comity.services import erasures
from comity.services.context import Actor, Node
from comity.services.custody.opening import RESTORING
from comity.storage.keystore.vault import replace_file
from comity.storage.recovery import copy as database
from comity.storage.transaction import atomic

MAGIC = b"comity-backup/1\n"
CONTEXT = b"backup"
VERSION = 1
REPLAYED = "replayed"
MAX_NAME = 64
MAX_PART_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored, and whom it closed: partners suspended and revoked, officers, service accounts.

    `until` says to which instant the journal tells what was withdrawn; None when it does not, and everybody is closed.
    """

    service: str
    made_at: str
    replayed: int
    doubted: int
    until: str | None
    partners: tuple[str, ...]
    revoked: tuple[str, ...]
    officers: tuple[str, ...]
    systems: tuple[str, ...]


def restore(
    source: Path,
    home: Path,
    root: bytes,
    actor: Actor,
    open_node: Callable[[Config, bytes], Node],
    *,
    journal: Path | None = None,
    without_journal: bool = False,
    unlock_file: Path | None = None,
) -> RestoreReport:
    """Restore a backup into a new home; the node refuses to serve until this has returned once.

    Called again on the same home after an interruption, it goes on with the replay.

    Args:
        source: the backup.
        home: new, empty, or with nothing but the journal of erasures.
        root: the unlock key, 32 bytes.
        actor: who restores.
        open_node: opens the node of a configuration with the unlock key.
        journal: the journal of erasures of the lost home; by default the one in `home`.
        without_journal: an administrator's decision to go on although the journal is lost; recorded.
        unlock_file: new place of the unlock key, where the old one no longer exists.

    Raises:
        InputError: ``restore.home-in-use``, ``restore.malformed``, ``stream.altered``.
        NodeError: ``journal.*``, ``restore.database``, ``database.*``, ``vault.*``.
    """
    home = home.resolve()
    if not (home / RESTORING).exists():
        _unpack(source, home, root, unlock_file)
    if journal is not None:
        _place_journal(journal, home)
    manifest = json.loads((home / RESTORING).read_text(encoding="utf-8"))
    node = open_node(load_config(home), root)
    from comity.services.custody import withdrawn  # needs the database set up, as the next ones
    from comity.services.custody.restored import take_back
    from comity.services.evidence.record import record
    from comity.services.exchange.missing import expect_missing
    from comity.storage.evidence import entries

    # 1. What was erased, recalled or stopped after the backup is so again.
    replayed, state = _replay(node, (manifest["journal"][0], manifest["journal"][1]), without_journal)
    # 2. Nobody is trusted from whom trust was withdrawn after the backup; no log grows before its partner has said how
    #    far it was.
    told = None
    if state == REPLAYED and manifest.get("withdrawals") is True:
        told = withdrawn.read(node, manifest["journal"][0])
    with atomic(node.alias):
        closed = take_back(node, actor, told)
        expect_missing(node, read_instant(manifest["made_at"]))
        doubted = entries.doubt_all(node.alias)
        facts: dict[str, str | int] = {
            "backup": manifest["made_at"],
            "replayed": replayed,
            "journal": state,
            "withdrawals": "unknown" if told is None else "journal",
        }
        record(node, Internal(), Event("node.restored", node.clock(), facts, actor.name.encode()))
    # 3. Now it may serve.
    (home / RESTORING).unlink()
    return RestoreReport(
        service=manifest["service"],
        made_at=manifest["made_at"],
        replayed=replayed,
        doubted=doubted,
        until=None if told is None or told.until is None else write_instant(told.until),
        partners=closed.partners,
        revoked=closed.revoked,
        officers=closed.officers,
        systems=closed.systems,
    )


def _replay(node: Node, after: tuple[int, str], without_journal: bool) -> tuple[int, str]:
    """Carry the journal out again; return the number of lines and whether it was replayed, incomplete or lost."""
    if without_journal and erasures.position(node.config.home)[0] == 0:
        erasures.begin(node)
        return 0, "lost"
    replayed = erasures.replay(node, after, incomplete=without_journal)
    return replayed, REPLAYED if erasures.is_whole(node.config.home, after) else "incomplete"


class _Unbundle:
    """Reads the frames of `_bundle` back."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = bytearray()

    def parts(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield name and content of each part; a content must be read before the next part."""
        while size := self._take(1)[0]:
            if size > MAX_NAME:
                raise InputError("restore.malformed")
            name = self._take(size).decode("ascii", "replace")
            content = self._content()
            yield name, content
            for _ in content:
                continue
        if self._held or next(self._blocks, None):
            raise InputError("restore.malformed")

    def _content(self) -> Iterator[bytes]:
        while size := int.from_bytes(self._take(4), "big"):
            if size > MAX_PART_CHUNK:
                raise InputError("restore.malformed")
            yield self._take(size)

    def _take(self, size: int) -> bytes:
        while len(self._held) < size:
            block = next(self._blocks, None)
            if block is None:
                raise InputError("restore.malformed")
            self._held += block
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken


def _unpack(source: Path, home: Path, root: bytes, unlock_file: Path | None) -> None:
    _claim(home)
    manifest: dict[str, Any] | None = None
    try:
        with source.open("rb") as file:
            for name, content in _Unbundle(_opened(file, root)).parts():
                if name == "manifest.json":
                    manifest = json.loads(b"".join(content))
                elif name == "database":
                    database.undump(load_config(home), content)
                elif name in (FILE_NAME, "tls/certificate.pem", "tls/key.pem", "vault/keys.sealed"):
                    _place(home, name, b"".join(content), unlock_file)
                else:
                    raise InputError("restore.malformed")
        if manifest is None or manifest.get("v") != VERSION:
            raise InputError("restore.malformed")
    except BaseException:
        _clear(home)
        raise
    # From here on the home is whole, but may not serve.
    replace_file(home / RESTORING, json.dumps(manifest).encode())


def _place_journal(journal: Path, home: Path) -> None:
    (home / erasures.FOLDER).mkdir(mode=0o700, exist_ok=True)
    try:
        replace_file(erasures.journal_file(home), journal.read_bytes())
    except OSError:
        raise NodeError("journal.missing", file=journal.name) from None


def _opened(file: Any, root: bytes) -> Iterator[bytes]:
    if file.read(len(MAGIC)) != MAGIC:
        raise InputError("restore.malformed")
    salt = file.read(SALT_BYTES)
    if len(salt) != SALT_BYTES:
        raise InputError("restore.malformed")
    chunks = iter(lambda: file.read(CHUNK_BYTES + TAG_BYTES), b"")
    return open_stream(derive(root, Label.BACKUP), salt, CONTEXT, chunks)


def _place(home: Path, name: str, octets: bytes, unlock_file: Path | None) -> None:
    path = home / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if name == FILE_NAME and unlock_file is not None:
        lines = [line for line in octets.decode().splitlines() if not line.startswith("unlock_file")]
        tables = next((at for at, line in enumerate(lines) if not line and at > 1), len(lines))
        lines.insert(tables, f"unlock_file = {json.dumps(str(unlock_file.resolve()))}")
        octets = ("\n".join(lines) + "\n").encode()
    replace_file(path, octets)


def _claim(home: Path) -> None:
    """Make the home, or take a folder that holds nothing but a journal."""
    if home.exists() and (not home.is_dir() or {one.name for one in home.iterdir()} - {erasures.FOLDER}):
        raise InputError("restore.home-in-use")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(home, 0o700)


def _clear(home: Path) -> None:
    for one in home.iterdir():
        if one.name == erasures.FOLDER:
            continue
        if one.is_dir():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)
