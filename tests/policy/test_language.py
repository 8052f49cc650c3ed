"""Each text that travels is marked with its language, as its writer said; nobody says: ``und`` (cases.md §19)."""

from __future__ import annotations

import pytest
from tests.cases.cast import DPO, LOTTE, SALMA, ask, deliver, officer
from tests.federation.world import MA, THIRD, World
from tests.policy.hostile import sent_unbound, telling
from tests.policy.scene import case
from tests.told import FACTS

from comity.core.cases.consent import Use
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import Assertion, DelayGround, Role
from comity.errors import InputError
from comity.services.cases.answer import answer
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.inform import inform
from comity.services.cases.views import show_case
from comity.services.clocks.delay import explain
from comity.services.protection.consent import ask_consent, decide_consent
from comity.services.protection.onward import pass_on

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
LIES = officer("lies", Role.OFFICER, Role.APPROVER)


def test_each_words_bear_the_tag_that_was_given(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement, language="nl")
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, "من هو؟", language="ar-MA")
    deliver(world)
    clarify(world.be, LOTTE, thread, "le plus jeune", assertion=Assertion.FACT, language="fr")
    deliver(world)
    answer(world.ma, SALMA, thread, note="كما طلبتم", assertion=Assertion.FACT, language="ar")
    deliver(world)
    shown = show_case(world.be, LOTTE, thread)
    assert (shown["request"]["language"], shown["reply"]["language"]) == ("nl", "ar")
    said = {each["kind"]: each["words"]["language"] for each in shown["passages"] if each["words"]}
    assert said == {"clarification-request": "ar-MA", "clarification": "fr"}
    assert show_case(world.ma, DPO, thread)["request"]["language"] == "nl"


def test_who_says_nothing_says_und(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    shown = show_case(world.be, LOTTE, thread)
    assert (shown["request"]["language"], shown["reply"]["language"]) == ("und", "und")


def test_delays_and_consents_too(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    world.clock.forward(days=10)
    message = answer(world.ma, SALMA, thread)
    deliver(world)
    explain(world.ma, SALMA, thread, DelayGround.TECHNICAL, "une panne", language="fr")
    ask_consent(world.be, LOTTE, thread, message, Use.COURT, Purpose.TERRORISM, "een zaak", language="nl")
    deliver(world)
    for node, actor in ((world.be, LOTTE), (world.ma, SALMA)):
        shown = show_case(node, actor, thread)
        assert [each["language"] for each in shown["delays"]] == ["fr"]
        assert [each["language"] for each in shown["consents"]] == ["nl"]


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_what_is_passed_on_bears_the_tag_of_who_passes_it(three: tuple[World, str, str, str]) -> None:
    world, thread, message, beyond = three
    asked = ask_consent(
        world.be, LOTTE, thread, message, Use.ONWARD, Purpose.TERRORISM, "they know him", THIRD
    )
    deliver(world)
    decide_consent(world.ma, SALMA, thread, asked, given=True)
    deliver(world)
    told = pass_on(
        world.be,
        LIES,
        thread,
        message,
        THIRD,
        beyond,
        Purpose.TERRORISM,
        "un conducteur",
        "son frère",
        assertions=FACTS,
        language="fr",
    )
    words = show_case(world.be, LIES, told)["passages"][0]["words"]
    assert words["language"] == "fr"


@pytest.mark.parametrize("tag", ["French", "fr-be", "", "x" * 40])
def test_no_other_form_leaves(desks: tuple[World, str], tag: str) -> None:
    world, agreement = desks
    with pytest.raises(InputError, match=r"case\.(language|request-field)"):
        ask(world, agreement, language=tag)
    with pytest.raises(InputError, match=r"case\.language"):
        inform(world.be, LOTTE, MA, agreement, Purpose.TERRORISM, "x", "y", assertions=FACTS, language=tag)


@pytest.mark.parametrize("tag", ["French", "", None, 7, "ar\u202e", ["fr"]])
def test_wire_no_other_form_is_taken(desks: tuple[World, str], tag: object) -> None:
    world, agreement = desks
    outgoing = telling(agreement, {"language": tag})
    assert sent_unbound(world, world.ma, outgoing) == ("refused", "case.message-malformed")


def test_a_request_may_be_in_any_language(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement, language="zgh-Tfng")
    deliver(world)
    row = case(world.ma, thread)
    assert row.request is not None
    assert row.request["language"] == "zgh-Tfng"
