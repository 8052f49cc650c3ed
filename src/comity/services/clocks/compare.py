"""Compare with the partner what both nodes read from the same receipts: a disagreement is an alarm.

Implements docs/protocol/clocks.md §2. Rules:
    - both read the clocks at one and the same instant, ten minutes ago, counting what had been received by then;
    - the 48 hours for the core data on a hit are read and compared beside the request's own clock;
    - a thread in which a message of ours has no receipt is left out: we do not know all receipts yet;
    - the call and its answer are signed (envelope.md §9): what either side claimed can be shown;
    - it only protects, so a suspended partner may ask too.
Attacks they stop: a partner that counts otherwise without anybody noticing; one that names cases of others, or floods
the alarms with cases that never were.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from comity.core import canonical
from comity.core.agreement.written import Frozen, Moment
from comity.core.cases.clock import Clock, ClockState
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral
from comity.core.instant import Instant
from comity.errors import PeerError
from comity.services.calls import Call, call_handler
from comity.services.clocks.core_data import core_clocks
from comity.services.clocks.course import clocks_at
from comity.services.clocks.rounds import Ask, compare_each
from comity.services.context import Node
from comity.services.evidence.alarms import raise_alarm
from comity.storage import clocks
from comity.storage.models.cases import Case

if TYPE_CHECKING:
    from comity.transport.channel import Channels

CALL = "case-clocks"
DISAGREEMENT = "clock.disagreement"
LAG = timedelta(minutes=10)
OLDEST = timedelta(hours=1)
AT_ONCE = 200
"""Greatest number of cases in one call."""


class CoreReading(Frozen):
    """What a node reads of the clock of the core data of a case that rests on a hit."""

    state: ClockState
    deadline: Moment | None
    late: bool


class Reading(Frozen):
    """What a node reads of one case; `state` is None for one it does not know, `core` for one without that clock."""

    thread: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    state: ClockState | None
    deadline: Moment | None
    late: bool
    core: CoreReading | None


class Question(Frozen):
    """Readings at an instant."""

    at: Moment
    readings: Annotated[tuple[Reading, ...], Field(max_length=AT_ONCE)]


class Answer(Frozen):
    """Which of them the other node reads alike, and what it reads where it does not; others it leaves open."""

    alike: Annotated[tuple[str, ...], Field(max_length=AT_ONCE)]
    otherwise: Annotated[tuple[Reading, ...], Field(max_length=AT_ONCE)]


def compare_clocks(node: Node, channels: Channels) -> int:
    """Compare the clocks of all cases with each partner, and return how many were read alike; for the worker."""

    pairs = clocks.partners_with_cases(node.alias)
    scopes = [Bilateral(ServiceId(partner), Regime(regime)) for partner, regime in pairs]
    return compare_each(node, channels, CALL, scopes, compare_with)


def compare_with(node: Node, scope: Bilateral, ask: Ask) -> int:
    """Compare the clocks of the cases with one partner, and return how many were read alike.

    Raises:
        PeerError: ``clock.call``.
        DeliveryError, Refused: the partner is away, or takes no calls.
    """
    at = node.clock() - LAG
    found = clocks.to_compare(node.alias, scope.partner, scope.regime.value, at, AT_ONCE)
    ours = _readings(node, found, at)
    if not ours:
        return 0
    question = Question(at=at, readings=tuple(ours.values()))
    answer = _opened(Answer, ask(scope, question.model_dump(mode="json")))
    for theirs in answer.otherwise:
        if theirs.thread in ours and theirs != ours[theirs.thread]:
            _disagree(node, scope, ours[theirs.thread], theirs, at)
    alike = [thread for thread in answer.alike if thread in ours]
    clocks.mark_compared(node.alias, scope.partner, alike, at)
    return len(alike)


@call_handler(CALL, protective=True)
def answer_comparison(node: Node, made: Call) -> tuple[Any, bytes]:
    """Answer a partner's readings with ours.

    Raises:
        PeerError: ``clock.call``.
    """
    question = _opened(Question, made.body)
    now = node.clock()
    if not now - OLDEST <= question.at <= now:
        raise PeerError("clock.call")
    scope = Bilateral(made.partner, made.regime)
    threads = [each.thread for each in question.readings]
    found = clocks.cases_of(node.alias, scope.partner, scope.regime.value, threads)
    ours = _readings(node, list(found.values()), question.at)
    alike: list[str] = []
    otherwise: list[Reading] = []
    for theirs in question.readings:
        if theirs.thread in found and theirs.thread not in ours:
            continue
        own = ours.get(theirs.thread) or Reading(
            thread=theirs.thread, state=None, deadline=None, late=False, core=None
        )
        if own == theirs:
            alike.append(theirs.thread)
            continue
        otherwise.append(own)
        _disagree(node, scope, own, theirs, question.at)
    clocks.mark_compared(node.alias, scope.partner, alike, question.at)
    return Answer(alike=tuple(alike), otherwise=tuple(otherwise)).model_dump(mode="json"), b""


def _readings(node: Node, found: Sequence[Case], at: Instant) -> dict[str, Reading]:
    """Return our reading of each case of which we know all receipts."""
    unknown = clocks.under_way(node.alias, [row.thread for row in found])
    known = [row for row in found if row.thread not in unknown and row.rejected is None]
    core = core_clocks(node, known, at)
    return {
        thread: _reading(thread, clock, core.get(thread))
        for thread, clock in clocks_at(node, known, at).items()
    }


def _reading(thread: str, clock: Clock, core: Clock | None) -> Reading:
    beside = None if core is None else CoreReading(state=core.state, deadline=core.deadline, late=core.late)
    return Reading(thread=thread, state=clock.state, deadline=clock.deadline, late=clock.late, core=beside)


def _disagree(node: Node, scope: Bilateral, ours: Reading, theirs: Reading, at: Instant) -> None:
    """Raise the alarm, with both readings; one for all cases that are not known here."""
    origin = (
        f"case/{ours.thread}" if ours.state is not None else f"cases/{scope.partner}/{scope.regime.value}"
    )
    proof = canonical.encode(
        {
            "at": Question(at=at, readings=()).model_dump(mode="json")["at"],
            "ours": ours.model_dump(mode="json"),
            "theirs": theirs.model_dump(mode="json"),
        }
    )
    raise_alarm(node, DISAGREEMENT, origin, scope, proof.decode())


M = TypeVar("M", Question, Answer)


def _opened(model: type[M], body: Any) -> M:
    try:
        return model.model_validate(body)
    except ValidationError:
        raise PeerError("clock.call") from None
