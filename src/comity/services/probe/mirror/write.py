"""The issuer writes the parts of what it publishes to a folder, for a mirror to serve.

Implements docs/protocol/probe.md §7.4. Parts only: no manifest, which goes to the partner alone, and no key. Names are digests,
so that whoever serves them knows neither for whom they are nor what belongs together, but by when they come.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.errors import InputError, NodeError
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.probe import parts
from comity.services.probe.index import parts_in_use, stored_manifest
from comity.services.probe.mirror.place import PIECE_BYTES, name_of
from comity.services.probe.permit import bases
from comity.storage import probe as rows
from comity.storage.indexes import layers
from comity.storage.transaction import atomic

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a folder holds now.

    Args:
        written: parts that were not there before.
        kept: parts of this index that were.
        removed: parts of indexes that nobody searches any more.
        octets: bytes written.
    """

    written: int
    kept: int
    removed: int
    octets: int


def write_mirror(
    node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup, folder: Path, actor: Actor
) -> Mirrored:
    """Write every part of the index published to a partner to a folder that may serve several.

    Args:
        node: this node.
        partner: whose index.
        regime: of the index.
        group: purpose group.
        folder: made if it is not there; nothing in it but parts is touched.
        actor: an administrator, a head of desk or the operator.

    Raises:
        Refused: ``actor.role``, ``partner.*``, ``probe.replica-off``, ``probe.no-permit``.
        InputError: ``probe.no-index``: none is published.
        NodeError: ``probe.disk``, ``probe.part-missing``.
    """
    actor.require(regime, Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
    bases(node, partner, regime, group)
    with parts.publishing(node):
        newest = rows.latest_index(node.alias, (partner, regime.value, group.value))
        if newest is None:
            raise InputError("probe.no-index")
        wanted: dict[str, int] = {}
        for layer in layers.chain(node.alias, newest):
            wanted |= stored_manifest(layer.manifest).parts()
        written = [digest for digest, size in wanted.items() if _written(node, folder, digest, size)]
        removed = _remove(folder, parts_in_use(node))
    made = Mirrored(len(written), len(wanted) - len(written), removed, sum(wanted[one] for one in written))
    facts: dict[str, str | int] = {
        "partner": partner,
        "group": group.value,
        "manifest": newest.digest,
        "parts": len(wanted),
    }
    with atomic(node.alias):
        record(node, Internal(), Event("probe.index-mirrored", node.clock(), facts))
    return made


def _written(node: Node, folder: Path, digest: str, size: int) -> bool:
    """Write a part, as a whole or not at all; False when it is there."""
    if (folder / digest).is_dir():
        return False
    waiting = folder / f"{digest}.{os.getpid()}.new"
    try:
        shutil.rmtree(waiting, ignore_errors=True)
        waiting.mkdir(parents=True)
        for number in range(-(-size // PIECE_BYTES)):
            octets = parts.read_part(parts.index_folder(node), digest, number * PIECE_BYTES, PIECE_BYTES)
            (folder / f"{waiting.name}{name_of('', number)}").write_bytes(octets)
        waiting.replace(folder / digest)
    except OSError:
        raise NodeError("probe.disk") from None
    return True


def _remove(folder: Path, kept: frozenset[str]) -> int:
    gone = [path for path in folder.iterdir() if _DIGEST.fullmatch(path.name) and path.name not in kept]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)
