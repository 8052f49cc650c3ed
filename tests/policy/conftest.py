"""Desks for the rules that are proved end to end: two nodes, or three, with homes for their journals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.agreement.samples import between, shipped
from tests.cases.cast import SALMA, ask, deliver, make_desks, with_suspect
from tests.federation.world import BE, THIRD, World, make_world, sign_between

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


@dataclass(frozen=True)
class Three:
    """Three nodes, of which the second has answered the first.

    Args:
        agreement: of the first two. beyond: of the first and the third.
        thread, message: of the request and of its answer.
    """

    world: World
    agreement: str
    beyond: str
    thread: str
    message: str


def make_three(folder: Path) -> Three:
    """Return three nodes with homes, agreements of the first with the two others, and an answered request."""
    wiring.connect()
    world = make_world(third=True)
    agreement = sign_between((world.be, world.ma), shipped("plan_2025"))
    other = between(shipped("plan_2025"), (BE, THIRD), code="BE-TN-2025")
    beyond = sign_between((world.be, world.nodes[THIRD]), other)
    with_suspect(world)
    with_homes(world, folder)
    thread = ask(world, agreement)
    deliver(world)
    message = answer(world.ma, SALMA, thread)
    deliver(world)
    return Three(world, agreement, beyond, thread, message)


@pytest.fixture
def three(tmp_path: Path) -> tuple[World, str, str, str]:
    """Return three nodes, the thread and reply that the first got from the second, its agreement with the third."""
    made = make_three(tmp_path)
    return made.world, made.thread, made.message, made.beyond
