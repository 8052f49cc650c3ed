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
from comity.core.codes.marks import Role
from comity.core.crypto.agent import ProbeKeyId, TokenType
from comity.core.crypto.blob import record_key
from comity.core.crypto.encoding import to_text
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.envelope.batch import payload_of
from comity.core.instant import Instant, write_instant
from comity.core.probe.index import Built, IndexBuilder, gone_part, label_of
from comity.core.probe.manifest import MAX_DELTAS, Gone, Manifest, Shard, key_classes
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token, index_tokens
from comity.core.probe.sketch import sketch_of
from comity.services.context import SYSTEM, Actor, ActorKind, Node
from comity.services.evidence.record import Bilateral, Event, record
from comity.services.exchange.submit import Outgoing, submit
from comity.services.probe import parts
from comity.services.probe.layers.plan import Change, Plan, both_of, changes, make_plan
from comity.services.probe.layers.recalled import bury
from comity.services.probe.layers.stored import Layer, Placed, store
from comity.services.probe.permit import bases
from comity.storage import probe as rows
from comity.storage.exchange.status import message
from comity.storage.indexes import layers
from comity.storage.models.exchange import Direction, MessageState
from comity.storage.models.probe import ProbeEpoch, ProbeIndex
from comity.storage.transaction import atomic

EPOCH = timedelta(days=30)
AHEAD = timedelta(days=3)
"""How long before its end an epoch is followed by the next one."""

PROMPT = 4
"""Deltas of a base that follow each change at once."""

PACE = timedelta(days=1)
"""How far apart later deltas lie; an epoch of thirty days then has room for all of them."""

BUILD_BYTES = 16
KIND = "index-manifest"
_BATCH = 1024
_UNTAKEN = frozenset({MessageState.REFUSED, MessageState.EXPIRED, MessageState.WITHDRAWN})
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
    paced: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Bring the index of a partner up to date and announce it; nothing happens when the register has not changed.

    A base is built when there is none in the epoch, when its deltas would hold more than a tenth of it, or by force;
    otherwise a delta, for which only the tokens of what changed are evaluated.

    Args:
        node: this node.
        partner: for whom.
        regime: of the records and of the agreement.
        group: purpose group.
        actor: an administrator, the operator or the node itself.
        force: build a base even if nothing changed.
        paced: after `PROMPT` deltas, build no more than one in `PACE`; what is gone is told with the answers meanwhile.
        progress: called with the number of records done.

    Raises:
        Refused: ``actor.role``, ``partner.*``, ``probe.replica-off``, ``probe.no-permit``.
        NodeError: ``probe.disk``, ``keys.*``.
    """
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(regime, Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
    with parts.publishing(node):
        return _publish(node, _Task(partner, regime, group, actor, force, paced, progress))


def size_of(manifest: Manifest) -> int:
    """Return the bytes of all parts."""
    return sum(manifest.parts().values())


def reference_of(epoch: ProbeEpoch, uid: str) -> bytes:
    """Return the opaque 16-byte reference of a subject in one partner's epoch."""
    return hmac.digest(bytes(epoch.reference_key), f"reference|{uid}".encode(), hashlib.sha256)[:16]


@dataclass(frozen=True, slots=True)
class _Task:
    partner: ServiceId
    regime: Regime
    group: PurposeGroup
    actor: Actor
    force: bool
    paced: bool
    progress: Progress | None

    @property
    def where(self) -> tuple[ServiceId, Regime, PurposeGroup]:
        return self.partner, self.regime, self.group

    @property
    def scope(self) -> tuple[str, str, str]:
        return self.partner, self.regime.value, self.group.value


