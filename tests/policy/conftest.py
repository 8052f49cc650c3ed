"""Desks for the rules that are proved end to end: two nodes, or three, with homes for their journals."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.agreement.samples import between, shipped
from tests.cases.cast import SALMA, ask, deliver, make_desks, with_suspect
from tests.federation.world import BE, MA, THIRD, World, make_world, sign_between

from comity.services import wiring
from comity.services.cases.answer import answer


def with_homes(world: World, folder: Path) -> None:
    """Give every node a home for its journal of erasures."""
    for node in world.nodes.values():
        home = folder / node.alias
        home.mkdir()
        object.__setattr__(node, "config", node.config.model_copy(update={"home": home}))


@pytest.fixture
def desks(tmp_path: Path) -> tuple[World, str]:
    """Return two nodes with a plan in force and a suspect at the Moroccan one."""
    world, agreement = make_desks()
    with_suspect(world)
    with_homes(world, tmp_path)
    return world, agreement


@pytest.fixture
def answered(desks: tuple[World, str]) -> tuple[World, str, str]:
    """Return nodes, agreement and thread of a request that was answered."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    return world, agreement, thread


@pytest.fixture
def three(tmp_path: Path) -> tuple[World, str, str, str]:
    """Return three nodes, the thread and reply that the first got from the second, its agreement with the third."""
    wiring.connect()
    world = make_world(third=True)
    agreement = sign_between((world.be, world.ma), shipped("plan_2025"))
    other = between(shipped("plan_2025"), (BE, THIRD), code="BE-TN-2025")
    beyond = sign_between((world.be, world.nodes[THIRD]), other)
    with_suspect(world)
    with_homes(world, tmp_path)
    thread = ask(world, agreement)
    deliver(world)
    message = answer(world.ma, SALMA, thread)
    deliver(world)
    assert MA in world.nodes
    return world, thread, message, beyond
