"""L10: nothing of a person is released, and nothing refused, without the decision of a named person.

Enforced by the row ``L10`` of `PROHIBITIONS` in `core/policy/law.py` (without it `test_in_the_core` and
`test_from_a_hostile_partner` fail), by `require_approver` in `services/cases/access.py`, which no program and no operator
passes (`test_no_program_answers`), and by the missing way over REST (`service-account.release`).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.cast import LOTTE, OPERATOR, SALMA, SYSTEM_ACCOUNT, ask, deliver
from tests.federation.world import BE, World
from tests.policy.hostile import lawless, sent_lawless, telling
from tests.policy.scene import case, code_of, leaves
from tests.policy.transfers import TO_MA
from tests.told import released

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, RefusalGround, SubjectCategory
from comity.core.policy.law import prohibited
from comity.errors import ComityError
from comity.services.cases.answer import answer
from comity.services.cases.refuse import refuse
from comity.services.context import SYSTEM
from comity.services.exchange.submit import Outgoing, submit

RULE = {
    "enforced": ("core/policy/law.py:_undecided", "services/cases/access.py:require_approver"),
    "core": (
        "test_in_the_core",
        "policy/test_decide.py::test_no_answer_without_a_named_decision_even_an_empty_one",
    ),
    "wire": ("test_from_a_hostile_partner", "test_a_hostile_reply_without_a_decision"),
    "api": ("api/test_rest.py::test_a_system_never_decides",),
    "desk": ("test_no_program_answers", "web/test_answer.py::test_a_release_without_a_preview_is_refused"),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.mark.parametrize("act", [Act.REPLY, Act.REFUSE, Act.CONSENT, Act.ATTACH, Act.INFORM, Act.RECTIFY])
def test_in_the_core(act: Act) -> None:
    for none in (None, ""):
        undecided = replace(TO_MA, act=act, decision=none)
        assert [ground.rule for ground in prohibited(undecided, None, None)] == ["L10"]
    assert prohibited(replace(TO_MA, act=act), None, None) == ()


def test_from_a_hostile_partner(desks: tuple[World, str]) -> None:
    world, agreement = desks
    assert sent_lawless(world, telling(agreement, decision=None)) == ("refused", "law.decision")


@pytest.mark.parametrize("kind", ["reply", "refusal"])
def test_a_hostile_reply_without_a_decision(desks: tuple[World, str], kind: str) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    body = {
        "subject": released({"names": ["x"]}),
        "assertions": {},
        "handling": "H1",
        "evaluation": "X4",
        "subject_category": "suspect",
    }
    usual = Outgoing(
        BE,
        Regime.POLICE,
        kind,
        Act.REPLY if kind == "reply" else Act.REFUSE,
        body if kind == "reply" else {"ground": "a"},
        agreement=agreement,
        clause=case(world.ma, thread).clause,
        purpose=Purpose.TERRORISM,
        thread=thread,
    )
    if kind == "reply":
        marks = {"data": frozenset({DataCategory.NAMES}), "subjects": frozenset({SubjectCategory.SUSPECT})}
        usual = replace(usual, handling=Handling.H1, **marks)
    with lawless():
        message = submit(world.ma, usual, SALMA)
    deliver(world)
    assert code_of(world.ma, message) == ("refused", "law.decision")
    assert case(world.be, thread).closing is None
    decided = submit(world.ma, replace(usual, decision="0" * 64), SALMA)
    deliver(world)
    assert code_of(world.ma, decided) == ("delivered", None)


def test_no_program_answers(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    for actor in (SYSTEM_ACCOUNT, OPERATOR, SYSTEM, LOTTE):
        with pytest.raises(ComityError, match=r"case\.(approver|person|unknown)|actor\.role"):
            answer(world.ma, actor, thread)
        with pytest.raises(ComityError, match=r"case\.(approver|person|unknown)|actor\.role"):
            refuse(world.ma, actor, thread, RefusalGround.A)
    deliver(world)
    assert case(world.be, thread).closing is None
    answer(world.ma, SALMA, thread)
    deliver(world)
    [decision] = leaves(world.ma, "case.released")
    assert "salma" not in decision
