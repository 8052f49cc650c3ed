"""What a list leaves out is looked for to the end: however much lies before it that does not belong there."""

from __future__ import annotations

import pytest
from tests.cases.cast import DPO, SALMA, UID, deliver
from tests.federation.world import BE, World
from tests.policy.scene import put_right

from comity.core.codes.exchange import Regime
from comity.services.cases.answer import answer
from comity.services.egress.grounds import true_grounds
from comity.services.protection.outstanding import outstanding
from comity.storage.models.cases import CaseDecision
from comity.storage.models.exchange import Direction
from comity.storage.models.protection import Passage

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
MANY = 501
"""One more than any list shows."""


def test_a_correction_that_is_due_behind_many_that_are_not(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    Passage.objects.using("ma").bulk_create(
        Passage(
            partner=BE,
            thread=f"{n:064x}",
            message=f"{n:032x}",
            direction=Direction.OUT,
            kind="clarification",
            regime="police",
            sent_at=world.clock(),
            subject=UID,
            version=9,
        )
        for n in range(MANY)
    )
    message = answer(world.ma, SALMA, thread)
    deliver(world)
    assert outstanding(world.ma, DPO) == []
    put_right(world.ma)
    assert [line.target for line in outstanding(world.ma, DPO)] == [message]


def test_a_true_ground_behind_many_of_another_regime(desks: tuple[World, str]) -> None:
    world, _ = desks
    regimes = [Regime.POLICE] + [Regime.RETURN_IDENTIFICATION] * MANY
    CaseDecision.objects.using("ma").bulk_create(
        CaseDecision(
            thread="",
            partner=BE,
            kind="block",
            digest=f"{n:064x}",
            decided_at=world.clock(),
            content={"regime": regime.value, "by": "salma"},
            true_ground="L23",
        )
        for n, regime in enumerate(regimes)
    )
    [found] = true_grounds(world.ma, DPO, Regime.POLICE, "what was refused this year")
    assert (found.regime, found.ground) == (Regime.POLICE, "L23")
