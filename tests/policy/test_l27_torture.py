"""L27: where there is a real risk of torture nothing of the person is shared, and the partner learns no reason.

Enforced by the row ``L27`` of `PROHIBITIONS` in `core/policy/law.py`: without it `test_in_the_core` fails and the name is
sent in `test_words_about_the_person_are_blocked`. Without `protecting(...)` in `services/cases/refuse.py` the refusal
bears what the officer chose.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    OPERATOR,
    SALMA,
    SYSTEM_ACCOUNT,
    UID,
    ask,
    deliver,
    hold,
    officer,
    tainted,
)
from tests.egress.scene import HIDDEN, drafts, enter, protected, true_grounds
from tests.federation.world import BE, MA, World
from tests.policy.looking import ONLY_THE_NEIGHBOUR, found_before_and_after
from tests.policy.scene import case, everything, leaves
from tests.told import FACTS

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import RefusalGround, Role, Taint
from comity.core.policy.law import prohibited
from comity.core.policy.model import ProposedAct
from comity.errors import Refused
from comity.services.cases.answer import answer, propose_answer
from comity.services.cases.refuse import refuse
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.inform import inform
from comity.services.egress.grounds import true_grounds as read_grounds
from comity.services.register.read import consult

RULE = {
    "enforced": (
        "core/register/findable.py:hidden_by",
        "core/policy/law.py:PROHIBITIONS",
        "services/cases/refuse.py:refuse",
    ),
    "core": ("test_in_the_core",),
    "wire": ("test_a_partner_s_search_finds_nobody",),
    "api": ("api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",),
    "desk": ("test_after_a_hit_the_answer_is_blocked_and_refused_without_a_reason",),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("aicha", Role.AUDITOR)


def test_in_the_core() -> None:
    for recipient in (MA, "FR.police"):
        act = ProposedAct(
            act=Act.REPLY,
            regime=Regime.POLICE,
            sender=BE,
            recipient=recipient,
            taints=frozenset({Taint.TORTURE_RISK}),
            decision="0",
        )
        assert [ground.rule for ground in prohibited(act, None, None)] == ["L27"]


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_a_partner_s_search_finds_nobody(tmp_path: Path) -> None:
    """Also where the partner had been given the index before the mark."""
    assert found_before_and_after(tmp_path, Taint.TORTURE_RISK) == ONLY_THE_NEIGHBOUR


def test_after_a_hit_the_answer_is_blocked_and_refused_without_a_reason(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    hold(world.ma, tainted(Taint.TORTURE_RISK))
    with pytest.raises(Refused):
        answer(world.ma, SALMA, thread)
    refuse(world.ma, SALMA, thread, RefusalGround.N1, reason="risk seen by the ministry")
    deliver(world)
    assert case(world.be, thread).ground == "a"
    for hidden in ("n1", "torture", "ministry", "L27"):
        assert hidden not in everything(world.be)
    [kept] = read_grounds(world.ma, DPO, Regime.POLICE, "monthly check")
    assert (kept.kind, kept.ground, kept.by) == ("refusal", "n1 L27", "salma")


def test_a_person_who_is_described_is_refused_as_not_available_too(desks: tuple[World, str]) -> None:
    """At the desk an officer only looks at what could be released: that is where it stops, once, without a trace outside."""
    world, agreement = desks
    thread = ask(world, agreement, reference=None, about="the man at the port")
    deliver(world)
    hold(world.ma, tainted(Taint.TORTURE_RISK))
    for _ in range(3):
        with pytest.raises(Refused, match=r"law\.protected"):
            propose_answer(world.ma, SALMA, thread, UID)
    assert true_grounds(world.ma) == ["L27"]
    assert drafts(world.ma) == []
    refuse(world.ma, SALMA, thread, RefusalGround.F2)
    deliver(world)
    assert case(world.be, thread).ground == "a"
    with pytest.raises(Refused, match=r"law\.protected"):
        inform(
            world.ma,
            SALMA,
            BE,
            agreement,
            Purpose.TERRORISM,
            "a tip",
            "may be of use",
            subject=UID,
            assertions=FACTS,
        )
    assert true_grounds(world.ma) == ["L27", "L27"]
    assert [row.content for row in drafts(world.ma)] == [{"matter": "a tip", "reasons": "may be of use"}]


def test_what_the_register_lets_go_to_nobody_is_refused_alike(desks: tuple[World, str]) -> None:
    """Eurodac origin may go to a bound state, says the law; the register lets it go to none."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    hold(world.ma, tainted(Taint.EURODAC))
    refuse(world.ma, SALMA, thread, RefusalGround.E)
    deliver(world)
    assert case(world.be, thread).ground == "a"


def test_words_about_the_person_are_blocked(desks: tuple[World, str]) -> None:
    world, agreement = desks
    enter(world.ma, protected(Taint.TORTURE_RISK))
    thread = ask(world, agreement)
    deliver(world)
    consult(world.ma, SALMA, HIDDEN, "checked for the case")
    with pytest.raises(Refused, match=r"law\.protected"):
        ask_clarification(world.ma, SALMA, thread, "are you looking for Karim Tazi?")
    assert true_grounds(world.ma) == ["L27"]


def test_who_reads_true_grounds_and_that_it_is_written_down(desks: tuple[World, str]) -> None:
    world, agreement = desks
    enter(world.ma, protected(Taint.TORTURE_RISK))
    thread = ask(world, agreement)
    deliver(world)
    with pytest.raises(Refused):
        ask_clarification(world.ma, SALMA, thread, "0661998877?")
    for actor in (
        SALMA,
        LOTTE,
        HEAD,
        OPERATOR,
        SYSTEM_ACCOUNT,
        officer("x", Role.DATA_PROTECTION_OFFICER, regime=Regime.RETURN_IDENTIFICATION),
    ):
        with pytest.raises(Refused, match=r"actor\.role|case\.person"):
            read_grounds(world.ma, actor, Regime.POLICE, "curiosity")
    for actor in (DPO, AUDITOR):
        [found] = read_grounds(world.ma, actor, Regime.POLICE, "complaint 12")
        assert (found.ground, found.by, found.subjects, found.found) == (
            "L27",
            "salma",
            (HIDDEN,),
            ("number",),
        )
        assert read_grounds(world.ma, DPO, Regime.POLICE, "monthly check")[0].thread == thread
    assert len(leaves(world.ma, "egress.grounds-read")) == 4
    assert "L27" not in str(leaves(world.ma, "egress.grounds-read"))
    assert UID not in str(found)
