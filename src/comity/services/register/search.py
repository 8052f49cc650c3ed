"""Searches one's own register by exact words: names, birth dates, numbers; folded, in any order, all of them.

What was asked and why is kept sealed for oversight and committed to in the internal log; partners learn nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Event, Internal
from comity.core.probe.query import halved
from comity.core.register.subject import SubjectState
from comity.core.register.words import query_words
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, may_see, require_reader, stated
from comity.services.register.keyed import Keyed
from comity.services.register.read import Held, view
from comity.storage.register import subjects as rows
from comity.storage.transaction import atomic

MAX_FOUND = 50
MAX_CARRIERS = 4 * MAX_FOUND
"""Subjects that are looked at, so that those which may not be seen take no place from the others."""

MAX_WORDS = 12
MAX_QUERY = 400


@dataclass(frozen=True)
class Found:
    """Subjects that carry every word; `more` when there are others beyond the limit."""

    subjects: tuple[Held, ...]
    more: bool


def search(node: Node, actor: Actor, regime: Regime, text: str, reason: str) -> Found:
    """Return the subjects of one regime that carry every word of the text.

    Raises:
        InputError: ``register.query`` (no word, or too many, or half a character), ``register.reason``.
        Refused: ``actor.role``.
    """
    require_reader(actor, regime)
    words = query_words(text)
    if not 0 < len(words) <= MAX_WORDS or len(text) > MAX_QUERY or halved(text):
        raise InputError("register.query", most=MAX_WORDS)
    act = node.random(16).hex()
    statement = stated(actor, reason, query=text.strip(), act=act, regime=regime.value)
    keyed = Keyed(node)
    with atomic(node.alias):
        tokens = [keyed.token(word) for word in words]
        carriers = rows.with_every_token(node.alias, regime.value, tokens, MAX_CARRIERS)
        seen = [row for row in carriers if may_see(actor, regime, SubjectState(row.state))]
        found = seen[: MAX_FOUND + 1]
        now = node.clock()
        committed = keep_statement(node, "searched", now, statement)
        facts = {"regime": regime.value, "words": len(words), "found": min(len(found), MAX_FOUND)}
        record(node, Internal(), Event("register.searched", now, facts, committed, erase_key=act))
    return Found(tuple(view(row) for row in found[:MAX_FOUND]), len(found) > MAX_FOUND)
