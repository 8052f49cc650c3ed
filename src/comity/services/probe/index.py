"""Publishes the index of one partner, regime and purpose group.

Implements docs/protocol/probe.md §5 to §7. Only records that the law lets be found and for which an agreement in
force gives a Permit for the act ``be-found`` enter; everything else stays out, and a record that changed its marks is
out with the next index, its reference at once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from comity.core.codes.exchange import Act, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Role
from comity.core.crypto.agent import ProbeKeyId, TokenType
from comity.core.crypto.blob import record_key
from comity.core.crypto.encoding import to_text
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.envelope.batch import payload_of
from comity.core.instant import write_instant
from comity.core.probe.index import Built, IndexBuilder
from comity.core.probe.manifest import Manifest, Shard, key_classes
from comity.core.probe.query import Query
from comity.core.probe.rules.commonness import Commonness, count
from comity.core.probe.rules.naming import pairs
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token, index_tokens, names_of
from comity.core.probe.sketch import sketch_of
from comity.core.register.subject import Subject
from comity.services.context import SYSTEM, Actor, ActorKind, Node
from comity.services.evidence.record import Bilateral, Event, record
from comity.services.exchange.submit import Outgoing, submit
from comity.services.probe import parts
from comity.services.probe.describe import describe
from comity.services.probe.permit import FindableBy, bases
from comity.services.register.read import stream_findable
from comity.storage import probe as rows
from comity.storage.models.probe import ProbeEpoch, ProbeIndex, ProbeReference
from comity.storage.transaction import atomic

EPOCH = timedelta(days=30)
AHEAD = timedelta(days=3)
"""How long before its end an epoch is followed by the next one."""

KIND = "index-manifest"
_BATCH = 1024
_UNDER_WAY = timedelta(hours=1)
"""Age below which a file may belong to a build that is not stored yet."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Published:
    """A published index.

    Args:
        new: False when nothing had changed and the last one stands.
        size: bytes that the partner fetches.
    """

    digest: str
    epoch: int
    version: int
    records: int
    entries: int
    overflow: int
    size: int
    new: bool


