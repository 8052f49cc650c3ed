"""What a build is taken up again with: its draft, its secret, where its runs are.

Implements docs/protocol/probe.md §7.4. A scope has one build at a time. A build is taken up only when the layer would be the
same: its epoch, version, keys, predecessor and rules, what the agreements permit, and for a delta what it brings. What changed
in the register meanwhile is in the next layer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comity.core.instant import Instant
from comity.core.probe.building.entries import DRAWN_BYTES
from comity.core.probe.manifest import DELTA, Manifest
from comity.services.context import Node
from comity.services.probe import parts
from comity.services.probe.building.runs import Runs, remove
from comity.services.probe.layers.plan import Plan
from comity.services.probe.permit import Basis
from comity.storage.indexes import builds as rows
from comity.storage.models.probe import ProbeBuild

BUCKET_RECORDS = 1 << 16
"""Records whose entries fill a bucket; some 80 MB with what is computed of them."""

_ENTRIES, _SEALED = b"entries", b"sealed"


@dataclass(frozen=True, slots=True, repr=False)
class Build:
    """A build under way.

    Args:
        row: in the database.
        draft: the manifest to be, without its parts.
        runs: what it has made so far.
        seed: from which follows all that is drawn.
        taken_up: whether it was begun before: what it holds was read at several times.
    """

    row: ProbeBuild
    draft: Manifest
    runs: Runs
    seed: bytes
    taken_up: bool

    @property
    def begun(self) -> Instant:
        """When the register was first read for it."""
        return self.row.begun_at


def take_up_or_begin(
    node: Node, draft: Manifest, plan: Plan, bases: Sequence[Basis], begun: Instant
) -> Build:
    """Return the build of a draft: the one that was stopped, or a new one in its place.

    Args:
        node: this node.
        draft: of the layer, with the names that are common when it is a base.
        plan: what it brings.
        bases: what permits it.
        begun: when the register was read for the plan.
    """
    row = unfinished(node, draft, plan, bases)
    taken_up = row is not None
    if row is None:
        discard(node, draft)
        row = ProbeBuild(
            partner=draft.partner,
            regime=draft.regime,
            group=draft.group,
            name=node.random(16).hex(),
            draft=draft.model_dump_json(),
            basis=_digest(bases),
            source=plan.digest,
            secret=node.random(DRAWN_BYTES),
            buckets=-(-max(plan.persons, plan.changes, 1) // BUCKET_RECORDS),
            begun_at=begun,
        )
        rows.add(node.alias, row)
    secret = bytes(row.secret)
    runs = Runs(_folder(node, row.name), _derived(secret, _SEALED), row.buckets)
    return Build(row, stored_draft(row), runs, _derived(secret, _ENTRIES), taken_up)


def unfinished(node: Node, draft: Manifest, plan: Plan, bases: Sequence[Basis]) -> ProbeBuild | None:
    """Return the build that was stopped and that would make the layer of a draft."""
    row = rows.under_way(node.alias, (draft.partner, draft.regime, draft.group))
    if row is None or row.basis != _digest(bases):
        return None
    kept = stored_draft(row)
    told = {"created": kept.created, "persons": kept.persons, "common": kept.common}
    if draft.model_copy(update=told) != kept or (draft.layer == DELTA and row.source != plan.digest):
        return None
    return row


def _digest(bases: Sequence[Basis]) -> str:
    """Return a digest of what the agreements permit."""
    named = sorted(f"{one.standing.hash}|{one.purpose.value}|{one.clause}" for one in bases)
    return hashlib.sha256("\n".join(named).encode()).hexdigest()


def stored_draft(row: ProbeBuild) -> Manifest:
    """Return the draft of a build from our own database."""
    return Manifest.model_validate_json(row.draft)


def discard(node: Node, draft: Manifest) -> None:
    """Forget the build of a scope, with its secret, and remove all runs that belong to none."""
    rows.drop(node.alias, (draft.partner, draft.regime, draft.group))
    sweep(node)


def sweep(node: Node) -> None:
    """Remove the runs that belong to no build."""
    kept = rows.names(node.alias)
    for folder in parts.build_folder(node).iterdir():
        if folder.name not in kept:
            remove(folder)


def _folder(node: Node, name: str) -> Path:
    return parts.build_folder(node) / name


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(purpose, key=secret, digest_size=DRAWN_BYTES, person=b"CP1-build").digest()
