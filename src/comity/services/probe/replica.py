"""The partner's index on our side: announced by a manifest, fetched in pieces, verified, opened for searching.

Implements docs/protocol/probe.md §7. A part is used only when its SHA-256 is the one that the signed manifest states;
an interrupted download goes on where it stopped.
"""

from __future__ import annotations

import mmap
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from comity.core.codes.exchange import Act, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.crypto.agent import TokenType
from comity.core.crypto.signature import verify_jws
from comity.core.instant import read_instant
from comity.core.probe.manifest import DELTA, MAX_DELTAS, ROW_BYTES, Manifest, open_manifest
from comity.core.probe.opening import Replica
from comity.errors import InputError, NodeError, PeerError
from comity.services.calls import Call, call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import Bilateral, Event, record
from comity.services.exchange.handlers import Message, handler
from comity.services.partners.directory import signing_keys
from comity.services.probe import parts
from comity.services.probe.index import KIND, stored_manifest
from comity.services.probe.layers.chain import chain_of, tokens_of, verify_lies_on
from comity.services.probe.mirror.chosen import MirroredShards
from comity.services.probe.mirror.place import fetch_part
from comity.services.probe.permit import bases, require_receivable
from comity.storage import probe as rows
from comity.storage.indexes import mirrors
from comity.storage.models.probe import ProbeMirror, ProbeReplica
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

FETCHERS = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK, Role.ADMINISTRATOR)
"""May have an index fetched at once; a search and the worker fetch it by themselves."""
CHUNK_BYTES = 960 * 1024
"""Bytes of a part in one return: with its signature it fits the frame of one MiB."""


@handler(KIND, {Act.PUBLISH_INDEX})
def announced(node: Node, message: Message) -> None:
    """Take note of a partner's index; runs in the accepting transaction.

    Raises:
        PeerError: ``probe.manifest-*``, ``signature.*``, ``probe.profile``.
    """
    # 1. The manifest and the group of purposes, and nothing else.
    if set(message.body) != {"manifest", "group"}:
        raise PeerError("probe.manifest-malformed")
    group = read_group(message.body["group"])
    token = message.body["manifest"]
    if not isinstance(token, str):
        raise PeerError("probe.manifest-malformed")
    # 2. Signed by the issuer, meant for us.
    keys = signing_keys(node, message.partner, message.regime, message.sent_at)
    verified = verify_jws(token, typ=TokenType.MANIFEST, keys=keys)
    manifest = open_manifest(
        verified.payload, issuer=message.partner, partner=node.service, regime=message.regime, group=group
    )
    # 3. Never older than what we have: a partner cannot bring back an index that it replaced.
    newest = rows.newest_replica(node.alias, (message.partner, message.regime.value, group.value))
    if newest is not None and (manifest.version <= newest.version or manifest.epoch < newest.epoch):
        raise PeerError("probe.manifest-old")
    # 4. A delta lies on the newest layer that we know, and on no other.
    verify_lies_on(node, manifest, newest)
    row = ProbeReplica(
        partner=message.partner,
        regime=message.regime.value,
        group=group.value,
        epoch=manifest.epoch,
        version=manifest.version,
        digest=manifest.digest,
        manifest=token,
        announced_at=message.received_at,
    )
    rows.announce_replica(node.alias, row)
    facts: dict[str, str | int] = {
        "manifest": manifest.digest,
        "group": group.value,
        "epoch": manifest.epoch,
        "version": manifest.version,
        "message": message.id,
    }
    scope = Bilateral(message.partner, message.regime)
    record(node, scope, Event("probe.index-announced", message.received_at, facts))


@call_handler("replica")
def serve(node: Node, call_: Call) -> tuple[Any, bytes]:
    """Give a partner a piece of a part of an index that was published to it.

    Raises:
        PeerError: ``probe.request-malformed``, ``probe.part-unknown``.
        Refused: ``partner.*``, ``probe.no-permit``: nothing is served once the agreement is stopped.
    """
    digest, part, offset = _wanted(call_.body)
    for row in rows.indexes_for(node.alias, call_.partner, call_.regime.value):
        if row.digest != digest:
            continue
        sizes = stored_manifest(row.manifest).parts()
        if part not in sizes or offset >= sizes[part]:
            break
        bases(node, call_.partner, call_.regime, PurposeGroup(row.group))
        return {"size": sizes[part]}, parts.read_part(parts.index_folder(node), part, offset, CHUNK_BYTES)
    raise PeerError("probe.part-unknown")


def fetch(
    node: Node, channels: Channels, partner: ServiceId, regime: Regime, group: PurposeGroup
) -> ProbeReplica:
    """Fetch what is missing of the newest index that a partner announced, and make it searchable.

    From the partner, or from the mirror that an administrator has chosen; the shards of a base not, when each is to be
    fetched by the search that needs it.

    Raises:
        InputError: ``probe.no-index``: the partner has announced none.
        Refused: ``partner.*``, ``probe.no-permit``: nothing more comes once the partner or the agreement is stopped.
        PeerError: ``probe.part-wrong``: the partner sent other bytes than its manifest states; ``probe.manifest-chain``.
        DeliveryError: the way is broken; what has come is kept. ``probe.mirror-missing``.
        NodeError: ``probe.disk``.
    """
    scope = (partner, regime.value, group.value)
    # The worker and an officer's search may want the same index: the second waits, and finds it complete.
    with parts.fetching(node, scope):
        row = rows.newest_replica(node.alias, scope)
        if row is None:
            raise InputError("probe.no-index")
        folder, mirror = parts.replica_folder(node), mirrors.mirror(node.alias, scope)
        for layer in chain_of(node, row):
            for digest, size in _wanted_now(stored_manifest(layer.manifest), mirror).items():
                if (folder / digest).exists():
                    continue
                # A mirror asks nobody: what the partner's node would refuse is refused here, also within a download.
                require_receivable(node, partner, regime, group)
                if mirror is None:
                    _fetch_part(node, channels, layer, digest, size)
                else:
                    fetch_part(node, mirror, digest, size)
        if row.ready_at is None:
            _ready(node, row)
    return row


