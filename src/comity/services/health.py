"""Whether the node is well, and figures for those who watch it. No personal data, no partner's content."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from comity.core.envelope.limits import UNACKNOWLEDGED
from comity.errors import NodeError
from comity.services.context import Node
from comity.services.custody.expiry import expiries
from comity.services.evidence.alarms import open_alarms
from comity.services.evidence.verify import log_status
from comity.storage.exchange import health, status
from comity.storage.watch.anomalies import count_open

HEARTBEAT = "worker.heartbeat"
HEARTBEAT_EVERY = timedelta(seconds=5)
NODE_TROUBLE: tuple[type[Exception], ...] = (*health.TROUBLE, OSError)
"""What fails when this node's own disk or database does; a process reports it and goes on."""


def healthy(node: Node) -> bool:
    """Tell whether the database answers."""
    return health.answers(node.alias)


def release_connections(node: Node) -> None:
    """Close this thread's database connection if it is unusable or too old."""
    health.release(node.alias)


def close_connections(node: Node) -> None:
    """Close this thread's database connection."""
    health.close(node.alias)


def fold_log(node: Node) -> int:
    """Empty the database's write-ahead log, so that what was erased does not stay in it; tried again later if it is in use."""
    return int(health.fold(node.alias))


def beat(node: Node) -> None:
    """Leave a sign that the worker is alive.

    Raises:
        NodeError: ``worker.heartbeat``: the folder cannot be written.
    """
    try:
        node.config.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        _heartbeat(node).touch(mode=0o600)
    except OSError:
        raise NodeError("worker.heartbeat") from None


def last_beat_seconds(node: Node) -> float | None:
    """Return how many seconds ago the worker last left its sign, None if never."""
    try:
        written = _heartbeat(node).stat().st_mtime
    except OSError:
        return None
    return max(0.0, node.clock().timestamp() - written)


def metrics(node: Node) -> bytes:
    """Return the node's figures in the Prometheus text form."""
    registry = CollectorRegistry()
    now = node.clock()

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"comity_{name}", text, labels, registry=registry)

    messages = gauge("messages", "Messages by direction and state.", "direction", "state")
    for name, count in status.counts(node.alias).items():
        direction, state = name.split(".")
        messages.labels(direction, state).set(count)
    waiting = gauge("outbox_messages", "Messages without a receipt.", "partner", "regime")
    failures = gauge("lane_failures", "Attempts in a row that failed.", "partner", "regime")
    age = gauge("outbox_oldest_seconds", "Age of the oldest message without a receipt.", "partner", "regime")
    for lane in status.lanes(node.alias):
        waiting.labels(lane.partner, lane.regime).set(lane.waiting)
        failures.labels(lane.partner, lane.regime).set(lane.failures)
        since = timedelta(0) if lane.oldest_at is None else now - lane.oldest_at
        age.labels(lane.partner, lane.regime).set(since.total_seconds())
    late = len(status.unacknowledged(node.alias, now - UNACKNOWLEDGED))
    gauge("messages_unacknowledged", "Messages without a receipt for more than five minutes.").set(late)
    days = gauge("key_days", "Days until a key or certificate ends, here or at a partner.", "key")
    for key, end in expiries(node):
        days.labels(key).set((end - now) / timedelta(days=1))
    uncovered = gauge("evidence_uncovered_entries", "Entries that no countersigned checkpoint covers.", "log")
    for log in log_status(node):
        uncovered.labels(log.origin).set(log.size - log.covered + log.pending)
    gauge("evidence_alarms", "Alarms about the evidence that nobody has settled.").set(len(open_alarms(node)))
    anomalies = "Searches that stand out and that no data-protection officer has settled."
    gauge("search_anomalies_open", anomalies).set(count_open(node.alias))
    beat_seconds = last_beat_seconds(node)
    if beat_seconds is not None:
        gauge("worker_heartbeat_seconds", "Age of the worker's last sign.").set(beat_seconds)
    return generate_latest(registry)


def _heartbeat(node: Node) -> Path:
    return node.config.run / HEARTBEAT
