"""Publishes the index of one partner, regime and purpose group.

Implements docs/protocol/probe.md §5 to §7. Only records that the law lets be found and for which an agreement in
force gives a Permit for the act ``be-found`` enter; everything else stays out, and a record that changed its marks is
out with the next index, its reference at once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from comity.core.codes.exchange import Act, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.crypto.agent import ProbeKeyId, TokenType
from comity.core.crypto.encoding import to_text
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.envelope.batch import payload_of
from comity.core.instant import Instant, write_instant
from comity.core.probe.manifest import MAX_DELTAS, Manifest, Shard, key_classes
from comity.core.probe.recalled import PAGE
from comity.core.probe.rules.commonness import Commonness
from comity.core.probe.rules.profile import CP1
from comity.services.context import SYSTEM, Actor, ActorKind, Node
from comity.services.evidence.record import Bilateral, Event, record
from comity.services.exchange.submit import Outgoing, submit
from comity.services.probe import parts
from comity.services.probe.building import bearers, state
from comity.services.probe.building.fill import Filling, fill
from comity.services.probe.building.state import Build
from comity.services.probe.building.written import Written, write
from comity.services.probe.layers import since
from comity.services.probe.layers.bearers import Bearers
from comity.services.probe.layers.plan import Plan, make_plan
from comity.services.probe.layers.recalled import bury
from comity.services.probe.layers.stored import Layer, forget_old, forget_unpublished, place, store
from comity.services.probe.permit import Basis, FindableBy
from comity.storage import probe as rows
from comity.storage.exchange.status import message
from comity.storage.indexes import builds, layers
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

KIND = "index-manifest"
_UNTAKEN = frozenset({MessageState.REFUSED, MessageState.EXPIRED, MessageState.WITHDRAWN})
_UNDER_WAY = timedelta(hours=1)
"""Age below which a file may belong to a build that is not stored yet."""


class Stage(StrEnum):
    """What a build does at the moment."""

    COMPARING = "comparing"
    BUILDING = "building"
    WRITING = "writing"


Progress = Callable[[Stage, int, int], None]
"""Is told the stage, how much of it is done, and of how much; 0 when that is not known."""


def silent(stage: Stage, done: int, of: int) -> None:
    """Tell nobody."""


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
    progress: Progress = silent,
) -> Published:
    """Bring the index of a partner up to date and announce it; nothing happens when the register has not changed.

    A base is built when there is none in the epoch, when its deltas would hold more than a tenth of it, or by force;
    otherwise a delta, for which only the tokens of what changed are evaluated. A build that was stopped, however, is gone
    on with where it stood.

    Args:
        node: this node.
        partner: for whom.
        regime: of the records and of the agreement.
        group: purpose group.
        actor: an administrator, the operator or the node itself.
        force: build a base even if nothing changed.
        paced: after `PROMPT` deltas, build no more than one in `PACE`; what is gone is told with the answers meanwhile.
        progress: is told how far the build is.

    Raises:
        Refused: ``actor.role``, ``partner.*``, ``probe.replica-off``, ``probe.no-permit``.
        NodeError: ``probe.disk``, ``probe.run-altered``, ``keys.*``.
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
    progress: Progress

    @property
    def where(self) -> tuple[ServiceId, Regime, PurposeGroup]:
        return self.partner, self.regime, self.group

    @property
    def scope(self) -> tuple[str, str, str]:
        return self.partner, self.regime.value, self.group.value


