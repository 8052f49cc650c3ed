"""Two desks whose nodes also take calls, and what a worker does with clocks."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.cases.cast import make_desks, with_suspect
from tests.federation.world import BE, MA, World

from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Bilateral
from comity.services.calls import PATH, answer_call
from comity.services.clocks.compare import compare_clocks
from comity.services.clocks.watch import record_missed
from comity.services.context import Node
from comity.services.exchange.receive import receive_batch
from comity.storage.models.evidence import EvidenceEntry

SCOPES = {"be": Bilateral(MA, Regime.POLICE), "ma": Bilateral(BE, Regime.POLICE)}


def whole_node(node: Node) -> Callable[[str, bytes], bytes]:
    """Return an endpoint that takes batches and calls."""
    return lambda path, body: answer_call(node, body) if path == PATH else receive_batch(node, body)


def clocked_desks() -> tuple[World, str]:
    """Return two desks with a suspect and with endpoints that take calls."""
    world, agreement = make_desks()
    with_suspect(world)
    for node in (world.be, world.ma):
        world.network.endpoints[node.service] = whole_node(node)
    return world, agreement


def record_both(world: World) -> list[int]:
    """Let both workers put missed deadlines on record."""
    return [record_missed(node) for node in (world.be, world.ma)]


def compare_both(world: World) -> list[int]:
    """Let both workers compare their clocks."""
    return [compare_clocks(node, world.network.channels) for node in (world.be, world.ma)]


def recorded(alias: str, kind: str) -> list[dict[str, str | int]]:
    """Return the facts of the entries of a kind, in order."""
    leaves = [json.loads(bytes(row.leaf)) for row in EvidenceEntry.objects.using(alias).order_by("id")]
    return [leaf["facts"] for leaf in leaves if leaf["kind"] == kind]
