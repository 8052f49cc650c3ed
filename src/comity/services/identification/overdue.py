"""The bilateral list of overdue identifications, and what both services have done: the same on both nodes, compared.

Implements docs/protocol/identification.md §7. Rules:
    - every line and count follows from receipts that both nodes hold (clocks.md);
    - the lists of one pair are compared whole, at one and the same instant, ten minutes ago: a case that one side
      leaves out, or reads otherwise, is seen;
    - while a message has no receipt at its sender's, its thread may differ: who sent it does not know all receipts yet;
      for the partner's messages that holds no longer than one can travel;
    - a difference is an alarm on both nodes, with both digests and what differs as proof, until somebody settles it.
Attacks they stop: a service that counts its lateness away; one that names cases that never were, to flood the alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from comity.core import canonical
from comity.core.agreement.written import Frozen, Moment
from comity.core.cases.clock import ClockState
from comity.core.cases.reminders import days_over
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral
from comity.core.identification.messages import Result
from comity.core.identification.tally import Asked, list_digest, overdue_lines, tally
from comity.core.instant import Instant, write_instant
from comity.errors import PeerError
from comity.services.calls import Call, call_handler
from comity.services.cases.access import READERS
from comity.services.clocks.course import clocks_at
from comity.services.clocks.rounds import Ask, compare_each
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.alarms import raise_alarm
from comity.storage import clocks
from comity.storage.cases import ASKED
from comity.storage.identification import requests as rows
from comity.storage.models.cases import Case

if TYPE_CHECKING:
    from comity.transport.channel import Channels

CALL = "identifications-overdue"
DISPUTED = "identification.overdue-disputed"
REGIME = Regime.RETURN_IDENTIFICATION
LAG = timedelta(minutes=10)
OLDEST = timedelta(hours=1)
UNDER_WAY = timedelta(days=8)
"""How long after a deadline the partner may say that a message of its own is under way; a message travels seven days."""

AT_ONCE = 500
"""Greatest number of overdue requests that two services compare at once, the oldest first."""


class Line(Frozen):
    """One overdue request."""

    thread: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    requester: Annotated[str, Field(max_length=48)]
    received_at: Moment | None
    deadline: Moment | None


class OverdueList(Frozen):
    """A service's overdue list at an instant; `unsettled` are threads of which it does not know all receipts yet."""

    at: Moment
    lines: Annotated[tuple[Line, ...], Field(max_length=AT_ONCE)]
    unsettled: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=AT_ONCE)] = ()


@dataclass(frozen=True, slots=True)
class PairView:
    """What two services owe each other, as this node computes it now and the other does too.

    Args:
        digest: of the overdue list; read it to the partner's desk over the telephone.
        counts: by the service that asked.
    """

    partner: str
    digest: str
    lines: list[dict[str, Any]]
    counts: dict[str, dict[str, int]]

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        return asdict(self)


def overview(node: Node, actor: Actor) -> list[PairView]:
    """Return the overdue list and the counts with each partner, for who reads cases of the regime, or the operator.

    Raises:
        Refused: ``actor.role``.
    """
    if actor.kind is not ActorKind.OPERATOR:
        actor.require(REGIME, *READERS)
    return overview_at(node, node.clock())


def overview_at(node: Node, at: Instant) -> list[PairView]:
    """Return the overdue list and the counts with each partner at an instant, for a caller whose right was checked."""
    found = []
    for partner in rows.partners(node.alias, REGIME.value):
        asked = _asked(node, rows.of_partner(node.alias, partner, REGIME.value), at)
        lines = overdue_lines(asked)
        by_asker = {
            each.requester: tally(a for a in asked if a.requester == each.requester) for each in asked
        }
        counts = {name: asdict(count) for name, count in sorted(by_asker.items())}
        shown = [{**line, "days_over": days_over(Line.model_validate(line).deadline, at)} for line in lines]
        found.append(PairView(partner, list_digest(lines), shown, counts))
    return found


def compare_overdue(node: Node, channels: Channels) -> int:
    """Compare the overdue list with each partner and return with how many it was alike; for the worker."""

    partners = rows.partners(node.alias, REGIME.value)
    scopes = [Bilateral(ServiceId(partner), REGIME) for partner in partners]
    return compare_each(node, channels, CALL, scopes, compare_with)


