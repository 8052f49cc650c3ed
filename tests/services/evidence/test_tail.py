"""Under traffic nothing waits longer than a minute for the partner's countersignature: neither log, at the paces of the worker.

The tail is read as `comity evidence status` prints it; time moves by seconds, and each task takes none of it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.services.evidence.cast import Pair, pair

from comity.core.evidence.event import Event, Internal
from comity.core.evidence.export import open_export
from comity.services.context import Node
from comity.services.evidence.checkpoint import show_all
from comity.services.evidence.export import export_lines
from comity.services.evidence.record import record
from comity.services.evidence.sequence import leaf, sequence
from comity.services.evidence.verify import log_status, verify
from comity.storage.transaction import atomic
from comity.worker.tasks import tasks

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

MOST_SECONDS = 60
INTERNAL, BILATERAL = "comity/BE.police/internal/1", "comity/BE.police/bilateral/MA.police/police/1"


@pytest.fixture
def both() -> Pair:
    return pair()


def _work(both: Pair, one: Node) -> list[tuple[float, Callable[[], int]]]:
    """Return what the worker does for the evidence, each with its pace in seconds."""
    paces = {task.name: task.every_seconds for task in tasks(one)}
    return [
        (paces["number-evidence"], lambda: sequence(one)),
        (paces["countersign"], lambda: show_all(one, both.ask_from(one))),
        (paces["internal-leaf"], lambda: leaf(one)),
    ]


def _longest(both: Pair, seconds: int, *, each: int, phase: float = 0.0) -> dict[str, float]:
    """Let a message pass and something happen inside every so many seconds; return the age of the oldest tail of each log."""
    work, longest = _work(both, both.be), {INTERNAL: 0.0, BILATERAL: 0.0}
    next_at = [phase * pace for pace, _ in work]
    for second in range(seconds):
        if second % each == 0:
            both.act(both.be, 2)
            with atomic("be"):
                record(both.be, Internal(), Event("subject.read", both.clock(), {"subject": str(second)}))
        for number, (pace, run) in enumerate(work):
            if second >= next_at[number]:
                next_at[number] += pace
                run()
        both.clock.move(seconds=1)
        for log in log_status(both.be):
            if log.tail_since is not None:
                age = (both.clock() - log.tail_since).total_seconds()
                longest[log.origin] = max(longest[log.origin], age)
    return longest


@pytest.mark.parametrize("phase", [0.0, 0.5])
@pytest.mark.parametrize("each", [1, 7, 45])
def test_at_most_a_minute_under_traffic(both: Pair, each: int, phase: float) -> None:
    longest = _longest(both, 400, each=each, phase=phase)
    assert {origin: age for origin, age in longest.items() if age > MOST_SECONDS} == {}
    assert min(longest.values()) > 0


def test_what_the_status_says_is_what_a_stranger_can_prove(both: Pair) -> None:
    _longest(both, 100, each=3)
    shown = {log.origin: log.covered for log in log_status(both.be)}
    proven = {log.origin: log.covered for log in open_export(export_lines(both.be)).logs}
    assert shown == proven
    assert min(shown.values()) > 0
    assert verify(both.be).findings == ()


def test_a_state_of_our_own_covers_nothing(both: Pair) -> None:
    """The internal log is not covered before a partner has countersigned the leaf that binds it."""
    both.act(both.be, 1)
    sequence(both.be)
    with atomic("be"):
        record(both.be, Internal(), Event("subject.read", both.clock(), {"subject": "1"}))
    both.clock.move(seconds=30)
    assert leaf(both.be) == 1
    sequence(both.be)
    assert {log.origin: log.covered for log in log_status(both.be)} == {INTERNAL: 0, BILATERAL: 0}
    assert show_all(both.be, both.ask_from(both.be)) == 1
    assert {log.origin: log.covered for log in log_status(both.be)} == {INTERNAL: 1, BILATERAL: 2}


def test_the_slowest_pace_that_may_be_configured_keeps_to_it_too(both: Pair) -> None:
    config = both.be.config.model_copy(update={"checkpoint_seconds": _greatest("checkpoint_seconds")})
    object.__setattr__(both.be, "config", config)
    longest = _longest(both, 400, each=7)
    assert max(longest.values()) <= MOST_SECONDS


def _greatest(name: str) -> int:
    from comity.config import Config

    found = [one.le for one in Config.model_fields[name].metadata if hasattr(one, "le")]
    assert len(found) == 1
    return int(found[0])
