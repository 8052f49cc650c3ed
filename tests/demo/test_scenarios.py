"""Each scenario is played to its end on two or three nodes; `comity scenario` plays the very same."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.demo.command import BrokenPromise
from comity.demo.scenario.people import LOTTE
from comity.demo.scenario.plays import SCENARIOS, Scenario
from comity.demo.scenario.scene import Scene
from comity.demo.scenario.world import make_world
from comity.services.cases.recall import recall

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.number)
def test_a_scenario_keeps_its_promises(scenario: Scenario, tmp_path: Path) -> None:
    said: list[str] = []
    scene = Scene(make_world(tmp_path, third=scenario.third), said.append)
    scenario.play(scene)
    assert scene.shown == sum("✓" in line for line in said) >= 8


def test_a_broken_promise_ends_it(tmp_path: Path) -> None:
    scene = Scene(make_world(tmp_path))
    with pytest.raises(BrokenPromise, match="never"):
        scene.shows(False, "never")
    with pytest.raises(BrokenPromise, match="was done"):
        scene.refused("law.consent", lambda: None, "nothing stops it")
    with pytest.raises(BrokenPromise):
        scene.refused("law.consent", lambda: recall(scene.world.be, LOTTE, "0" * 32), "another reason")
    with pytest.raises(BrokenPromise, match="2 instead of one"):
        scene.one((1, 2), "there is one")
    refused = Scenario("S0", "recalls nothing", lambda each: recall(each.world.be, LOTTE, "0" * 32))
    with pytest.raises(BrokenPromise, match=r"case\.unknown"):
        refused.play(scene)
