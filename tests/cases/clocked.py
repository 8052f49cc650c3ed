"""Two desks whose nodes also take calls, and what a worker does with clocks."""

from __future__ import annotations

import json

from tests.cases.cast import make_desks, with_suspect
from tests.federation.world import BE, MA, World

from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Bilateral
from comity.demo.scenario.world import endpoint
from comity.services.clocks.compare import compare_clocks
from comity.services.clocks.watch import record_missed
from comity.storage.models.evidence import EvidenceEntry

SCOPES = {"be": Bilateral(MA, Regime.POLICE), "ma": Bilateral(BE, Regime.POLICE)}


def clocked_desks() -> tuple[World, str]:
    """Return two desks with a suspect and with endpoints that take calls."""
    world, agreement = make_desks()
    with_suspect(world)
    for node in (world.be, world.ma):
        world.network.endpoints[node.service] = endpoint(node)
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
