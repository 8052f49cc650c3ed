"""What the worker does for the private search: publish, fetch, forget answers, destroy keys, erase what is due.

And what an administrator does out of schedule: rotate the keys.

Implements docs/protocol/probe.md §7 and §9. Source: Regulation (EU) 2024/982 Art. 33(3) (three years for
justifications).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Bilateral, Event, Internal
from comity.errors import DeliveryError, InputError, PeerError, Refused
from comity.services import erasures
from comity.services.agreements.standing import in_force
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.partners.directory import PartnerState, all_partners
from comity.services.probe import index, parts
from comity.services.probe.answering.arrived import OVERLAP
from comity.services.probe.index import Progress, Published, publish, stored_manifest
from comity.services.probe.layers.chain import chain_of
from comity.services.probe.layers.stored import forget_epoch
from comity.services.probe.replica import fetch, is_valid, waiting
from comity.services.probe.resolve import KEPT
from comity.storage import probe as rows
from comity.storage.models.probe import ProbeEpoch, ReplicaState
from comity.storage.register.subjects import last_change
from comity.storage.transaction import atomic
from comity.transport.channel import Channels

ANSWERS_KEPT = timedelta(days=2)
"""How long an answer can be fetched again; it holds elements only, and says nothing about anybody."""

SEARCHES_KEPT = timedelta(days=1095)
"""How long a search and its sealed justification are kept by the asker."""

BATCH = 200
_SETTLED = timedelta(hours=1)
"""Age below which a file of a replica is left alone."""

_seen: dict[tuple[str, str, str, str], object] = {}
"""What each scope looked like when it was last published or found unchanged, in this process."""


def publish_due(node: Node, channels: Channels) -> int:
    """Publish every index that an agreement permits and whose register has changed; the number published.

    Looked at again when a subject or the agreements changed, and once a day, since people come of age and retention
    ends.
    """
    del channels
    done = 0
    mark = (last_change(node.alias), node.clock().date())
    for regime in node.config.regimes:
        for view in all_partners(node):
            if view.state is not PartnerState.CONFIRMED:
                continue
            agreements = tuple(standing.hash for standing in in_force(node, view.service, regime))
            for group in PurposeGroup:
                scope = (str(node.config.home), view.service, regime.value, group.value)
                if not agreements or _seen.get(scope) == (mark, agreements):
                    continue
                published = _publish(node, view.service, regime, group)
                if published is not None:
                    done += published
                    _seen[scope] = (mark, agreements)
    return done


def fetch_due(node: Node, channels: Channels) -> int:
    """Fetch the indexes that partners announced; the number fetched. What fails is tried again next time."""
    done = 0
    for partner, regime, group in waiting(node):
        try:
            fetch(node, channels, partner, regime, group)
        except (DeliveryError, PeerError, Refused):
            continue
        done += 1
    return done


def forget_answers(node: Node, channels: Channels) -> int:
    """Forget answers that nobody will fetch again; the number forgotten. The counts stay."""
    del channels
    with atomic(node.alias):
        return rows.forget_answers(node.alias, node.clock() - ANSWERS_KEPT)


def destroy_keys(node: Node, channels: Channels) -> int:
    """Destroy the keys of epochs that ended 48 hours ago, whose searches nobody may ask any more; how many.

    The seed goes first, in the key process: done twice, it does no harm; forgotten, it would stay.
    """
    del channels
    done = 0
    for row in rows.ended_epochs(node.alias, node.clock() - OVERLAP):
        if not row.record_key:
            continue
        partner, regime, group = ServiceId(row.partner), Regime(row.regime), PurposeGroup(row.group)
        index.destroy_keys(node, partner, regime, group, row.epoch)
        # The key of its records goes last: what was stopped is done again.
        forget_epoch(node, row)
        with atomic(node.alias):
            rows.drop_record_key(node.alias, row)
            facts: dict[str, str | int] = {"group": row.group, "epoch": row.epoch}
            record(node, Bilateral(partner, regime), Event("probe.key-destroyed", node.clock(), facts))
        done += 1
    return done


def rotate(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    group: PurposeGroup,
    actor: Actor,
    *,
    compromised: bool,
    progress: Progress = index.silent,
) -> Published:
    """End an epoch out of schedule and publish the next; a key that may be known to others is destroyed at once.

    Without that, searches of the ended epoch are answered for 48 hours more, so that those in flight survive.

    Raises:
        Refused: ``actor.role``, ``partner.*``, ``probe.replica-off``, ``probe.no-permit``.
        InputError: ``probe.no-index``: no epoch runs.
    """
    if actor.kind is not ActorKind.SYSTEM:
        actor.require(regime, Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
    now = node.clock()
    row = rows.current_epoch(node.alias, (partner, regime.value, group.value))
    if row is None or row.valid_before <= now:
        raise InputError("probe.no-index")
    # 1. Evaluation stops: the keys go before anything is written, since done twice it does no harm.
    if compromised:
        index.destroy_keys(node, partner, regime, group, row.epoch)
    with atomic(node.alias):
        rows.end_epoch(node.alias, row, now - OVERLAP if compromised else now)
        facts: dict[str, str | int] = {"group": row.group, "epoch": row.epoch}
        record(node, Bilateral(partner, regime), Event("probe.epoch-ended", now, facts))
        if compromised:
            record(node, Bilateral(partner, regime), Event("probe.key-destroyed", now, facts))
    if compromised:
        forget_epoch(node, row)
        with atomic(node.alias):
            rows.drop_record_key(node.alias, row)
    # 2. The next epoch shares nothing with it.
    return publish(node, partner, regime, group, actor, force=True, progress=progress)


def sweep_replicas(node: Node, channels: Channels) -> int:
    """Delete the files of indexes that partners replaced or whose epoch has ended; number of files deleted."""
    del channels
    keep: set[str] = set()
    newest: set[tuple[str, str, str]] = set()
    ready: set[tuple[str, str, str]] = set()
    for row in rows.replicas(node.alias):
        scope = (row.partner, row.regime, row.group)
        # 1. The newest, which may be on its way, and the newest that can be searched.
        of_use = scope not in newest or (row.state == ReplicaState.READY and scope not in ready)
        newest.add(scope)
        if row.state == ReplicaState.READY:
            ready.add(scope)
        # 2. As long as their epoch runs.
        if of_use and is_valid(node, stored_manifest(row.manifest)):
            for layer in chain_of(node, row):
                keep |= set(stored_manifest(layer.manifest).parts())
    return parts.sweep(parts.replica_folder(node), frozenset(keep), before=node.clock() - _SETTLED)


def erase_searches(node: Node, channels: Channels) -> int:
    """Erase the searches of this node that are three years old, with justification and salts; how many."""
    del channels
    due = rows.asked_before(node.alias, node.clock() - SEARCHES_KEPT, BATCH)
    for rid in due:
        with atomic(node.alias):
            erasures.journal(node, "search", [rid])
            erase_searches_again(node, [rid])
    return len(due)


@erasures.replays("search")
def erase_searches_again(node: Node, names: Sequence[str]) -> None:
    """Erase searches in the running transaction, those too that a restored backup brought back."""
    for rid in names:
        if rows.drop_asked(node.alias, rid):
            destroy_salt(node, rid)
            facts: dict[str, str | int] = {"search": rid, "ground": "retention"}
            record(node, Internal(), Event("probe.search-erased", node.clock(), facts))


def erase_references(node: Node, channels: Channels) -> int:
    """Erase what references mean, 90 days after their epoch; how many. Those that an open case cites wait for it."""
    del channels
    done = 0
    for row in rows.ended_epochs(node.alias, node.clock() - KEPT):
        if row.reference_key:
            done += _erase_references(node, row, journaled=True)
    return done


@erasures.replays("references")
def erase_references_again(node: Node, names: Sequence[str]) -> None:
    """Erase the references of epochs that a restored backup brought back; named as `_erase_references` does."""
    for name in names:
        *scope, number = name.rsplit("/", 3)
        row = rows.epoch(node.alias, (scope[0], scope[1], scope[2]), int(number))
        if row is not None:
            _erase_references(node, row, journaled=False)


def _erase_references(node: Node, row: ProbeEpoch, *, journaled: bool) -> int:
    """Erase references some at a time, and then their key; return how many."""
    kept, done = rows.cited(node.alias, row.partner, row.valid_before + KEPT), 0
    while True:
        with atomic(node.alias):
            count = rows.drop_references(node.alias, row, kept)
            if count == 0:
                if not rows.any_reference(node.alias, row):
                    rows.drop_reference_key(node.alias, row)
                return done
            if journaled and not done:
                name = f"{row.partner}/{row.regime}/{row.group}/{row.epoch}"
                erasures.journal(node, "references", [name])
            facts: dict[str, str | int] = {"partner": row.partner, "group": row.group, "epoch": row.epoch}
            record(
                node, Internal(), Event("probe.references-erased", node.clock(), {**facts, "count": count})
            )
        done += count


def _publish(node: Node, partner: ServiceId, regime: Regime, group: PurposeGroup) -> int | None:
    """Return whether a new index was published, as a number; None when it was refused, to be tried again."""
    try:
        return int(publish(node, partner, regime, group, paced=True).new)
    except (Refused, PeerError):
        return None
