"""What most tests of cases begin with: two desks, one suspect, a request that has arrived."""

from __future__ import annotations

import pytest
from tests.cases.cast import ask, deliver, make_desks, with_suspect
from tests.federation.world import World


@pytest.fixture
def desks() -> tuple[World, str]:
    """Return two nodes with a plan in force and a suspect in the register of the second, and the plan."""
    world, agreement = make_desks()
    with_suspect(world)
    return world, agreement


@pytest.fixture
def asked(desks: tuple[World, str]) -> tuple[World, str, str]:
    """Return the two desks and a request of the first that the second has received."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    return world, agreement, thread