def compare_with(node: Node, scope: Bilateral, ask: Ask) -> bool:
    """Compare the overdue list with one partner, and return whether it was alike.

    Raises:
        PeerError: ``identification.list``.
        DeliveryError, Refused: the partner is away, or takes no calls.
    """
    at = node.clock() - LAG
    ours = _list(node, scope.partner, at)
    if not ours.lines and not rows.of_partner(node.alias, scope.partner, scope.regime.value):
        return True
    theirs = _opened(OverdueList, ask(scope, ours.model_dump(mode="json")))
    if theirs.at != at:
        raise PeerError("identification.list")
    return _judge(node, scope, ours, theirs)


@call_handler(CALL, protective=True)
def answer_list(node: Node, made: Call) -> tuple[Any, bytes]:
    """Answer a partner's overdue list with ours at the same instant.

    Raises:
        PeerError: ``identification.list``.
    """
    theirs = _opened(OverdueList, made.body)
    now = node.clock()
    if made.regime is not REGIME or not now - OLDEST <= theirs.at <= now:
        raise PeerError("identification.list")
    ours = _list(node, made.partner, theirs.at)
    _judge(node, Bilateral(made.partner, made.regime), ours, theirs)
    return ours.model_dump(mode="json"), b""


def _judge(node: Node, scope: Bilateral, ours: OverdueList, theirs: OverdueList) -> bool:
    """Raise the alarm when the lists differ in a thread of which both know all receipts; one a pair."""
    mine = {line.thread: line for line in ours.lines if not _excused(line, ours, theirs)}
    others = {line.thread: line for line in theirs.lines if not _excused(line, ours, theirs)}
    differing = sorted(t for t in {*mine, *others} if mine.get(t) != others.get(t))
    if not differing:
        return True
    proof = {
        "at": write_instant(ours.at),
        "ours": [_plain(mine[t]) for t in differing if t in mine][:20],
        "theirs": [_plain(others[t]) for t in differing if t in others][:20],
        "differing": len(differing),
    }
    origin = f"overdue/{scope.partner}/{scope.regime.value}"
    raise_alarm(node, DISPUTED, origin, scope, canonical.encode(proof).decode())
    return False


def _excused(line: Line, ours: OverdueList, theirs: OverdueList) -> bool:
    """Whether a line may differ: a message is under way, ours or, for as long as one can be, theirs."""
    late = ours.at - (line.deadline or ours.at)
    return line.thread in ours.unsettled or (line.thread in theirs.unsettled and late <= UNDER_WAY)


def _list(node: Node, partner: str, at: Instant) -> OverdueList:
    found = rows.of_partner(node.alias, partner, REGIME.value, open_at=at)
    unknown = clocks.under_way(node.alias, [row.thread for row in found])
    known = [row for row in found if row.thread not in unknown]
    lines = [Line.model_validate(line) for line in overdue_lines(_asked(node, known, at))]
    return OverdueList(at=at, lines=tuple(lines[:AT_ONCE]), unsettled=tuple(sorted(unknown))[:AT_ONCE])


def _asked(node: Node, found: Sequence[Case], at: Instant) -> list[Asked]:
    """Return the requests that were received by an instant, each with its clock then."""
    there = [row for row in found if row.received_at is not None and row.received_at <= at]
    read = clocks_at(node, there, at)
    return [
        Asked(
            thread=row.thread,
            requester=node.service if row.side == ASKED else row.partner,
            received_at=row.received_at,
            clock=read[row.thread],
            result=_result(row, read[row.thread].state),
        )
        for row in there
    ]


def _result(row: Case, state: ClockState) -> Result | None:
    if state not in (ClockState.ANSWERED_IN_TIME, ClockState.ANSWERED_LATE):
        return None
    return Result.IDENTIFIED if row.negative is None else Result.NOT_IDENTIFIED


def _plain(line: Line) -> dict[str, Any]:
    return line.model_dump(mode="json")


M = TypeVar("M", bound=Frozen)


def _opened(model: type[M], body: Any) -> M:
    try:
        return model.model_validate(body)
    except ValidationError:
        raise PeerError("identification.list") from None
