"""The reconciliation loop: looks at what is stored, does what is due, sleeps. Nothing lives only in memory.

Whatever kills the worker, the next one finds the same rows and goes on. Each lane is delivered in a thread that serves nothing
else meanwhile, so that a partner that does not answer delays only its own messages. What is done with each partner shares a
bounded number of threads in turns (`comity.worker.turns`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from comity.core.codes.exchange import ServiceId
from comity.errors import ComityError
from comity.services.context import Node
from comity.services.exchange.deliver import deliver_lane, due, take_over
from comity.services.health import HEARTBEAT_EVERY, NODE_TROUBLE, beat, close_connections, release_connections
from comity.services.partners.directory import all_partners
from comity.storage.exchange.lanes import LaneView
from comity.transport.channel import Channels
from comity.worker.crew import Crew, Job
from comity.worker.turns import Turns

POLL_SECONDS = 0.2
LANES_AT_ONCE = 8
STOP_SECONDS = 30.0
_log = logging.getLogger("comity.worker")


@dataclass(frozen=True, slots=True)
class Task:
    """Something done again and again.

    Args:
        name: for the log.
        every_seconds: from the end of one run to the beginning of the next.
        run: returns how much it did.
    """

    name: str
    every_seconds: float
    run: Callable[[Node, Channels], int]


@dataclass(frozen=True, slots=True)
class PartnerTask:
    """Something done again and again with each partner, in a thread that serves nothing else meanwhile.

    Args:
        name: for the log.
        every_seconds: from one round to the next; a partner whose last turn has not ended is left out.
        run: returns how much it did.
    """

    name: str
    every_seconds: float
    run: Callable[[Node, Channels, ServiceId], int]


@dataclass
class Worker:
    """The loop of one node.

    Args:
        node: whose work it is.
        channels: the ways to the partners.
        tasks: besides delivery.
    """

    node: Node
    channels: Channels
    tasks: Sequence[Task | PartnerTask]
    stopping: threading.Event = field(default_factory=threading.Event)
    _lanes: dict[tuple[str, str], Job] = field(default_factory=dict)
    _slow: dict[str, Job] = field(default_factory=dict)
    _next: dict[str, float] = field(default_factory=dict)
    _turns: Turns = field(default_factory=Turns)

    def __post_init__(self) -> None:
        self._crew = Crew(lambda: release_connections(self.node), lambda: close_connections(self.node))

    def run(self) -> None:
        """Work until `stop`; then let what has begun end."""
        next_beat = 0.0
        self._guard("take over", lambda: take_over(self.node))
        while not self.stopping.is_set():
            if time.monotonic() >= next_beat:
                self._guard("heartbeat", lambda: beat(self.node))
                next_beat = time.monotonic() + HEARTBEAT_EVERY.total_seconds()
            self._guard("deliver", self._deliver)
            self._begin_tasks()
            self._turns.begin_next(self._begin)
            release_connections(self.node)
            self.stopping.wait(POLL_SECONDS)
        self._crew.dismiss(STOP_SECONDS)
        close_connections(self.node)

    def stop(self) -> None:
        """Ask the loop to end."""
        self.stopping.set()

    def _deliver(self) -> None:
        """Begin to deliver every lane that is due and not at work."""
        self._lanes = {key: job for key, job in self._lanes.items() if not job.done.is_set()}
        for lane in due(self.node):
            key = (lane.partner, lane.regime)
            if key not in self._lanes and len(self._lanes) < LANES_AT_ONCE:
                self._lanes[key] = self._begin(f"lane {lane.partner}", self._lane_work(lane))

    def _lane_work(self, lane: LaneView) -> Callable[[], object]:
        return lambda: deliver_lane(self.node, self.channels, lane)

    def _begin_tasks(self) -> None:
        """Begin every task whose time has come and whose last run has ended."""
        now = time.monotonic()
        for task in self.tasks:
            if isinstance(task, Task) and not self._has_ended(task.name):
                self._next[task.name] = now + task.every_seconds
            elif now >= self._next.get(task.name, 0.0):
                self._next[task.name] = now + task.every_seconds
                self._begin_task(task)

    def _begin_task(self, task: Task | PartnerTask) -> None:
        if isinstance(task, Task):
            self._slow[task.name] = self._begin(task.name, self._task_work(task))
        else:
            self._guard(task.name, lambda: self._with_each_partner(task))

    def _with_each_partner(self, task: PartnerTask) -> None:
        for view in all_partners(self.node):
            self._turns.ask(view.service, task.name, self._partner_work(task, view.service))

    def _has_ended(self, name: str) -> bool:
        job = self._slow.get(name)
        return job is None or job.done.is_set()

    def _task_work(self, task: Task) -> Callable[[], object]:
        return lambda: task.run(self.node, self.channels)

    def _partner_work(self, task: PartnerTask, partner: ServiceId) -> Callable[[], object]:
        return lambda: task.run(self.node, self.channels, partner)

    def _begin(self, name: str, work: Callable[[], object]) -> Job:
        return self._crew.begin(name, lambda: self._guard(name, work))

    def _guard(self, name: str, work: Callable[[], object]) -> None:
        """Do one piece of work; what fails is logged by its code and done again at the next round."""
        try:
            work()
        except ComityError as error:
            _log.warning("%s: %s", name, error.code)
        except NODE_TROUBLE as error:
            _log.error("%s: %s", name, type(error).__name__)