def _publish(node: Node, task: _Task) -> Published:
    findable, begun = FindableBy(node, *task.where), node.clock()
    # 1. What changed since the layers that the partner has; nothing: they stand.
    epoch = _epoch(node, *task.where)
    last = rows.latest_index(node.alias, task.scope)
    forget_unpublished(node, task.scope, epoch.epoch, 0 if last is None else last.version)
    below = _below(node, task, last, epoch)
    both = bearers.kept(node, epoch, below[0].digest) if below else None
    plan = _plan(node, task, findable, epoch, below, both)
    base = _draft(node, task, epoch, last, plan, as_delta=False)
    stopped = state.unfinished(node, base, plan, findable.bases) is not None
    if below and last is not None and not stopped:
        if plan.empty:
            with atomic(node.alias):
                since.keep(node, task.scope, epoch.epoch, below[0].version, plan.compared)
            return _published(last, new=False)
        if task.paced and _is_early(below, plan, begun):
            with atomic(node.alias):
                bury(node, layers.of_subjects(node.alias, task.scope, epoch.epoch, plan.gone))
            return _published(last, new=False)
    # 2. Build, parts to disk.
    as_delta = bool(below) and plan.fits and len(below) <= MAX_DELTAS and not stopped
    if not as_delta and not plan.counted:
        plan = _plan(node, task, findable, epoch, below, None)
        base = _draft(node, task, epoch, last, plan, as_delta=False)
    draft = _draft(node, task, epoch, last, plan, as_delta=True) if as_delta else base
    build = state.take_up_or_begin(node, draft, plan, findable.bases, begun)
    written = _write(node, task, epoch, findable, build, plan, below if as_delta else [])
    # 3. Where its records stand; then manifest, message and evidence in one transaction.
    lies_on = below[0].version if as_delta else None
    return _announce(node, task, findable.bases[0], epoch, build, plan, written, lies_on)


def _announce(
    node: Node,
    task: _Task,
    basis: Basis,
    epoch: ProbeEpoch,
    build: Build,
    plan: Plan,
    written: Written,
    base: int | None,
) -> Published:
    """Store a layer that was written and send its manifest; `base` is the version of its base, None: it is one."""
    manifest = written.manifest
    token = node.keys.sign(task.regime, TokenType.MANIFEST, [manifest.to_octets()])[0]
    row = ProbeIndex(
        partner=task.partner,
        regime=task.regime.value,
        group=task.group.value,
        epoch=epoch.epoch,
        version=manifest.version,
        digest=manifest.digest,
        manifest=token,
        entries=written.entries,
        overflow=written.overflow,
        source=plan.digest,
        chain=base,
        changes=0 if base is None else plan.weight,
        created_at=node.clock(),
    )
    layer = Layer(row, epoch, build.runs.placed, build.begun, plan.gone, plan.buried)
    empty = place(node, layer)

    def within(message: str) -> None:
        store(node, layer, empty, message)
        builds.drop(node.alias, task.scope)
        if build.taken_up:
            since.forget(node, task.scope)
        else:
            since.keep(node, task.scope, epoch.epoch, row.chain or row.version, plan.compared)

    submit(node, _outgoing(task, basis, token), task.actor, within=within)
    build.runs.remove()
    forget_old(node, row)
    _sweep(node)
    return _published(row, new=True)


def _write(
    node: Node,
    task: _Task,
    epoch: ProbeEpoch,
    findable: FindableBy,
    build: Build,
    plan: Plan,
    below: Sequence[ProbeIndex],
) -> Written:
    """Build a layer on those below it, a base on none; names leave this function only as tokens."""
    # What the tokens of a delta say of common names is what its base says: both sides must make the same ones.
    known = stored_manifest(below[0].manifest).commonness if below else build.draft.commonness
    fill(node, Filling(build, epoch, findable, known, plan, reference_of, _of(task, Stage.BUILDING)))
    gone = _labels_gone(node, task, epoch, plan, below) if below else []
    written = write(node, build, gone, _of(task, Stage.WRITING))
    if not below:
        bearers.keep(node, epoch, written.manifest.digest, plan.both)
    return written


def _outgoing(task: _Task, basis: Basis, token: str) -> Outgoing:
    return Outgoing(
        partner=task.partner,
        regime=task.regime,
        kind=KIND,
        act=Act.PUBLISH_INDEX,
        body={"manifest": token, "group": task.group.value},
        agreement=basis.standing.hash,
        clause=basis.clause,
        purpose=basis.purpose,
    )


def _plan(
    node: Node,
    task: _Task,
    findable: FindableBy,
    epoch: ProbeEpoch,
    below: list[ProbeIndex],
    both: Bearers | None,
) -> Plan:
    return make_plan(
        node, findable, epoch.epoch, below, both, lambda done: task.progress(Stage.COMPARING, done, 0)
    )


