"""L22: what comes from Eurodac does not go to a third country; neither by mark nor by value, in whatever it is made into.

Enforced in `core/policy/law.py` (rule L22) on the marks of the entry, and on those that `services/egress/examine.py` finds
by value: without `examine(...)` in `services/exchange/submit.py` the pasted values leave; without the call of
`found_in(...)` too. The Belgian node is bound by the regulation, the Moroccan one is a third country for it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cases.cast import DPO, LOTTE, MA, SALMA, UID, YOUSSEF, ask, deliver, hold, officer, subject
from tests.egress.scene import HIDDEN, drafts, enter, protected, sent, true_grounds
from tests.federation.world import BE, World
from tests.policy.looking import ONLY_THE_NEIGHBOUR, found_before_and_after
from tests.policy.scene import everything, leaves
from tests.told import FACTS

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import Assertion, Role, Taint
from comity.core.policy.law import prohibited
from comity.core.policy.model import ProposedAct
from comity.core.register.birth import read_birth
from comity.core.register.subject import PlaceRole, SubjectState, located
from comity.errors import Refused
from comity.services.cases.answer import answer
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.inform import inform
from comity.services.cases.thread.notes import note_channel
from comity.services.context import Node
from comity.services.register.read import consult
from comity.storage.models.cases import Case, CaseDecision, CaseNote
from comity.storage.models.register import RegisterSubject

RULE = {
    "enforced": (
        "core/register/findable.py:hidden_by",
        "core/policy/law.py:PROHIBITIONS",
        "services/egress/examine.py:examine",
    ),
    "core": ("test_in_the_core_by_mark",),
    "wire": ("test_a_partner_s_search_finds_nobody",),
    "api": ("api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",),
    "desk": (
        "test_a_strong_value_is_blocked_in_every_text",
        "web/test_egress.py::test_the_block_is_told_in_four_languages",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

PASTED = [
    "the man is Karim Tazi, born 12 March 1985",
    "le nommé TAZI Karim, né le 12.03.1985",
    "كريم التازي المزداد في ١٢ مارس ١٩٨٥",
    "12/03/1985 - TAZI, K. ... Karim",
    "his phone: 0661 99-88 77",
    "passport AB-123/456",
    "passport number ＡＢ１２３４５６",
]
"""Strong values: caught whoever writes them, whatever the case."""

WEAK = ["born on 12 March 1985", "he is called Karim Tazi", "كريم التازي", "١٢/٠٣/١٩٨٥"]
"""Values that count where the case touches the person."""


@pytest.fixture
def asked(desks: tuple[World, str]) -> tuple[World, str, str]:
    """Return nodes, agreement and a thread in which the Belgian node is asked; its register holds a Eurodac entry."""
    world, agreement = desks
    enter(world.be, _belgian(Taint.EURODAC))
    thread = ask(world, agreement)
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, "who is meant?")
    deliver(world)
    return world, agreement, thread


def _belgian(*taints: Taint) -> object:
    found = protected(*taints)
    return found.model_copy(update={"marks": found.marks.model_copy(update={"owner": BE})})


def looked(node: Node, name: str = "lotte") -> None:
    """Let an officer consult the protected entry."""
    consult(node, replace(LOTTE, name=name), HIDDEN, "checked for the case")


def test_in_the_core_by_mark() -> None:
    act = ProposedAct(
        act=Act.REPLY,
        regime=Regime.POLICE,
        sender=BE,
        recipient=MA,
        taints=frozenset({Taint.EURODAC}),
        decision="0",
    )
    assert [ground.rule for ground in prohibited(act, None, None)] == ["L22"]
    assert prohibited(replace(act, sender=MA, recipient=BE), None, None) == ()


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_a_partner_s_search_finds_nobody(tmp_path: Path) -> None:
    """Also where the partner had been given the index before the mark."""
    assert found_before_and_after(tmp_path, Taint.EURODAC) == ONLY_THE_NEIGHBOUR


@pytest.mark.parametrize("text", PASTED)
def test_a_strong_value_is_blocked_in_every_text(asked: tuple[World, str, str], text: str) -> None:
    world, agreement, thread = asked
    before = sent(world.be)
    for act in (
        lambda: clarify(world.be, LOTTE, thread, text, assertion=Assertion.FACT),
        lambda: ask(world, agreement, facts=text),
        lambda: ask(world, agreement, reference=None, about=text),
        lambda: ask(world, agreement, restrictions=text),
        lambda: inform(world.be, LOTTE, MA, agreement, Purpose.TERRORISM, "a tip", text, assertions=FACTS),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "law.protected"
        assert set(refused.value.facts) <= {"clause"}
    assert sent(world.be) == before
    assert true_grounds(world.be) == ["L22"] * 5
    deliver(world)
    assert "Tazi" not in everything(world.ma)
    assert "التازي" not in everything(world.ma)


@pytest.mark.parametrize("text", WEAK)
def test_s6_a_value_of_who_was_consulted_is_blocked_and_only_theirs(
    asked: tuple[World, str, str], text: str
) -> None:
    """S6: an officer pastes a Eurodac-origin date of birth into a text and tries to send it."""
    world, _, thread = asked
    looked(world.be)
    with pytest.raises(Refused, match=r"law\.protected"):
        clarify(world.be, LOTTE, thread, text, assertion=Assertion.FACT)
    assert true_grounds(world.be) == ["L22"]
    # The reason stands nowhere but in the sealed record and the internal log's commitment.
    assert "L22" not in str(leaves(world.be, "case.release-blocked"))
    assert len(leaves(world.be, "case.release-blocked")) == 1
    # Another officer, who has not looked at that person and owns no case with it, writes of whom they like.
    clarify(
        world.be,
        replace(YOUSSEF, name="other"),
        _without_owner(world, thread),
        text,
        assertion=Assertion.FACT,
    )


def _without_owner(world: World, thread: str) -> str:
    """Make the case nobody's, and let it forget that something was blocked in it."""
    Case.objects.using("be").filter(thread=thread).update(owner=None)
    CaseDecision.objects.using("be").all().delete()
    return thread


