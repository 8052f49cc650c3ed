"""Persons who ask what is held of them: the officers who serve them, their requests, their searches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cases.cast import officer
from tests.federation.world import START, World, make_card, node_keys

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.envelope.batch import payload_of
from comity.core.probe.query import Query, read_query
from comity.core.rights.codes import Origin, RightsKind
from comity.services.context import Actor, Node
from comity.services.custody.officer import make_officer_key
from comity.services.evidence.sequence import sequence
from comity.services.evidence.verify import verify
from comity.services.rights.requests import Asked, register_request
from comity.services.rights.search import search_everything
from comity.storage import partners
from comity.storage.transaction import atomic

MOROCCAN = officer("driss", Role.DATA_PROTECTION_OFFICER)
BELGIAN = officer("bram", Role.DATA_PROTECTION_OFFICER)
YOUSSEF = read_query({"given_ar": "يوسف", "family_ar": "الخطابي", "dob": "1984-03-02"})
"""The suspect of the Moroccan register, as he describes himself."""

STRANGER = read_query({"given": "Jan", "family": "Peeters", "dob": "1971-01-30"})
"""Somebody of whom nobody holds anything."""

REASONING = "telling would show that an inquiry is under way"


def with_keys(world: World, folder: Path) -> None:
    """Give both data-protection officers their keys."""
    for node in (world.be, world.ma):
        with atomic(node.alias):
            make_officer_key(node, key_of(folder, node), world.clock())


def intact(node: Node) -> bool:
    """Whether the evidence of a node verifies; its card, which proofs need, is issued when there is none."""
    sequence(node)
    if partners.current_card(node.alias) is None:
        with atomic(node.alias):
            octets = make_card(node.service, node_keys(node.service))[1]
            partners.add_own_card(node.alias, 1, octets, START)
    return not verify(node).findings


def key_of(folder: Path, node: Node) -> Path:
    """Return the file of an officer's key."""
    return folder / f"{node.alias}.officer-key"


def registered(node: Node, actor: Actor, person: Query = YOUSSEF, **changes: Any) -> str:
    """Write down that a person asks for access, and that the partner may be asked."""
    usual: dict[str, Any] = {
        "person": person,
        "kind": RightsKind.ACCESS,
        "origin": Origin.PERSON,
        "received_at": node.clock(),
        "contact": "by registered letter",
        "wish": True,
    }
    return register_request(node, actor, Regime.POLICE, Asked(**{**usual, **changes}))


def searched(node: Node, actor: Actor, number: str, folder: Path) -> dict[str, Any]:
    """Search everything for a request, with the officer's key."""
    return search_everything(node, actor, number, key_of(folder, node))


def keys_found(search: dict[str, Any]) -> list[str]:
    """Return what a search found."""
    return [each["key"] for each in search["found"]]


def letter_of(token: str) -> dict[str, Any]:
    """Return what an answer says."""
    import json

    found: dict[str, Any] = json.loads(payload_of(token))
    return found