def _publish(node: Node, task: _Task) -> Published:
    basis, begun = bases(node, *task.where)[0], node.clock()
    # 1. What changed since the layers that the partner has; nothing: they stand.
    epoch = _epoch(node, *task.where)
    last = rows.latest_index(node.alias, task.scope)
    below = _below(node, task, last, epoch)
    plan = make_plan(node, *task.where, epoch.epoch, below)
    if below and last is not None:
        if plan.empty:
            return _published(last, new=False)
        if task.paced and _is_early(below, begun):
            with atomic(node.alias):
                bury(node, layers.of_subjects(node.alias, task.scope, epoch.epoch, plan.gone))
            return _published(last, new=False)
    # 2. Build, parts to disk.
    as_delta = bool(below) and plan.fits and len(below) <= MAX_DELTAS
    draft = _draft(node, task, epoch, last, as_delta=as_delta)
    written = _write(node, task, epoch, draft, plan, below if as_delta else [])
    # 3. Manifest, message, references and evidence in one transaction.
    manifest, built = written.manifest, written.built
    token = node.keys.sign(task.regime, TokenType.MANIFEST, [manifest.to_octets()])[0]
    row = ProbeIndex(
        partner=task.partner,
        regime=task.regime.value,
        group=task.group.value,
        epoch=epoch.epoch,
        version=manifest.version,
        digest=manifest.digest,
        manifest=token,
        entries=built.entries,
        overflow=sum(built.overflow.values()),
        source=plan.digest,
        chain=below[0].version if as_delta else None,
        changes=plan.weight if as_delta else 0,
        created_at=node.clock(),
    )
    outgoing = Outgoing(
        partner=task.partner,
        regime=task.regime,
        kind=KIND,
        act=Act.PUBLISH_INDEX,
        body={"manifest": token, "group": task.group.value},
        agreement=basis.standing.hash,
        clause=basis.clause,
        purpose=basis.purpose,
    )
    layer = Layer(row, epoch, written.placed, begun, plan.gone, plan.buried)
    submit(node, outgoing, task.actor, within=lambda message: store(node, layer, message))
    _sweep(node)
    return _published(row, new=True)


@dataclass(frozen=True, slots=True, repr=False)
class _Written:
    """A layer whose parts are on the disk."""

    manifest: Manifest
    built: Built
    placed: list[Placed]


def _write(
    node: Node, task: _Task, epoch: ProbeEpoch, draft: Manifest, plan: Plan, below: Sequence[ProbeIndex]
) -> _Written:
    """Build a layer on those below it, a base on none; names leave this function only as tokens."""
    builder = IndexBuilder(CP1, draft.blob_context, node.random)
    # 1. What the tokens of a delta say of common names is what its base says: both sides must make the same ones.
    known = stored_manifest(below[0].manifest).commonness if below else plan.known
    wanted = iter(plan.changed) if below else changes(node, *task.where)
    scope = _Scope(*task.where, epoch.epoch)
    placed = _fill(node, builder, epoch, _Names(known, plan.both), scope, wanted, task.progress)
    built = builder.finish()
    written = [*built.shards, built.records]
    # 2. A delta says which rows below it are gone.
    if below:
        part, listed = gone_part(_labels_gone(node, task, epoch, plan, below), node.random)
        written.append(part)
        manifest = _complete(draft, built, Commonness(), Gone(digest=part.digest, labels=listed))
    else:
        manifest = _complete(draft, built, known, None)
    for part in written:
        parts.write_part(parts.index_folder(node), part.digest, part.octets)
    return _Written(manifest, built, placed)


def _below(node: Node, task: _Task, last: ProbeIndex | None, epoch: ProbeEpoch) -> list[ProbeIndex]:
    """Return the layers on which a delta may lie; none when a base must be built whatever has changed."""
    if last is None or task.force or last.epoch != epoch.epoch:
        return []
    found = layers.chain(node.alias, last)
    # 1. Where the records of the base stand is known: it was not made by a version that kept no track.
    placed = layers.placed_count(node.alias, task.scope, epoch.epoch, found[0].version)
    # 2. The partner took the last delta: one that it refused, as a restored node does, leaves a gap in its chain.
    sent = None if last.chain is None else message(node.alias, Direction.OUT, last.message)
    untaken = sent is not None and sent.state in _UNTAKEN
    return [] if untaken or (found[0].records and not placed) else found


