"""The issuer's tombstones: written when a record may no longer be found, told with every answer to a search.

Implements docs/protocol/probe.md §7.3. The register tells of each change in the transaction that makes it, so that the
next answer already says what is gone; what only time or the agreement takes is found by the worker.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant
from comity.core.probe import recalled
from comity.core.probe.recalled import Tombstones
from comity.core.register.findable import hidden_by
from comity.core.register.subject import Subject, open_subject
from comity.errors import PeerError
from comity.services.calls import Call, call_handler
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.partners.directory import trusted_partner
from comity.services.register.followed import watch
from comity.storage import probe
from comity.storage.indexes import layers as rows
from comity.storage.models.probe import ProbePlaced


@watch
def recall_hidden(node: Node, uid: str, subject: Subject | None) -> None:
    """Write tombstones for the rows of a record that the law hides now; in the transaction that changed it."""
    _recall(node, rows.placed_anywhere(node.alias, uid), subject)


def recall_changed_since(node: Node, at: Instant) -> None:
    """Recall what became hidden while a layer was built: its rows are known to nobody before the layer is stored."""
    for page in rows.changed_since(node.alias, at):
        for row, placed in page:
            _recall(node, placed, None if row.content is None else open_subject(row.content))


def _recall(node: Node, placed: Sequence[ProbePlaced], subject: Subject | None) -> None:
    found = [row for row in placed if subject is None or _hidden(node, row, subject)]
    if found:
        bury(node, found)


def bury(node: Node, found: Sequence[ProbePlaced]) -> None:
    """Turn rows into tombstones, with evidence of how many, in the running transaction."""
    now = node.clock()
    count = rows.bury(node.alias, found, now)
    record(node, Internal(), Event("probe.recalled", now, {"count": count}))


def told(key: bytes, gone: Collection[bytes], oldest: int | None, layer: int, page: int = 0) -> Tombstones:
    """Return a page of what is gone for an asker whose newest layer has this version.

    Args:
        key: of the epoch's records.
        gone: labels of rows that are gone and that this layer does not know of.
        oldest: version of the oldest base for which anything is told; None without any.
        layer: version of the asker's newest layer, 0 for all that is told.
        page: which page.

    Raises:
        PeerError: ``probe.layer``: of an index for which nothing is told any more; ``probe.request-malformed``: no such
            page.
    """
    if layer and oldest is not None and layer < oldest:
        raise PeerError("probe.layer")
    labels = recalled.padded_labels(gone, key, layer)
    return Tombstones(head=recalled.head_of(labels, layer), labels=recalled.page_of(labels, page))


@call_handler("probe-recalled")
def tell_more(node: Node, call: Call) -> tuple[object, bytes]:
    """Answer with a further page of what is gone.

    Raises:
        PeerError: ``probe.request-malformed``, ``probe.group``, ``probe.epoch``, ``probe.layer``.
        Refused: ``partner.*``.
    """
    trusted_partner(node, call.partner)
    wanted = recalled.read_more(call.body)
    scope = _scope(call.partner, call.regime, wanted.group)
    epoch = probe.epoch(node.alias, scope, wanted.epoch)
    if epoch is None or not epoch.record_key:
        raise PeerError("probe.epoch")
    kept = rows.bases(node.alias, scope, epoch.epoch)[:2]
    gone = rows.gone_since(node.alias, scope, epoch.epoch, wanted.layer)
    oldest = kept[-1] if kept else None
    return told(bytes(epoch.record_key), gone, oldest, wanted.layer, wanted.page).model_dump(mode="json"), b""


def _scope(partner: ServiceId, regime: Regime, group: str) -> tuple[str, str, str]:
    try:
        return partner, regime.value, PurposeGroup(group).value
    except ValueError:
        raise PeerError("probe.group") from None


def _hidden(node: Node, row: ProbePlaced, subject: Subject) -> bool:
    regime, group = Regime(row.regime), PurposeGroup(row.group)
    today = node.clock().date()
    return bool(hidden_by(subject, service=node.service, regime=regime, group=group, today=today))
