"""Several searches of one case in one call: what is dear about a search besides its points is paid once for all.

Implements docs/protocol/probe.md §4.11 (asker). Each stays a search of its own: seed, justification, intent, count, openings,
evidence. Whatever does not go as it should is left to `ask_once`, row by row, which takes up what was begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

from comity.core.probe import exchange
from comity.core.probe.exchange import TOGETHER
from comity.core.probe.opening import Strength
from comity.errors import ComityError, PeerError
from comity.services.context import Node
from comity.services.probe.ask import Settled, begin_each, fail, recalled_of, sent, settle_each, wait
from comity.services.probe.asking.look import Looked, look_up, opened
from comity.services.probe.asking.outcome import Outcome, judged, kept_outcome
from comity.services.probe.batch.again import Name, ask_once, secret_of_names, undelivered_of
from comity.services.probe.batch.asked import Begun, Search, pending_of
from comity.storage.indexes import asked as asked_rows
from comity.storage.transaction import atomic
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
    fresh = _fresh(node, searches, names)
    found: dict[int, Ended] = {}
    if len(fresh) > 1:
        try:
            made = _asked(node, channels, list(fresh.values()))
        except ComityError:
            made = []  # row by row, below, each with the error that is its own
        found = dict(zip(fresh, made, strict=False))
    outcomes: list[Kept] = []
    for at, (search, name) in enumerate(zip(searches, names, strict=True)):
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


def _asked(node: Node, channels: Channels, searches: Sequence[Search]) -> list[Ended]:
    """Ask for new searches and return how each ended; empty where they are to be taken up one by one."""
    begun = begin_each(node, channels, searches)
    sent_off = [(search, one) for search, one in zip(searches, begun, strict=True) if one is not None]
    if len(sent_off) == 1:
        return []
    ended = _ended(node, channels, sent_off) if sent_off else {}
    nothing = kept_outcome(Outcome(Strength.INSUFFICIENT))
    return [ended.get(search.rid, (search.rid, nothing)) for search in searches]


def _ended(node: Node, channels: Channels, begun: Sequence[tuple[Search, Begun]]) -> dict[str, Ended]:
    """Call, verify, look up, ask for all openings at once, judge, store; return how each ended, by its identifier.

    Once the openings were answered, nothing more is asked, whatever comes of them: an error there may depend on what was
    found.
    """
    first, one = begun[0]
    requests = [each.request for _, each in begun]
    # 1. Nothing of an answer is used before its proofs hold.
    whole = exchange.together(requests).model_dump(mode="json")
    answers = exchange.read_answers(sent(node, channels, first, "probe-together", whole), requests)
    started = node.ticks()
    recalled = recalled_of(node, channels, first, one, answers[0])
    looked = [look_up(each, answer, recalled) for (_, each), answer in zip(begun, answers, strict=True)]
    _keep_chosen(node, begun, looked)
    # 2. Two openings for each, whatever was found, at a time that does not tell it.
    openings = [each.request for each in looked]
    asked = exchange.openings_together(openings).model_dump(mode="json")
    wait(node, one, started, len(begun))
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


def _keep_chosen(node: Node, begun: Sequence[tuple[Search, Begun]], looked: Sequence[Looked]) -> None:
    """Keep which openings are asked for, so that after a crash the same are."""
    with atomic(node.alias):
        for (_, each), own in zip(begun, looked, strict=True):
            asked_rows.settle(node.alias, each.row.rid, pending=pending_of(each, own.keys))