def test_the_text_is_kept_for_its_writer_and_the_ground_for_the_protection_officer(
    asked: tuple[World, str, str],
) -> None:
    world, _, thread = asked
    looked(world.be)
    with pytest.raises(Refused):
        clarify(world.be, LOTTE, thread, WEAK[0], assertion=Assertion.FACT)
    [kept] = drafts(world.be)
    assert (kept.officer, kept.thread, kept.kind) == ("lotte", thread, "clarification")
    assert kept.content["answer"] == WEAK[0]
    assert kept.inheritance["taints"] == ["eurodac"]


def test_a_copy_in_a_note_taints_the_note_and_what_is_made_from_it(asked: tuple[World, str, str]) -> None:
    """Copy, note, text: the marks stay when the register holds the person no longer."""
    world, _, thread = asked
    words = "Karim Tazi 12/03/1985 lives with a cousin in the white house behind the station"
    note_channel(world.be, LOTTE, thread, "liaison officer", words)
    [note] = CaseNote.objects.using("be").all()
    assert note.inheritance["taints"] == ["eurodac"]
    RegisterSubject.objects.using("be").all().delete()
    with pytest.raises(Refused, match=r"law\.protected"):
        clarify(
            world.be,
            LOTTE,
            thread,
            "he lives with a cousin in the white house behind the station",
            assertion=Assertion.FACT,
        )
    clarify(world.be, LOTTE, thread, "he lives somewhere behind the station", assertion=Assertion.FACT)


def test_the_same_value_with_a_source_of_its_own_is_no_eurodac_value(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    enter(world.be, _belgian(), "b" * 32)
    clarify(world.be, LOTTE, thread, PASTED[0], assertion=Assertion.FACT)
    assert true_grounds(world.be) == []


def test_a_namesake_or_relative_does_not_block_the_release_of_an_entry(desks: tuple[World, str]) -> None:
    """The officer looks at two persons of one name and one address; the other one is protected."""
    world, agreement = desks
    home = (located("12 rue du Port Tanger", PlaceRole.ADDRESS),)
    enter(world.ma, subject().model_copy(update={"places": home}), UID)
    other = subject(taints=(Taint.TORTURE_RISK,))
    changes = {"places": home, "birth": read_birth("1999-01-05"), "phones": ("+212600000001",)}
    enter(world.ma, other.model_copy(update=changes))
    thread = ask(world, agreement, reference=None, about="the driver")
    deliver(world)
    consult(world.ma, SALMA, HIDDEN, "the other one of that name")
    with pytest.raises(Refused, match=r"law\.protected"):
        answer(
            world.ma,
            SALMA,
            thread,
            UID,
            note="not to be confused with the one born on 5 January 1999",
            assertion=Assertion.FACT,
        )
    answer(world.ma, SALMA, thread, UID)


def test_to_a_bound_state_it_may_go(asked: tuple[World, str, str]) -> None:
    world, _, _ = asked
    enter(world.ma, protected(Taint.EURODAC))
    thread = ask(world, asked[1])
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, PASTED[0])


def test_ordinary_words_leave(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    looked(world.be)
    text = "Karim, seen on 13 March 1985 with the taxi of another Karim, 0661 99 88 78"
    clarify(world.be, LOTTE, thread, text, assertion=Assertion.FACT)
    assert true_grounds(world.be) == []
    assert drafts(world.be) == []


def test_a_name_that_the_partner_itself_gave_may_be_repeated_in_a_question(desks: tuple[World, str]) -> None:
    world, agreement = desks
    enter(world.ma, protected(Taint.TORTURE_RISK))
    thread = ask(world, agreement, reference=None, about="a certain Karim Tazi")
    deliver(world)
    consult(world.ma, SALMA, HIDDEN, "asked for by the partner")
    ask_clarification(world.ma, SALMA, thread, "which Karim Tazi?")
    with pytest.raises(Refused, match=r"law\.protected"):
        ask_clarification(world.ma, SALMA, thread, "is it Karim Tazi of 12 March 1985?")


def test_roles_are_no_exception(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    chief = officer("chief", Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK)
    with pytest.raises(Refused, match=r"law\.protected"):
        clarify(world.be, chief, thread, PASTED[4], assertion=Assertion.FACT)
    assert DPO.name not in str(drafts(world.be))


def test_what_was_erased_or_never_held_does_not_block(desks: tuple[World, str]) -> None:
    world, agreement = desks
    found = subject(taints=(Taint.EURODAC,), state=SubjectState.ACTIVE)
    hold(world.ma, found)
    ask(world, agreement, facts="born 1984-03-02")
    assert true_grounds(world.be) == []
