"""Several searches of one case in one call: what is dear about a search besides its points is paid once for all.

Implements docs/protocol/probe.md §4.11 (asker). Each stays a search of its own: seed, justification, intent, count, openings,
evidence. What is refused or lost is left to `ask_once`, row by row, which takes up what was begun; a wrong answer is recorded
and ends the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

from comity.core.probe import exchange
from comity.core.probe.exchange import TOGETHER
from comity.core.probe.opening import Strength
from comity.errors import ComityError, DeliveryError, PeerError, Refused
from comity.services.context import Node
from comity.services.probe.ask import (
    Settled,
    begin_each,
    fail,
    keep_chosen,
    recalled_of,
    sent,
    settle_each,
    wait,
)
from comity.services.probe.asking.look import look_up, opened, verified
from comity.services.probe.asking.outcome import Outcome, judged, kept_outcome
from comity.services.probe.batch.again import Name, ask_once, secret_of_names, undelivered_of
from comity.services.probe.batch.asked import Begun, Search
from comity.transport.channel import Channels

T = TypeVar("T")

Kept = tuple[str, dict[str, Any]]
"""Identifier and outcome of a search, the latter in the form of `kept_outcome`."""

Ended = Kept | ComityError
"""How a search ended."""


@dataclass(frozen=True, slots=True)
class Together:
    """What came of searches.

    Args:
        outcomes: in the order of the searches.
        stopped: why the next one has none; None when each has one.
    """

    outcomes: tuple[Kept, ...]
    stopped: ComityError | None = None


def in_calls(things: Sequence[T], at_once: int = 1) -> Iterator[list[T]]:
    """Yield lists of as many things as one call may hold, fewer if that many calls are to be under way."""
    size = min(TOGETHER, max(1, -(-len(things) // at_once)))
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


@dataclass(frozen=True, slots=True, repr=False)
class Started:
    """Searches whose intents are stored, as far as they go in one call.

    Args:
        searches, names: all of them.
        places: of those that were new.
        begun: of each of these; None where too little is known of the person.
        ended: what came of all, where they did not go in one call.
    """

    searches: Sequence[Search]
    names: Sequence[Name]
    places: tuple[int, ...] = ()
    begun: tuple[tuple[Search, Begun | None], ...] = ()
    ended: Together | None = None


def ask_together(
    node: Node, channels: Channels, searches: Sequence[Search], names: Sequence[Name]
) -> Together:
    """Return the outcomes of searches: stored ones, those taken up, or new ones; each as `ask_once` gives it.

    Args:
        node: this node.
        channels: ways to the partners.
        searches: of one partner, agreement, purpose and case.
        names: what tells each from every other of this node.
    """
    return finish_together(node, channels, start_together(node, channels, searches, names))


def start_together(
    node: Node, channels: Channels, searches: Sequence[Search], names: Sequence[Name]
) -> Started:
    """Begin searches that go in one call; where a quota ends among them, ask them one by one, here and now.

    Whoever has several calls under way starts one after the other, so that a quota goes to the first rows.
    """
    fresh = _fresh(node, searches, names)
    started = Started(searches, names)
    if len(fresh) < 2:
        return started
    try:
        begun = begin_each(node, channels, list(fresh.values()))
    except Refused:
        return replace(started, ended=_one_by_one(node, channels, started, {}))
    except ComityError as error:
        return replace(started, ended=Together((), error))
    made = tuple(zip(fresh.values(), begun, strict=True))
    return replace(started, places=tuple(fresh), begun=made)


def finish_together(node: Node, channels: Channels, started: Started) -> Together:
    """Ask for what was started; what is refused or lost on the way is asked for one by one."""
    if started.ended is not None:
        return started.ended
    sent_off = [(search, one) for search, one in started.begun if one is not None]
    ended: dict[str, Ended] = {}
    if len(sent_off) > 1:
        try:
            ended = _ended(node, channels, sent_off)
        except (Refused, DeliveryError):
            ended = {}
        except ComityError as error:
            if isinstance(error, PeerError):
                # Recorded once for the call; the others are taken up one by one by the next run.
                fail(node, sent_off[0][1].row, error.code)
            return Together((), error)
    nothing = kept_outcome(Outcome(Strength.INSUFFICIENT))
    found: dict[int, Ended] = {}
    for place, (search, one) in zip(started.places, started.begun, strict=True):
        if one is None:
            found[place] = search.rid, nothing
        elif search.rid in ended:
            found[place] = ended[search.rid]
    return _one_by_one(node, channels, started, found)


def _one_by_one(node: Node, channels: Channels, started: Started, found: Mapping[int, Ended]) -> Together:
    """Return what was found, in the order of the searches, and ask for what was not."""
    outcomes: list[Kept] = []
    for at, (search, name) in enumerate(zip(started.searches, started.names, strict=True)):
        try:
            ended = found[at] if at in found else ask_once(node, channels, search, name)
        except ComityError as error:
            ended = error
        if isinstance(ended, ComityError):
            return Together(tuple(outcomes), ended)
        outcomes.append(ended)
    return Together(tuple(outcomes))


def _fresh(node: Node, searches: Sequence[Search], names: Sequence[Name]) -> dict[int, Search]:
    """Return the searches of which nothing is stored yet, by their places, each with its identifier."""
    secret, found = secret_of_names(node), dict[int, Search]()
    for at, (search, name) in enumerate(zip(searches, names, strict=True)):
        rid, row = undelivered_of(node, secret, name)
        if row is None and rid not in {one.rid for one in found.values()}:
            found[at] = replace(search, rid=rid)
    return found


def _ended(node: Node, channels: Channels, begun: Sequence[tuple[Search, Begun]]) -> dict[str, Ended]:
    """Call, verify, look up, ask for all openings at once, judge, store; return how each ended, by its identifier.

    Once the openings were answered, nothing more is asked, whatever comes of them: an error there may depend on what was
    found.
    """
    first, one = begun[0]
    requests = [each.request for _, each in begun]
    # 1. Nothing of an answer is used before all its proofs hold.
    whole = exchange.together(requests).model_dump(mode="json")
    answers = exchange.read_answers(sent(node, channels, first, "probe-together", whole), requests)
    started = node.ticks()
    try:
        outputs = [verified(each, answer) for (_, each), answer in zip(begun, answers, strict=True)]
        recalled = recalled_of(node, channels, first, one, answers[0])
        looked = [look_up(each, own, recalled) for (_, each), own in zip(begun, outputs, strict=True)]
        keep_chosen(node, [(each, own.keys) for (_, each), own in zip(begun, looked, strict=True)])
        openings = [each.request for each in looked]
        asked = exchange.openings_together(openings).model_dump(mode="json")
    finally:
        # Whatever came of it, the partner hears of this node at a time that does not tell.
        wait(node, one, started, len(begun))
    # 2. Two openings for each, whatever was found.
    made = exchange.read_opened(sent(node, channels, first, "probe-open-together", asked), openings)
    # 3. Judge here.
    settled: list[Settled] = []
    ended: dict[str, Ended] = {}
    for (search, each), answer, own, opening in zip(begun, answers, looked, made, strict=True):
        try:
            found = opened(each, search.query, own, answer, opening)
        except PeerError as error:
            ended[search.rid] = error
        else:
            settled.append(Settled(search, each.row, judged(found, answer, each.permit), found))
    if settled:
        settle_each(node, settled)
    for search, each in begun:
        wrong = ended.get(search.rid)
        if isinstance(wrong, ComityError):
            fail(node, each.row, wrong.code)
    kept = {one.search.rid: (one.search.rid, kept_outcome(one.outcome)) for one in settled}
    return {**ended, **kept}
