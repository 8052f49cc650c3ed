"""Finds who in one's own register may be the person described; what was asked and why is kept for oversight.

Names are compared across spellings and scripts, dates and places as they are written wrongly; each hit says why.
Records that are probably one person stand together. Partners learn nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Event, Internal
from comity.core.match.register.described import Description
from comity.core.match.register.index import Answer, Hit, Reason, RegisterIndex
from comity.core.probe.query import Query
from comity.errors import InputError, Refused
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, may_see, require_reader, stated
from comity.services.register.finding.describe import of_query, of_subject
from comity.services.register.finding.holder import caught_up
from comity.services.register.finding.snapshot import load, renew
from comity.services.register.read import Held, view
from comity.storage.register import changes
from comity.storage.transaction import atomic

PRIOR = 0.1
"""Share of searches whose person is in the register, on which the probabilities rest; an assumption, and it is shown."""

MAX_FOUND = 50

ONE_PERSON = 3.0
"""Evidence at which two records are shown together as probably one person."""


@dataclass(frozen=True, slots=True)
class Possible:
    """A subject that may be the person, how likely, and why."""

    held: Held
    probability: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Subjects that are probably one person, the likeliest first; `probability` is that any of them is the one asked."""

    members: tuple[Possible, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, the likeliest first.

    Attributes:
        clusters: subjects, those that are probably one person together.
        candidates: how many subjects were looked at.
        too_many: so many fit that a choice among them would say nothing: more of the person must be told.
    """

    clusters: tuple[Cluster, ...]
    candidates: int
    too_many: bool


def find(node: Node, actor: Actor, regime: Regime, asked: Query, reason: str) -> Findings:
    """Return the subjects of a regime that may be the person described.

    Raises:
        InputError: ``register.insufficient`` (nothing that can be compared), ``register.reason``.
        Refused: ``actor.role``, ``register.index-behind`` (the index is being built; exact search works).
    """
    require_reader(actor, regime)
    act = node.random(16).hex()
    statement = stated(actor, reason, query=asked.to_octets().decode(), act=act, regime=regime.value)
    answer = answered(node, regime, of_query(asked, node.config.country))
    if answer.insufficient:
        raise InputError("register.insufficient")
    opened = _opened(node, regime, answer.hits)
    possible = [one for one in opened if may_see(actor, regime, one.held.state)]
    with atomic(node.alias):
        now = node.clock()
        committed = keep_statement(node, "searched", now, statement)
        facts: dict[str, str | int] = {"regime": regime.value, "found": len(possible)}
        record(node, Internal(), Event("register.searched", now, facts, committed, erase_key=act))
    return Findings(clustered(possible), answer.candidates, answer.too_many)


def answered(node: Node, regime: Regime, asked: Description, *, but: int | None = None) -> Answer:
    """Return what the index of a regime answers, for a service that records its own reason.

    Raises:
        Refused: ``register.index-behind``.
    """
    load(node, regime)
    try:
        found = caught_up(node, regime)
    except Refused:
        if not renew(node, regime):  # the worker may have built what this process lacks
            raise
        found = caught_up(node, regime)
    with found.lock:
        return found.index.search(asked, prior=PRIOR, most=MAX_FOUND, but=but)


def _opened(node: Node, regime: Regime, hits: tuple[Hit, ...]) -> list[Possible]:
    """Return the subjects of the hits; one that was erased or left the regime a moment ago is left out."""
    rows = {row.pk: row for row in changes.rows(node.alias, regime.value, [hit.identity for hit in hits])}
    return [
        Possible(view(rows[hit.identity]), hit.probability, hit.reasons)
        for hit in hits
        if hit.identity in rows
    ]


def clustered(possible: list[Possible]) -> tuple[Cluster, ...]:
    """Return the subjects with those together that are probably one person."""
    groups: list[list[int]] = []
    small = RegisterIndex()
    described = [of_subject(one.held.subject) for one in possible if one.held.subject is not None]
    for place, one in enumerate(described):
        small.add(place, one)
    for place, one in enumerate(described):
        near = {
            hit.identity
            for hit in small.search(one, prior=PRIOR, but=place).hits
            if hit.evidence > ONE_PERSON
        }
        joined = [group for group in groups if near & set(group)]
        merged = sorted({place, *(member for group in joined for member in group)})
        groups = [group for group in groups if group not in joined] + [merged]
    found = [tuple(possible[place] for place in group) for group in groups]
    clusters = [Cluster(members, min(1.0, sum(one.probability for one in members))) for members in found]
    return tuple(sorted(clusters, key=lambda cluster: -cluster.probability))
