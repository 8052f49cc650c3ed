"""L26: what comes from the Schengen Information System does not go to a third country, by mark or by value.

Enforced by the row ``L26`` of `PROHIBITIONS` in `core/policy/law.py`: without it `test_in_the_core` and
`test_by_value_over_the_wire` fail; without `examine(...)` in `services/exchange/submit.py` the latter does.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cases.cast import LOTTE, SALMA, ask, deliver
from tests.egress.scene import HIDDEN, enter, protected, true_grounds
from tests.federation.world import BE, MA, World
from tests.policy.looking import ONLY_THE_NEIGHBOUR, found_before_and_after
from tests.policy.scene import everything
from tests.told import FACTS

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import Assertion, DataCategory, SubjectCategory, Taint
from comity.core.policy.law import prohibited
from comity.core.policy.model import ProposedAct
from comity.errors import Refused
from comity.services.cases.answer import answer
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.inform import inform
from comity.services.register.read import consult

RULE = {
    "enforced": (
        "core/register/findable.py:hidden_by",
        "core/policy/law.py:PROHIBITIONS",
        "services/egress/examine.py:examine",
    ),
    "core": ("test_in_the_core",),
    "wire": ("test_a_partner_s_search_finds_nobody",),
    "api": ("api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",),
    "desk": (
        "test_by_value_over_the_wire",
        "test_the_entry_itself_is_not_released",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.mark.parametrize("act", [Act.REPLY, Act.INFORM, Act.RECTIFY, Act.CLARIFY, Act.REQUEST, Act.DELAY])
def test_in_the_core(act: Act) -> None:
    proposed = ProposedAct(
        act=act,
        regime=Regime.POLICE,
        sender=BE,
        recipient=MA,
        data=frozenset({DataCategory.NAMES}),
        subjects=frozenset({SubjectCategory.SUSPECT}),
        taints=frozenset({Taint.SIS}),
        decision="0",
    )
    assert "L26" in [ground.rule for ground in prohibited(proposed, None, None)]
    assert "L26" not in [g.rule for g in prohibited(replace(proposed, sender=MA, recipient=BE), None, None)]
    within = replace(proposed, recipient="FR.police")
    assert "L26" not in [ground.rule for ground in prohibited(within, None, None)]


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_a_partner_s_search_finds_nobody(tmp_path: Path) -> None:
    """Also where the partner had been given the index before the mark."""
    assert found_before_and_after(tmp_path, Taint.SIS) == ONLY_THE_NEIGHBOUR


def test_by_value_over_the_wire(desks: tuple[World, str]) -> None:
    world, agreement = desks
    found = protected(Taint.SIS)
    enter(world.be, found.model_copy(update={"marks": found.marks.model_copy(update={"owner": BE})}))
    thread = ask(world, agreement)
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, "who is meant?")
    deliver(world)
    consult(world.be, LOTTE, HIDDEN, "alert checked")
    for text in (
        "a hit on Karim Tazi",
        "12 MAART 1985",
        "came to the reception centre at Fedasil with his sister",
    ):
        with pytest.raises(Refused, match=r"law\.protected"):
            clarify(world.be, LOTTE, thread, text, assertion=Assertion.FACT)
    with pytest.raises(Refused, match=r"law\.protected"):
        inform(world.be, LOTTE, MA, agreement, Purpose.TERRORISM, "TAZI Karim", "a hit", assertions=FACTS)
    assert true_grounds(world.be) == ["L26"] * 4
    deliver(world)
    assert "Tazi" not in everything(world.ma)


def test_the_entry_itself_is_not_released(desks: tuple[World, str]) -> None:
    world, agreement = desks
    enter(world.ma, protected(Taint.SIS))
    thread = ask(world, agreement, reference=None, about="the passenger")
    deliver(world)
    with pytest.raises(Refused, match=r"law\.protected"):
        answer(world.ma, SALMA, thread, HIDDEN)
    deliver(world)
    assert "التازي" not in everything(world.be)
