"""L24: what is known by an alert on return goes to a third country to identify the person, and for nothing else.

Enforced by `_return_alert_elsewhere` in `core/policy/law.py`: without it `test_in_the_core`, `test_by_value_over_the_wire` and
`test_the_entry_itself_is_not_released` fail. Without `Taint.RETURN_ALERT` in `ITEM_TAINTS`
`test_what_another_source_says_too_is_free` fails; in `OF_AN_ALERT`, `test_it_is_kept_a_year`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.agreement.samples import TODAY, in_force, shipped
from tests.cases.cast import LOTTE, SALMA, ask, deliver
from tests.cases.cast import subject as suspect
from tests.egress.scene import HIDDEN, enter, protected, true_grounds
from tests.federation.world import BE, MA, World
from tests.identification.cast import PERSON, hold, person, request, said, work
from tests.identification.cast import desks as returning_desks
from tests.policy.conftest import with_homes
from tests.policy.looking import ONLY_THE_NEIGHBOUR, found_before_and_after
from tests.policy.scene import everything

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import Assertion, DataCategory, SubjectCategory, Taint
from comity.core.identification.messages import Issuing
from comity.core.policy.decide import Permit, ProposedAct, decide
from comity.core.policy.law import prohibited
from comity.core.register.supplementary import kept_a_year
from comity.errors import Refused
from comity.services.cases.answer import answer
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.register.read import consult
from comity.storage.models.cases import Case

RULE = {
    "enforced": (
        "core/policy/law.py:_return_alert_elsewhere",
        "core/register/findable.py:hidden_by",
        "services/egress/examine.py:examine",
        "core/policy/returning.py:identification_grounds",
    ),
    "core": ("test_in_the_core", "test_in_the_core_to_identify_it_may_go"),
    "wire": ("test_a_partner_s_search_finds_nobody",),
    "api": ("api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",),
    "desk": (
        "test_by_value_over_the_wire",
        "test_the_entry_itself_is_not_released",
        "test_without_the_issuing_state_s_agreement_it_does_not_go",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
ALERT = frozenset({Taint.RETURN_ALERT})
POLICE = ProposedAct(
    act=Act.REPLY,
    regime=Regime.POLICE,
    sender=BE,
    recipient=MA,
    purpose=Purpose.TERRORISM,
    data=frozenset({DataCategory.NAMES}),
    subjects=frozenset({SubjectCategory.SUSPECT}),
    taints=ALERT,
    decision="0",
)
IDENTIFYING = replace(
    POLICE,
    act=Act.REQUEST,
    regime=Regime.RETURN_IDENTIFICATION,
    purpose=Purpose.IDENTIFICATION,
    subjects=frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
)


@pytest.mark.parametrize(
    "act", [Act.REPLY, Act.INFORM, Act.RECTIFY, Act.CLARIFY, Act.REQUEST, Act.DELAY, Act.REPORT_HIT]
)
def test_in_the_core(act: Act) -> None:
    proposed = replace(POLICE, act=act)
    assert "L24" in [ground.rule for ground in prohibited(proposed, None, None)]
    home = replace(proposed, sender=MA, recipient=BE)
    assert "L24" not in [ground.rule for ground in prohibited(home, None, None)]
    within = replace(proposed, recipient="FR.police")
    assert "L24" not in [ground.rule for ground in prohibited(within, None, None)]


def test_in_the_core_to_identify_it_may_go() -> None:
    memorandum = in_force(shipped("memorandum_2016"))
    assert isinstance(decide(memorandum, IDENTIFYING, TODAY), Permit)
    for found in (
        replace(IDENTIFYING, act=Act.PUBLISH_INDEX),
        replace(IDENTIFYING, act=Act.BE_FOUND),
        replace(IDENTIFYING, purpose=Purpose.TERRORISM),
        replace(IDENTIFYING, taints=ALERT | {Taint.RETURN_SUSPENDED}),
        replace(IDENTIFYING, taints=ALERT | {Taint.SIS}),
    ):
        assert not isinstance(decide(memorandum, found, TODAY), Permit), found


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_a_partner_s_search_finds_nobody(tmp_path: Path) -> None:
    """Also where the partner had been given the index before the mark."""
    assert found_before_and_after(tmp_path, Taint.RETURN_ALERT) == ONLY_THE_NEIGHBOUR


def asked_back(desks: tuple[World, str]) -> tuple[World, str]:
    """Let the Belgian desk be asked what its request means."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, "who is meant?")
    deliver(world)
    return world, thread


def test_by_value_over_the_wire(desks: tuple[World, str]) -> None:
    world, thread = asked_back(desks)
    found = protected(Taint.RETURN_ALERT)
    enter(world.be, found.model_copy(update={"marks": found.marks.model_copy(update={"owner": BE})}))
    consult(world.be, LOTTE, HIDDEN, "alert checked")
    with pytest.raises(Refused, match=r"law\.protected"):
        clarify(world.be, LOTTE, thread, "a hit on Karim Tazi", assertion=Assertion.FACT)
    assert true_grounds(world.be) == ["L24"]
    deliver(world)
    assert "Tazi" not in everything(world.ma)


def test_what_another_source_says_too_is_free(desks: tuple[World, str]) -> None:
    """An origin: what the service knows without the alert is its own to tell."""
    world, thread = asked_back(desks)
    found = protected(Taint.RETURN_ALERT)
    marks = found.marks.model_copy(update={"owner": BE})
    enter(world.be, found.model_copy(update={"marks": marks}))
    enter(world.be, found.model_copy(update={"marks": marks.model_copy(update={"taints": ()})}), "c" * 32)
    consult(world.be, LOTTE, HIDDEN, "alert checked")
    clarify(world.be, LOTTE, thread, "passport AB 123 456", assertion=Assertion.FACT)
    deliver(world)
    assert "AB 123 456" in everything(world.ma)


def test_the_entry_itself_is_not_released(desks: tuple[World, str]) -> None:
    """From a third country to a Member State nothing stands against it; the other way round everything does."""
    world, agreement = desks
    enter(world.ma, protected(Taint.RETURN_ALERT))
    thread = ask(world, agreement, reference=None, about="the passenger")
    deliver(world)
    answer(world.ma, SALMA, thread, HIDDEN)
    deliver(world)
    assert "التازي" in everything(world.be)
    assert Taint.RETURN_ALERT.value not in everything(world.be)


@pytest.fixture
def memo(tmp_path: Path) -> tuple[World, str]:
    world, agreement = returning_desks()
    with_homes(world, tmp_path)
    hold(world.be, person(BE, Taint.RETURN_ALERT), PERSON)
    return world, agreement


def test_to_identify_the_person_it_goes_and_the_alert_is_not_told(memo: tuple[World, str]) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    assert Case.objects.using("ma").filter(thread=thread).exists()
    assert Taint.RETURN_ALERT.value not in everything(world.ma)


def test_without_the_issuing_state_s_agreement_it_does_not_go(memo: tuple[World, str]) -> None:
    world, agreement = memo
    with pytest.raises(Refused, match=r"law\.return-issuer"):
        request(world, agreement, said=said(issuing=Issuing(country="FR")))
    assert not Case.objects.using("be").exists()


def test_it_is_kept_a_year() -> None:
    today = date(2026, 11, 23)
    found = suspect(taints=(Taint.RETURN_ALERT,))
    assert kept_a_year(found, today).marks.erase_at == today + timedelta(days=365)
    assert kept_a_year(suspect(), today).marks.erase_at == suspect().marks.erase_at