def _of(task: _Task, stage: Stage) -> Callable[[int, int], None]:
    return lambda done, of: task.progress(stage, done, of)


def _below(node: Node, task: _Task, last: ProbeIndex | None, epoch: ProbeEpoch) -> list[ProbeIndex]:
    """Return the layers on which a delta may lie; none when a base must be built whatever has changed."""
    if last is None or task.force or last.epoch != epoch.epoch:
        return []
    found = layers.chain(node.alias, last)
    # 1. Where the records of the base stand is known: it was not made by a version that kept no track.
    placed = layers.any_placed(node.alias, task.scope, epoch.epoch, found[0].version)
    # 2. The partner took the last delta: one that it refused, as a restored node does, leaves a gap in its chain.
    sent = None if last.chain is None else message(node.alias, Direction.OUT, last.message)
    untaken = sent is not None and sent.state in _UNTAKEN
    return [] if untaken or (found[0].records and not placed) else found


def _is_early(below: Sequence[ProbeIndex], plan: Plan, now: Instant) -> bool:
    """Tell whether a delta can wait: not when what is gone no longer fits into one page of an answer."""
    told = len(plan.gone) + len(plan.buried)
    return len(below) > PROMPT and now < below[-1].created_at + PACE and told <= PAGE


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


def destroy_keys(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup, epoch: int) -> None:
    """Destroy the seeds of all classes of an epoch."""
    scope = _Scope(partner, regime, group, epoch)
    for key_class in key_classes(CP1):
        node.keys.destroy_probe_key(scope.key(key_class))


def _publics(node: Node, scope: _Scope) -> bytes:
    """Return the public keys of all classes, in their order; keys that do not exist are made."""
    return b"".join(node.keys.create_probe_key(scope.key(one)) for one in key_classes(CP1))


def _draft(
    node: Node, task: _Task, epoch: ProbeEpoch, last: ProbeIndex | None, plan: Plan, *, as_delta: bool
) -> Manifest:
    nothing, known = "0" * 64, Commonness() if as_delta else plan.known
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
        persons=known.persons,
        common=dict(known.listed),
        shards=(Shard(digest=nothing, seed=0, segment=1, segments=1),),
        records=nothing,
        rows=1,
        created=write_instant(node.clock()),
        valid_before=write_instant(epoch.valid_before),
        previous="" if last is None else last.digest,
    )


def parts_in_use(node: Node) -> frozenset[str]:
    """Return the parts of the newest two indexes of each scope; the last but one may still be under way."""
    keep: set[str] = set()
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows.indexes(node.alias):
        scope = (row.partner, row.regime, row.group)
        seen[scope] = seen.get(scope, 0) + 1
        if seen[scope] <= 2:
            for layer in layers.chain(node.alias, row):
                keep |= set(stored_manifest(layer.manifest).parts())
    return frozenset(keep)


def _sweep(node: Node) -> None:
    """Delete the parts of indexes that were replaced twice over, and what was counted of names for older bases."""
    bearers.sweep(node, _bases_in_use(node))
    parts.sweep(parts.index_folder(node), parts_in_use(node), before=node.clock() - _UNDER_WAY)


def _bases_in_use(node: Node) -> frozenset[str]:
    """Return the base of the newest index of each scope."""
    newest: dict[tuple[str, str, str], ProbeIndex] = {}
    for row in rows.indexes(node.alias):
        newest.setdefault((row.partner, row.regime, row.group), row)
    return frozenset(layers.chain(node.alias, row)[0].digest for row in newest.values())


def _published(row: ProbeIndex, *, new: bool) -> Published:
    size = size_of(stored_manifest(row.manifest))
    return Published(row.digest, row.epoch, row.version, row.records, row.entries, row.overflow, size, new)


@lru_cache(maxsize=4 * (MAX_DELTAS + 1))
def stored_manifest(token: str) -> Manifest:
    """Return the manifest of a token from our own database, which was signed or verified before it was stored."""
    return Manifest.model_validate_json(payload_of(token))
