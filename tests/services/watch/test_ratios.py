"""How many hits are followed up: counted on both sides from their own records, raised when few of many are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.cast import MA, REFERENCE, ask, deliver, make_desks, officer, with_suspect
from tests.federation.world import BE, World

from comity.core.codes.marks import Role
from comity.core.watch.ratio import LEAST_HITS, PATIENCE, PERIOD
from comity.errors import Refused
from comity.services.watch.noticed import listed
from comity.services.watch.ratios import ratios, watch_ratios
from comity.services.watch.remembered import case_pseudonym
from comity.storage.models.probe import ProbeAnswered, ProbeAsked

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)


@pytest.fixture
def desks(db: None) -> tuple[World, str]:
    world, agreement = make_desks()
    with_suspect(world)
    return world, agreement


def searches(world: World, agreement: str, hits: int, misses: int = 0, days: float = 0) -> None:
    """Note searches of Belgium in Morocco on both sides; the first hit is that of the reference of the cast."""
    at = world.clock() - timedelta(days=days)
    for number in range(hits + misses):
        reference = REFERENCE if number == 0 else f"{number:032x}"
        found = [{"reference": reference, "rules": []}] if number < hits else []
        shared = {
            "rid": f"{number:016x}{int(days):016x}",
            "regime": "police",
            "group": "serious-crime",
            "agreement": agreement,
            "epoch": 1,
            "commitment": "0" * 64,
            "case": case_pseudonym(world.be, MA, "BE-2026-117"),
        }
        ProbeAsked(
            **shared,
            partner=MA,
            purpose="terrorism",
            officer_kid="x",
            justification=b"",
            state="answered",
            asked_at=at,
            outcome={"result": "hit" if found else "miss", "rules": [], "references": found},
        ).save(using="be")
        ProbeAnswered(**shared, partner=BE, digest="0" * 64, day=at.date(), today=1, in_case=1, at=at).save(
            using="ma"
        )


def figures(world: World, node: str = "be") -> list[tuple[str, int, int | None, int]]:
    found = ratios(world.be if node == "be" else world.ma, DPO)
    return [(each.side, each.ratio.searches, each.ratio.hits, each.ratio.followed) for each in found]


def test_each_side_counts_from_its_own_records(desks: tuple[World, str]) -> None:
    world, agreement = desks
    searches(world, agreement, hits=3, misses=4)
    ask(world, agreement)
    deliver(world)
    assert figures(world) == [], "too young to have been followed up"
    world.clock.forward(days=PATIENCE.days, seconds=1)
    assert figures(world) == [("asked", 7, 3, 1)]
    assert figures(world, "ma") == [("answered", 7, None, 1)]
    world.clock.forward(days=PERIOD.days)
    assert figures(world) == []


def test_few_of_many_stand_out_once(desks: tuple[World, str]) -> None:
    world, agreement = desks
    searches(world, agreement, hits=LEAST_HITS, days=PATIENCE.days + 1)
    ask(world, agreement)
    assert watch_ratios(world.be, world.network.channels) == 1
    assert watch_ratios(world.be, world.network.channels) == 0
    [found] = listed(world.be, DPO)
    assert (found.sign, found.partner, found.asker, found.count) == ("few-followed", MA, "", LEAST_HITS - 1)


def test_few_hits_say_nothing(desks: tuple[World, str]) -> None:
    world, agreement = desks
    searches(world, agreement, hits=LEAST_HITS - 1, misses=50, days=PATIENCE.days + 1)
    assert watch_ratios(world.be, world.network.channels) == 0
    assert watch_ratios(world.ma, world.network.channels) == 0, "the issuer cannot know"


def test_only_overseers_see_it(desks: tuple[World, str]) -> None:
    world, _ = desks
    with pytest.raises(Refused, match=r"actor\.role"):
        ratios(world.be, officer("lotte", Role.OFFICER))