def _is_early(below: Sequence[ProbeIndex], now: Instant) -> bool:
    return len(below) > PROMPT and now < below[-1].created_at + PACE


def _labels_gone(
    node: Node, task: _Task, epoch: ProbeEpoch, plan: Plan, below: Sequence[ProbeIndex]
) -> list[bytes]:
    """Return the labels of the rows that a delta takes away: of the changed, of those gone, of those buried before."""
    stale = layers.of_subjects(node.alias, task.scope, epoch.epoch, plan.gone)
    gone = [row.label for row in stale if row.label and row.layer >= below[0].version]
    return [bytes.fromhex(label) for label in (*plan.replaced, *gone, *plan.buried)]


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


def _fill(
    node: Node,
    builder: IndexBuilder,
    epoch: ProbeEpoch,
    names: _Names,
    scope: _Scope,
    wanted: Iterator[Change],
    progress: Progress | None,
) -> list[Placed]:
    placed: list[Placed] = []
    waiting: list[_Waiting] = []
    # Drawn for each build: no other one, finished or killed, seals anything with these keys.
    build = node.random(BUILD_BYTES)
    for one in wanted:
        tokens = () if one.description is None else index_tokens(CP1, names.known, one.description)
        reference = reference_of(epoch, one.uid)
        if one.description is None or not tokens:
            placed.append(Placed(one.uid, one.version, one.permitted, b"", reference))
            continue
        sketch = sketch_of(one.description, names.both[both_of(one.description)]).to_octets()
        key = record_key(bytes(epoch.record_key), one.uid, one.version, build)
        placed.append(Placed(one.uid, one.version, one.permitted, label_of(key), reference))
        waiting.append(_Waiting(key, reference, sketch, tokens))
        if sum(len(each.tokens) for each in waiting) >= _BATCH:
            _evaluate(node, builder, scope, waiting)
            waiting.clear()
            if progress is not None:
                progress(len(placed))
    _evaluate(node, builder, scope, waiting)
    return placed


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
    node: Node, task: _Task, epoch: ProbeEpoch, last: ProbeIndex | None, *, as_delta: bool
) -> Manifest:
    nothing = "0" * 64
    return Manifest(
        issuer=node.service,
        partner=task.partner,
        regime=task.regime.value,
        group=task.group.value,
        epoch=epoch.epoch,
        layer="delta" if as_delta else "base",
        version=max(rows.floor(node.alias)[1], 1 if last is None else last.version + 1),
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
        previous="" if last is None else last.digest,
    )


def _complete(draft: Manifest, built: Built, known: Commonness, gone: Gone | None) -> Manifest:
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
    changed = {"shards": shards, "records": built.records.digest, "rows": built.rows, "gone": gone}
    return draft.model_copy(update={**changed, "persons": known.persons, "common": dict(known.listed)})


def _sweep(node: Node) -> None:
    """Delete the parts of indexes that were replaced twice over; the last but one may still be under way."""
    keep: set[str] = set()
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows.indexes(node.alias):
        scope = (row.partner, row.regime, row.group)
        seen[scope] = seen.get(scope, 0) + 1
        if seen[scope] <= 2:
            for layer in layers.chain(node.alias, row):
                keep |= set(stored_manifest(layer.manifest).parts())
    parts.sweep(parts.index_folder(node), frozenset(keep), before=node.clock() - _UNDER_WAY)


def _published(row: ProbeIndex, *, new: bool) -> Published:
    size = size_of(stored_manifest(row.manifest))
    return Published(row.digest, row.epoch, row.version, row.records, row.entries, row.overflow, size, new)


def stored_manifest(token: str) -> Manifest:
    """Return the manifest of a token from our own database, which was signed or verified before it was stored."""
    return Manifest.model_validate_json(payload_of(token))
