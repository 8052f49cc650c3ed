"""Searches everything that a node holds about the person who asks, and keeps the proof that it did.

Implements docs/protocol/rights.md §2; rule L11, scenario S12. What was found is sealed; the log commits to it, with how
much was read in each place, so that the supervisory authority can verify that the search was a full one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.encoding import to_text
from comity.core.evidence.event import Event, Internal, read_leaf, verify_commitment
from comity.core.instant import write_instant
from comity.core.probe.query import Query
from comity.core.rights.codes import SearchPlace
from comity.errors import InputError, PeerError, Refused
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.rights.access import known_request
from comity.services.rights.ledger import ledger_of
from comity.services.rights.places import look_everywhere
from comity.storage.evidence import entries
from comity.storage.models.rights import RightsRequest
from comity.storage.rights import requests as rows
from comity.storage.transaction import atomic

SEARCHED = "rights.searched"
FULL = frozenset(SearchPlace)


def search_everything(node: Node, actor: Actor, number: str, key: Path | None = None) -> dict[str, Any]:
    """Search for the person of a request and return what was found; a later search replaces an earlier one.

    Args:
        key: the officer's private key file; without it the justifications of searches stay closed, and the search is
            no full one.

    Raises:
        InputError: ``rights.unknown``, ``register.insufficient``, ``officer.file``, ``officer.other-key``.
        Refused: ``actor.person``, ``actor.role``, ``rights.closed``, ``register.index-behind``, ``rights.too-many``.
    """
    row = known_request(node, actor, number)
    _require_open(row)
    query = person_of(row)
    looking = look_everywhere(node, Regime(row.regime), query, key)
    subjects = [each.name for each in looking.found if each.place is SearchPlace.REGISTER]
    now = node.clock()
    search: dict[str, Any] = {
        "request": row.number,
        "by": actor.name,
        "at": write_instant(now),
        "for": canonical.digest(query.to_octets()),
        "read": {place.value: looking.read[place] for place in sorted(looking.read)},
        "found": [each.document() for each in looking.found],
        "recipients": [each.document() for each in ledger_of(node, subjects)],
    }
    with atomic(node.alias):
        held = rows.locked_request(node.alias, row.number)
        if held is None:
            raise InputError("rights.unknown")
        _require_open(held)
        full = frozenset(looking.read) >= FULL
        rows.change_request(node.alias, held, search=search, searched_at=now, full=full)
        facts: dict[str, str | int] = {"request": row.number, "places": len(looking.read)}
        committed = canonical.encode(search)
        record(node, Internal(), Event(SEARCHED, now, facts, committed, erase_key=row.number))
    return search


def person_of(row: RightsRequest) -> Query:
    """Return the person of a request.

    Raises:
        Refused: ``rights.closed`` once it was erased.
    """
    if row.content is None:
        raise Refused("rights.closed")
    return Query.model_validate_json(canonical.encode(row.content["person"]))


def proof_of_search(node: Node, actor: Actor, number: str) -> dict[str, Any]:
    """Return what lets the supervisory authority verify that a full search was made, here and at the partners.

    The record of the search with its salt opens the commitment in the internal log; `comity evidence export` proves that
    the entry stands there. That the officer took it is recorded, with the request as the reason.

    Raises:
        InputError: ``rights.unknown``.
        Refused: ``actor.person``, ``actor.role``, ``rights.unsearched``.
        PeerError: ``evidence.commitment``: what is kept is not what was recorded.
    """
    row = known_request(node, actor, number)
    leaf, salt = search_entry(node, row)
    stated = canonical.encode(row.search)
    commitment = read_leaf(leaf).commitment or ""
    verify_commitment(commitment, salt, stated)
    with atomic(node.alias):
        facts: dict[str, str | int] = {"request": row.number}
        by = canonical.encode({"actor": actor.name})
        record(node, Internal(), Event("rights.proved", node.clock(), facts, by, erase_key=row.number))
    return {
        "service": node.service,
        "request": row.number,
        "entry": canonical.decode(leaf),
        "salt": to_text(salt),
        "record": row.search,
        "full": row.full,
        "partners": [
            {
                "partner": each.partner,
                "asked": each.message,
                "answered": each.answer,
                "record": each.record,
                "searched_at": None if each.searched_at is None else write_instant(each.searched_at),
            }
            for each in rows.asked(node.alias, row.number)
        ],
    }


def search_entry(node: Node, row: RightsRequest) -> tuple[bytes, bytes]:
    """Return leaf and salt of the entry of the last search of a request.

    Raises:
        Refused: ``rights.unsearched``.
    """
    if row.search is None:
        raise Refused("rights.unsearched")
    for entry in reversed(entries.salted(node.alias, row.number)):
        if entry.salt is not None and read_leaf(entry.leaf).kind == SEARCHED:
            return entry.leaf, entry.salt
    raise PeerError("evidence.commitment")


def _require_open(row: RightsRequest) -> None:
    if row.decided_at is not None or row.content is None:
        raise Refused("rights.closed")
