"""Looks up what an answer opens, and reads what the openings open; implements docs/protocol/probe.md §4.6 and §4.7 (asker).

Nothing here speaks with anybody. What is asked for next has one form and one size, whatever was found.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from comity.core.crypto.encoding import to_text
from comity.core.crypto.voprf.seeded import SeededBlinding
from comity.core.probe import exchange
from comity.core.probe.audit import answered_octets
from comity.core.probe.opening import (
    Candidate,
    Found,
    candidates,
    is_crowded,
    open_records,
    to_open,
)
from comity.core.probe.query import Query
from comity.core.probe.rules.tokens import Token
from comity.services.probe.batch.asked import Begun


@dataclass(frozen=True, slots=True, repr=False)
class Looked:
    """What an answer gave, before anything of it is opened.

    Args:
        found: candidates, the likeliest first.
        keys: record keys whose openings are asked for.
        blinding: of the request for them.
        request: two points, whatever was found.
    """

    found: tuple[Candidate, ...]
    keys: tuple[bytes, ...]
    blinding: SeededBlinding
    request: exchange.OpeningRequest


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """What opened, by which record keys, of which answer, by which request, and whether more was worth opening than may be."""

    found: tuple[Found, ...]
    keys: tuple[bytes, ...]
    answered: bytes
    request: str
    crowded: bool


Outputs = tuple[list[Token], list[bytes]]
"""Tokens of a search with their outputs."""


def verified(begun: Begun, answer: exchange.ProbeAnswer) -> Outputs:
    """Verify an answer; nothing of it is used before. It takes as long whatever the outputs give.

    Args:
        begun: the search.
        answer: hostile.

    Raises:
        PeerError: ``probe.proof``, ``probe.element``, ``probe.batch-size``, ``encoding.malformed``.
    """
    manifest = begun.replica.manifest
    return exchange.outputs(manifest.rules, begun.asked, answer, manifest.publics)


def look_up(begun: Begun, outputs: Outputs, recalled: Set[bytes]) -> Looked:
    """Look up what the outputs of a search give, and prepare the request for its openings.

    Args:
        begun: the search.
        outputs: from `verified`.
        recalled: labels that the issuer states as gone since the newest layer.
    """
    found = candidates(begun.replica, *outputs, recalled)
    # The openings that were asked for before a crash are asked for again, and no others.
    keys = tuple(one.key for one in to_open(found)) if begun.keys is None else begun.keys
    blinding = exchange.ask_openings(keys, begun.seed)
    points = tuple(to_text(element) for element in blinding.elements)
    return Looked(found, keys, blinding, exchange.OpeningRequest(rid=begun.row.rid, points=points))


def opened(
    begun: Begun, query: Query, looked: Looked, answer: exchange.ProbeAnswer, made: exchange.OpeningAnswer
) -> Opened:
    """Verify the openings and read the records that they open.

    Raises:
        PeerError: as `verified`.
    """
    replica = begun.replica
    outputs = exchange.openings(looked.blinding, made, replica.manifest.publics)
    opening_of = dict(zip(looked.keys, outputs, strict=True))
    chosen = [one for one in looked.found if one.key in opening_of]
    records = open_records(replica, chosen, [opening_of[one.key] for one in chosen], query)
    crowded = is_crowded(looked.found)
    return Opened(records, looked.keys, answered_octets(answer), looked.request.digest, crowded)
