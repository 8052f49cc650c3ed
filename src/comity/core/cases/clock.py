"""The clock of a request: pure, from the receipts that both nodes hold.

Implements docs/protocol/cases.md §4. Rules:
    - it starts when the partner's node received the request, as its receipt says (Directive (EU) 2023/977 Art. 5);
    - it stops when the requester's node received the reply or the refusal, as its receipt says;
    - the answering service may extend it, on a ground that the clause allows and while it runs; the extension counts
      from the requester's receipt of the notice (Art. 5(2));
    - it stands still from the receipt of a question for clarification to the receipt of the answer, where the clause
      says so;
    - so both nodes, which hold the same receipts, compute the same state at the same instant;
    - an answer that was sent in time and received late stays late, and shows that it was sent in time: only a receipt
      proves delivery, and only the sending is in the answerer's hands.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from comity.core.cases.counting import ClockRules
from comity.core.codes.marks import DelayGround
from comity.core.instant import Instant

SOON = 0.25
"""A clock is due soon when at most this part of its time is left."""

NOTHING = timedelta(0)

CORE = timedelta(hours=48)
"""Time to tell the core data on whom a confirmed hit means (Regulation (EU) 2024/982 Art. 47(1))."""


class ClockState(StrEnum):
    """Where a request stands in time."""

    WAITING = "waiting"
    OPEN = "open"
    DUE_SOON = "due-soon"
    OVERDUE = "overdue"
    CLARIFYING = "clarifying"
    ANSWERED_IN_TIME = "answered-in-time"
    ANSWERED_LATE = "answered-late"
    REFUSED = "refused"
    REJECTED = "rejected"
    RECALLED = "recalled"


class TurnKind(StrEnum):
    """What changes the course of a clock between its start and its stop."""

    EXTENSION = "extension"
    STILL = "still"
    ONWARD = "onward"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Turn:
    """A message that changes the course of a clock, at the time of its receipt.

    Args:
        at: receipt time; both nodes know it.
        message: identifier, which orders turns of the same instant.
        kind: more time; a clarification is awaited; one has come (time counts again when none is awaited);
            the questions were taken back.
        span: of an extension, how much more time. ground: of an extension, why.
    """

    at: Instant
    message: str
    kind: TurnKind
    span: timedelta = NOTHING
    ground: DelayGround = DelayGround.OTHER


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to a request so far.

    Args:
        deadline: time to answer, by clause and urgency.
        received_at: receipt time of the request; None while no receipt has come.
        rejected: the partner's node refused the request, or it never arrived.
        recalled: whoever asked took the request back before an answer stood.
        closing_sent_at: signed time of the reply or refusal; None while there is none.
        closing_received_at: receipt time of the reply or refusal.
        refused: whether it is a refusal.
        rules: how the clause counts.
        turns: in any order.
    """

    deadline: timedelta
    received_at: Instant | None
    rejected: bool = False
    recalled: bool = False
    closing_sent_at: Instant | None = None
    closing_received_at: Instant | None = None
    refused: bool = False
    rules: ClockRules = field(default_factory=ClockRules)
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock as it stands at an instant.

    Args:
        deadline: instant by which the answer is due; None before the request's receipt; while a clarification is
            awaited, what it would be if that came now.
        left: time left, negative when overdue; None once it has stopped or before it starts.
        late: whether the deadline was missed, also by a refusal.
        sent_in_time: whether the answer was signed before the deadline; None while there is none.
        answer_underway: an answer was sent and its receipt has not come yet.
        extended: all extensions that count, together.
        spent: part of the time that has passed, 1 at the deadline; None before it starts and once it has stopped.
        beyond_calendar: the deadline lies after the years for which the calendars list holidays.
    """

    state: ClockState
    deadline: Instant | None
    left: timedelta | None
    late: bool
    sent_in_time: bool | None
    answer_underway: bool
    extended: timedelta = NOTHING
    spent: float | None = None
    beyond_calendar: bool = False


@dataclass(slots=True)
class _Run:
    """A clock that runs from its start through its turns."""

    course: Course
    start: Instant
    extended: timedelta = NOTHING
    stood_still: timedelta = NOTHING
    still_since: Instant | None = None
    awaited: int = 0

    def still(self, now: Instant) -> timedelta:
        """Return how long the clock has stood still."""
        return self.stood_still + self._since(now)

    def _since(self, now: Instant) -> timedelta:
        """Return how long it stands still this time; a turn from before the start counts from the start."""
        return NOTHING if self.still_since is None else max(NOTHING, now - max(self.start, self.still_since))

    def due(self, now: Instant) -> Instant:
        """Return the deadline as it stands at an instant."""
        counting = self.course.rules.counting
        return counting.end(self.start, self.course.deadline + self.extended, self.still(now))

    def runs(self, now: Instant) -> bool:
        """Whether the deadline has not passed."""
        return self.still_since is not None or now <= self.due(now)

    def take(self, turn: Turn) -> None:
        """Let a turn change the course, if it may."""
        if turn.kind is TurnKind.EXTENSION:
            if self.against(turn.ground, turn.span, turn.at) is None:
                self.extended += turn.span
        elif turn.kind in (TurnKind.ONWARD, TurnKind.DROPPED):
            self.awaited = max(0, self.awaited - 1) if turn.kind is TurnKind.ONWARD else 0
            if self.still_since is not None and not self.awaited:
                self.stood_still += self._since(turn.at)
                self.still_since = None
        elif self.course.rules.stands_still and self.runs(turn.at):
            self.awaited += 1
            self.still_since = self.still_since or turn.at

    def against(self, ground: DelayGround, span: timedelta, at: Instant) -> str | None:
        """Return the code that stands against an extension, or None."""
        rule, counting = self.course.rules.extension, self.course.rules.counting
        if rule is None or ground not in rule.grounds:
            return "clock.ground"
        if span <= NOTHING or not counting.whole(span):
            return "clock.span"
        if self.extended + span > rule.longest:
            return "clock.too-long"
        return None if self.runs(at) else "clock.passed"


def read_clock(course: Course, now: Instant) -> Clock:
    """Return the clock of a request at an instant."""
    # 1. Before the receipt there is no clock.
    if course.rejected or course.recalled:
        state = ClockState.RECALLED if course.recalled else ClockState.REJECTED
        return Clock(state, None, None, False, None, False)
    if course.received_at is None:
        return Clock(ClockState.WAITING, None, None, False, None, False)
    # 2. The receipt of the answer stops it: what comes later changes nothing.
    stopped = course.closing_received_at
    ended = stopped is not None and stopped <= now
    moment = stopped if stopped is not None and ended else now
    run = _run(course, course.received_at, moment)
    due = run.due(moment)
    sent = course.closing_sent_at
    in_time = None if sent is None else sent <= due
    beyond = course.rules.counting.beyond(due)
    if ended:
        late = moment > due
        answered = ClockState.ANSWERED_LATE if late else ClockState.ANSWERED_IN_TIME
        state = ClockState.REFUSED if course.refused else answered
        return Clock(state, due, None, late, in_time, False, run.extended, None, beyond)
    # 3. It runs, or stands still.
    left = due - now
    whole = due - course.received_at - run.still(now)
    spent = 1 - left / whole if whole else 1.0
    underway = sent is not None
    return Clock(
        _state(run, left, whole), due, left, left < NOTHING, in_time, underway, run.extended, spent, beyond
    )


def core_course(
    course: Course, part_sent_at: Instant | None, part_received_at: Instant | None
) -> Course | None:
    """Return the course of the core data of a request that rests on a hit, or None where its own time ends no later.

    Whether it does is asked of the clock, not of the number: two working days over a week-end, or a day that stands still or
    was extended, are longer than 48 hours. What moves the own time comes while that runs, so that it is known by then.

    The request names the hit and states facts and offence: with its receipt the conditions of the law are met. Any answer
    stops this clock: a part, the whole, a negative one, a refusal. Only a judicial authorisation gives more time: neither
    a calendar nor a question does.

    Args:
        course: of the request. part_sent_at, part_received_at: of the first part of an answer; None without one.
    """
    if not _outlasts(course, CORE):
        return None
    whole = course.closing_received_at
    first = part_received_at is not None and (whole is None or part_received_at < whole)
    return replace(
        course,
        deadline=CORE,
        rules=ClockRules(),
        closing_sent_at=part_sent_at if first else course.closing_sent_at,
        closing_received_at=part_received_at if first else whole,
        refused=course.refused and not first,
        turns=tuple(turn for turn in course.turns if turn.kind is TurnKind.EXTENSION),
    )


def _outlasts(course: Course, span: timedelta) -> bool:
    """Whether the own time of a request ends later than a span after its receipt."""
    if course.received_at is None:
        return course.deadline > span
    end = course.received_at + span
    return _run(course, course.received_at, end).due(end) > end


def against_extension(course: Course, ground: DelayGround, span: timedelta, at: Instant) -> str | None:
    """Return the code that stands against an extension received at an instant, or None; both nodes ask this.

    Codes: ``clock.not-running``, ``clock.ground``, ``clock.span``, ``clock.too-long``, ``clock.passed``.
    """
    stopped = course.closing_received_at
    over = course.rejected or course.recalled or (stopped is not None and stopped <= at)
    if over or course.received_at is None:
        return "clock.not-running"
    return _run(course, course.received_at, at).against(ground, span, max(at, course.received_at))


def _run(course: Course, start: Instant, until: Instant) -> _Run:
    run = _Run(course, start)
    for turn in sorted(course.turns, key=lambda each: (each.at, each.message)):
        # The two nodes' own clocks differ by minutes: a turn may seem to come before the start.
        if turn.at <= until:
            run.take(replace(turn, at=max(turn.at, start)))
    return run


def _state(run: _Run, left: timedelta, whole: timedelta) -> ClockState:
    if run.still_since is not None:
        return ClockState.CLARIFYING
    if left < NOTHING:
        return ClockState.OVERDUE
    return ClockState.DUE_SOON if left <= whole * SOON else ClockState.OPEN