def waiting(node: Node) -> list[tuple[ServiceId, Regime, PurposeGroup]]:
    """Return the scopes whose newest announced index is not fetched yet."""
    found = []
    for row in rows.waiting_replicas(node.alias):
        newest = rows.newest_replica(node.alias, (row.partner, row.regime, row.group))
        if newest is not None and newest.pk == row.pk:
            found.append((ServiceId(row.partner), Regime(row.regime), PurposeGroup(row.group)))
    return found


def open_replica(node: Node, row: ProbeReplica) -> Replica:
    """Return a fetched index, the base with its deltas, mapped into memory.

    Raises:
        NodeError: ``probe.part-missing``: the files were removed; fetch again.
        PeerError: ``probe.manifest-chain``.
    """
    scope = (row.partner, row.regime, row.group)
    folder, (base, *deltas) = parts.replica_folder(node), tokens_of(node.alias, scope, row.digest)
    mirror = mirrors.mirror(node.alias, scope)
    later = tuple(_mapped(folder, token) for token in deltas)
    if mirror is None or not mirror.lazy:
        return replace(_mapped(folder, base), later=later)
    manifest = stored_manifest(base)
    try:
        table = _table(folder, manifest)
    except (OSError, ValueError):
        raise NodeError("probe.part-missing") from None
    return Replica(manifest, MirroredShards(node, mirror, manifest), table, later=later, at_hand=False)


def is_valid(node: Node, manifest: Manifest) -> bool:
    """Tell whether the epoch of a manifest still runs."""
    return node.clock() < read_instant(manifest.valid_before)


def read_group(text: object) -> PurposeGroup:
    """Return the purpose group that a partner named.

    Raises:
        PeerError: ``probe.group``.
    """
    try:
        return PurposeGroup(str(text))
    except ValueError:
        raise PeerError("probe.group") from None


def _ready(node: Node, row: ProbeReplica) -> None:
    now = node.clock()
    facts: dict[str, str | int] = {"manifest": row.digest, "group": row.group, "version": row.version}
    with atomic(node.alias):
        rows.replica_ready(node.alias, row, now)
        record(
            node,
            Bilateral(ServiceId(row.partner), Regime(row.regime)),
            Event("probe.index-fetched", now, facts),
        )


def _wanted(body: Any) -> tuple[str, str, int]:
    if not isinstance(body, dict) or set(body) != {"manifest", "part", "offset"}:
        raise PeerError("probe.request-malformed")
    digest, part, offset = body["manifest"], body["part"], body["offset"]
    if not isinstance(digest, str) or not isinstance(part, str) or isinstance(offset, bool):
        raise PeerError("probe.request-malformed")
    if not isinstance(offset, int) or offset < 0:
        raise PeerError("probe.request-malformed")
    return digest, part, offset


def _fetch_part(node: Node, channels: Channels, row: ProbeReplica, digest: str, size: int) -> None:
    folder = parts.replica_folder(node)
    while (offset := parts.fetched(folder, digest)) < size:
        body = {"manifest": row.digest, "part": digest, "offset": offset}
        answer, octets = call(node, channels, ServiceId(row.partner), Regime(row.regime), "replica", body)
        if answer != {"size": size} or not octets or offset + len(octets) > size:
            raise PeerError("probe.part-wrong")
        parts.append(folder, digest, octets)
    if not parts.complete(folder, digest):
        raise PeerError("probe.part-wrong")


@lru_cache(maxsize=4 * (MAX_DELTAS + 1))
def _mapped(folder: Path, token: str) -> Replica:
    manifest = stored_manifest(token)
    try:
        shards = tuple(
            np.asarray(np.memmap(folder / shard.digest, dtype="<u8", mode="r")).reshape(-1, 2)
            for shard in manifest.shards
        )
        rows_ = _table(folder, manifest)
        gone = b"" if manifest.gone is None else (folder / manifest.gone.digest).read_bytes()
    except (OSError, ValueError):
        raise NodeError("probe.part-missing") from None
    sizes = [len(shard) * 16 for shard in shards] == [shard.size for shard in manifest.shards]
    listed = 0 if manifest.gone is None else manifest.gone.size
    if not sizes or len(gone) != listed:
        raise NodeError("probe.part-missing")
    return Replica(manifest, shards, rows_, np.sort(np.frombuffer(gone, "<u8")).tobytes())


def _table(folder: Path, manifest: Manifest) -> memoryview:
    """Return the record table, mapped into memory.

    Raises:
        OSError, ValueError: it is not there, or not as long as it should be.
    """
    with (folder / manifest.records).open("rb") as file:
        found = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if len(found) != manifest.rows * ROW_BYTES:
        raise ValueError("another size")
    return found


def _wanted_now(manifest: Manifest, mirror: ProbeMirror | None) -> dict[str, int]:
    """Return the parts that a replica needs before it is searched."""
    sizes = manifest.parts()
    if mirror is None or not mirror.lazy or manifest.layer == DELTA:
        return sizes
    return {manifest.records: sizes[manifest.records]}