def publish(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    group: PurposeGroup,
    actor: Actor = SYSTEM,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Build the index for a partner and announce it; nothing happens when the register has not changed.

    Args:
        node: this node.
        partner: for whom.
        regime: of the records and of the agreement.
        group: purpose group.
        actor: an administrator, the operator or the node itself.
        force: build even if nothing changed.
        progress: called with the number of records done.

    Raises:
        Refused: ``actor.role``, ``partner.*``, ``probe.replica-off``, ``probe.no-permit``.
        NodeError: ``probe.disk``, ``keys.*``.
    """
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(regime, Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
    with parts.publishing(node):
        return _publish(node, partner, regime, group, actor, force, progress)


def size_of(manifest: Manifest) -> int:
    """Return the bytes of all parts."""
    return sum(manifest.parts().values())


def reference_of(epoch: ProbeEpoch, uid: str) -> bytes:
    """Return the opaque 16-byte reference of a subject in one partner's epoch."""
    return hmac.digest(bytes(epoch.reference_key), f"reference|{uid}".encode(), hashlib.sha256)[:16]


def _publish(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    group: PurposeGroup,
    actor: Actor,
    force: bool,
    progress: Progress | None,
) -> Published:
    scope = (partner, regime.value, group.value)
    basis = bases(node, partner, regime, group)[0]
    # 1. Nothing new in the register: the last index stands.
    epoch = _epoch(node, partner, regime, group)
    source = _source(node, partner, regime, group)
    last = rows.latest_index(node.alias, scope)
    if last is not None and not force and (last.source, last.epoch) == (source, epoch.epoch):
        return _published(last, new=False)
    # 2. Build; names leave this function only as tokens.
    version = max(rows.floor(node.alias)[1], 1 if last is None else last.version + 1)
    draft = _draft(node, partner, regime, group, epoch, version, "" if last is None else last.digest)
    builder = IndexBuilder(CP1, draft.blob_context, node.random)
    names = _names(node, partner, regime, group)
    uids = _fill(node, builder, epoch, names, _Scope(partner, regime, group, epoch.epoch), progress)
    built = builder.finish()
    # 3. Parts to disk, then manifest, message, references and evidence in one transaction.
    for part in (*built.shards, built.records):
        parts.write_part(parts.index_folder(node), part.digest, part.octets)
    manifest = _complete(draft, built, names.known)
    token = node.keys.sign(regime, TokenType.MANIFEST, [manifest.to_octets()])[0]
    row = ProbeIndex(
        partner=partner,
        regime=regime.value,
        group=group.value,
        epoch=epoch.epoch,
        version=version,
        digest=manifest.digest,
        manifest=token,
        records=len(uids),
        entries=built.entries,
        overflow=sum(built.overflow.values()),
        source=source,
        created_at=node.clock(),
    )
    outgoing = Outgoing(
        partner=partner,
        regime=regime,
        kind=KIND,
        act=Act.PUBLISH_INDEX,
        body={"manifest": token, "group": group.value},
        agreement=basis.standing.hash,
        clause=basis.clause,
        purpose=basis.purpose,
    )
    submit(node, outgoing, actor, within=lambda message: _store(node, row, epoch, uids, message))
    _sweep(node)
    return _published(row, new=True)


def _epoch(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> ProbeEpoch:
    """Return the current epoch, or begin the next: there is none, it nears its end, or its key was lost.

    A restored backup holds no keys of searches; asking for the key of the old epoch then makes another one, which is
    destroyed again.
    """
    now = node.clock()
    found = rows.current_epoch(node.alias, (partner, regime.value, group.value))
    if found is not None and now < found.valid_before - AHEAD:
        scope = _Scope(partner, regime, group, found.epoch)
        if _publics(node, scope) == bytes(found.public_key):
            return found
        destroy_keys(node, partner, regime, group, found.epoch)
    number = max(rows.floor(node.alias)[0], 1 if found is None else found.epoch + 1)
    row = ProbeEpoch(
        partner=partner,
        regime=regime.value,
        group=group.value,
        epoch=number,
        public_key=_publics(node, _Scope(partner, regime, group, number)),
        record_key=node.random(32),
        reference_key=node.random(32),
        created_at=now,
        valid_before=now + EPOCH,
    )
    with atomic(node.alias):
        rows.add_epoch(node.alias, row)
        facts: dict[str, str | int] = {"group": group.value, "epoch": number}
        record(node, Bilateral(partner, regime), Event("probe.epoch-begun", now, facts))
    return row


def _permitted(
    node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup
) -> Iterator[tuple[str, int, Subject, frozenset[DataCategory]]]:
    findable = FindableBy(node, partner, regime, group)
    for uid, version, subject in stream_findable(node, regime, partner, group):
        data = findable.permitted(subject)
        if data:
            yield uid, version, subject, data


def _source(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> str:
    """Return a digest of what the index would hold: identifiers, versions, permitted categories."""
    found = hashlib.sha256()
    for uid, version, _, data in _permitted(node, partner, regime, group):
        found.update(f"{uid}|{version}|{','.join(sorted(data))}\n".encode())
    return found.hexdigest()


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose keys: of one epoch, each class apart."""

    partner: ServiceId
    regime: Regime
    group: PurposeGroup
    epoch: int

    def key(self, key_class: KeyClass) -> ProbeKeyId:
        """Return the key of a class."""
        return ProbeKeyId(self.partner, self.regime, self.group, self.epoch, key_class)


@dataclass(frozen=True, slots=True)
class _Names:
    """How common names are: what the manifest says, and of two names together how many bear them, by their hash."""

    known: Commonness
    both: Counter[int]


def destroy_keys(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup, epoch: int) -> None:
    """Destroy the seeds of all classes of an epoch."""
    scope = _Scope(partner, regime, group, epoch)
    for key_class in key_classes(CP1):
        node.keys.destroy_probe_key(scope.key(key_class))


def _publics(node: Node, scope: _Scope) -> bytes:
    """Return the public keys of all classes, in their order; keys that do not exist are made."""
    return b"".join(node.keys.create_probe_key(scope.key(one)) for one in key_classes(CP1))


def _names(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> _Names:
    """Count the names of those who will be found, before the first token is made."""
    single: Counter[str] = Counter()
    both: Counter[int] = Counter()
    persons = 0
    for _, _, subject, permitted in _permitted(node, partner, regime, group):
        description = describe(subject, permitted)
        if description is not None:
            persons += 1
            single.update(names_of(description))
            both[_both(description)] += 1
    return _Names(count(persons, single), both)


def _both(description: Query) -> int:
    """Return a number for the likeliest reading of the two names of a person, the same for equal names in one process."""
    found = [pairs(one.given, one.family)[:1] for one in description.names]
    return hash(next((one[0].value for one in found if one), ()))


def _fill(
    node: Node,
    builder: IndexBuilder,
    epoch: ProbeEpoch,
    names: _Names,
    scope: _Scope,
    progress: Progress | None,
) -> list[str]:
    uids: list[str] = []
    waiting: list[_Waiting] = []
    for uid, version, subject, permitted in _permitted(node, scope.partner, scope.regime, scope.group):
        description = describe(subject, permitted)
        tokens = () if description is None else index_tokens(CP1, names.known, description)
        if description is None or not tokens:
            continue
        uids.append(uid)
        sketch = sketch_of(description, names.both[_both(description)]).to_octets()
        key = record_key(bytes(epoch.record_key), uid, version)
        waiting.append(_Waiting(key, reference_of(epoch, uid), sketch, tokens))
        if sum(len(one.tokens) for one in waiting) >= _BATCH:
            _evaluate(node, builder, scope, waiting)
            waiting.clear()
            if progress is not None:
                progress(len(uids))
    _evaluate(node, builder, scope, waiting)
    return uids


@dataclass(frozen=True, slots=True, repr=False)
class _Waiting:
    """A record whose tokens are not evaluated yet."""

    key: bytes
    reference: bytes
    sketch: bytes
    tokens: tuple[Token, ...]


def _evaluate(node: Node, builder: IndexBuilder, scope: _Scope, waiting: Sequence[_Waiting]) -> None:
    """Evaluate tokens, each with the key of its class, and record keys with that of openings; then add."""
    outputs: dict[bytes, bytes] = {}
    for key_class, _ in CP1.layout.slots:
        wanted = {
            token.octets
            for one in waiting
            for token in one.tokens
            if CP1.rule(token.rule).key_class is key_class
        }
        ordered = sorted(wanted)
        if ordered:
            outputs.update(zip(ordered, node.keys.evaluate_own(scope.key(key_class), ordered), strict=True))
    keys = [one.key for one in waiting]
    openings = node.keys.evaluate_own(scope.key(KeyClass.OPENING), keys) if keys else []
    for one, opening in zip(waiting, openings, strict=True):
        own = [outputs[token.octets] for token in one.tokens]
        builder.add(one.key, opening, one.reference, one.sketch, one.tokens, own)


def _draft(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    group: PurposeGroup,
    epoch: ProbeEpoch,
    version: int,
    previous: str,
) -> Manifest:
    nothing = "0" * 64
    return Manifest(
        issuer=node.service,
        partner=partner,
        regime=regime.value,
        group=group.value,
        epoch=epoch.epoch,
        version=version,
        profile=CP1.id,
        keys={
            key_class: to_text(bytes(epoch.public_key)[at * 32 : (at + 1) * 32])
            for at, key_class in enumerate(key_classes(CP1))
        },
        shards=(Shard(digest=nothing, seed=0, segment=1, segments=1),),
        records=nothing,
        rows=1,
        created=write_instant(node.clock()),
        valid_before=write_instant(epoch.valid_before),
        previous=previous,
    )


def _complete(draft: Manifest, built: Built, known: Commonness) -> Manifest:
    shards = tuple(
        Shard(
            digest=part.digest,
            seed=part.layout.seed,
            segment=part.layout.segment,
            segments=part.layout.segments,
        )
        for part in built.shards
        if part.layout is not None
    )
    changed = {"shards": shards, "records": built.records.digest, "rows": built.rows}
    return draft.model_copy(update={**changed, "persons": known.persons, "common": dict(known.listed)})


def _store(node: Node, row: ProbeIndex, epoch: ProbeEpoch, uids: Sequence[str], message: str) -> None:
    row.message = message
    rows.add_index(node.alias, row)
    now = row.created_at
    references = [
        ProbeReference(
            reference=reference_of(epoch, uid).hex(),
            partner=epoch.partner,
            regime=epoch.regime,
            group=epoch.group,
            epoch=epoch.epoch,
            subject=uid,
            created_at=now,
        )
        for uid in uids
    ]
    rows.add_references(node.alias, references)
    facts: dict[str, str | int] = {
        "manifest": row.digest,
        "group": row.group,
        "epoch": row.epoch,
        "version": row.version,
        "message": message,
    }
    scope = Bilateral(ServiceId(row.partner), Regime(row.regime))
    record(node, scope, Event("probe.index-published", now, facts))


def _sweep(node: Node) -> None:
    """Delete the parts of indexes that were replaced twice over; the last but one may still be under way."""
    keep: set[str] = set()
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows.indexes(node.alias):
        scope = (row.partner, row.regime, row.group)
        seen[scope] = seen.get(scope, 0) + 1
        if seen[scope] <= 2:
            keep |= set(stored_manifest(row.manifest).parts())
    parts.sweep(parts.index_folder(node), frozenset(keep), before=node.clock() - _UNDER_WAY)


def _published(row: ProbeIndex, *, new: bool) -> Published:
    size = size_of(stored_manifest(row.manifest))
    return Published(row.digest, row.epoch, row.version, row.records, row.entries, row.overflow, size, new)


def stored_manifest(token: str) -> Manifest:
    """Return the manifest of a token from our own database, which was signed or verified before it was stored."""
    return Manifest.model_validate_json(payload_of(token))
