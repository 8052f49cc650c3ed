"""Information in a case: what it cites, the case that is opened from it, our own file; and a hostile partner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cases.cast import (
    LOTTE,
    SALMA,
    YOUSSEF,
    ask,
    deliver,
    officer,
)
from tests.federation.world import BE, MA, World
from tests.policy.conftest import with_homes
from tests.policy.hostile import sent_unbound
from tests.told import FACTS, marked

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, Role, SubjectCategory, Urgency
from comity.errors import InputError, Refused
from comity.services.cases.recall import recall
from comity.services.cases.thread.cited import file_under
from comity.services.cases.thread.inform import inform
from comity.services.cases.thread.notes import hand_over
from comity.services.cases.views import show_case
from comity.services.exchange.submit import Outgoing
from comity.services.protection.correct import correct_words
from comity.storage.models.cases import Case

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def desks(desks: tuple[World, str], tmp_path: Any) -> tuple[World, str]:
    with_homes(desks[0], tmp_path)
    return desks


def tell(world: World, agreement: str, **changes: Any) -> str:
    usual: dict[str, Any] = {
        "actor": YOUSSEF,
        "partner": BE,
        "agreement": agreement,
        "purpose": Purpose.TERRORISM,
        "matter": "a driver on his way",
        "reasons": "a passage to Ostend is booked",
        "assertions": FACTS,
    }
    return inform(world.ma, **{**usual, **changes})


def follow(world: World, agreement: str, thread: str, case: str = "BE-2026-300") -> str:
    return ask(world, agreement, case=case, reference=None, about="the driver", cites=thread)


def related(world: World, thread: str) -> list[list[tuple[str, str, str]]]:
    """Return what both desks show beside a case."""
    actors = ((world.be, LOTTE), (world.ma, YOUSSEF))
    return [
        [(e["thread"], e["side"], e["how"]) for e in show_case(node, actor, thread)["related"]]
        for node, actor in actors
    ]


def test_information_inside_a_case_is_seen_with_it_on_both_sides(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    told = tell(world, agreement, cites=thread, case="MA-77")
    deliver(world)
    assert related(world, thread) == [[(told, "told", "citing")], [(told, "gave", "citing")]]
    assert related(world, told) == [[(thread, "asked", "cited")], [(thread, "received", "cited")]]
    [said] = show_case(world.be, LOTTE, told)["passages"]
    assert (said["words"]["case"], said["words"]["cites"]) == ("MA-77", thread)
    assert show_case(world.ma, YOUSSEF, told)["own_case"] == "MA-77"
    assert show_case(world.be, LOTTE, told)["own_case"] is None


def test_a_case_is_opened_from_information_and_handed_over(desks: tuple[World, str]) -> None:
    world, agreement = desks
    told = tell(world, agreement)
    deliver(world)
    file_under(world.be, LOTTE, told, "BE-2026-300")
    assert show_case(world.be, LOTTE, told)["own_case"] == "BE-2026-300"
    thread = follow(world, agreement, told)
    deliver(world)
    assert related(world, told) == [[(thread, "asked", "citing")], [(thread, "received", "citing")]]
    colleague = officer("jan", Role.OFFICER)
    hand_over(world.be, LOTTE, thread, colleague, "the ferry leaves on Friday")
    assert show_case(world.be, colleague, thread)["owner"] == "jan"
    # Our own file is ours alone.
    assert show_case(world.ma, YOUSSEF, told)["own_case"] is None


def test_what_names_nothing_says_nothing(desks: tuple[World, str]) -> None:
    world, agreement = desks
    told = tell(world, agreement)
    deliver(world)
    [said] = show_case(world.be, LOTTE, told)["passages"]
    assert {"case", "cites"} & set(said["words"]) == set()
    assert related(world, told) == [[], []]


@pytest.mark.parametrize("how", ["unknown", "not-arrived", "recalled"])
def test_what_may_not_be_cited_is_refused_before_it_leaves(desks: tuple[World, str], how: str) -> None:
    world, agreement = desks
    told = tell(world, agreement)
    code = {"unknown": "case.unknown", "not-arrived": "case.cited", "recalled": "case.recalled"}[how]
    if how == "recalled":
        deliver(world)
        recall(world.ma, SALMA, told)
    before = Case.objects.using("ma").count()
    with pytest.raises((InputError, Refused), match=code.replace(".", r"\.")):
        tell(world, agreement, cites="0" * 32 if how == "unknown" else told)
    assert Case.objects.using("ma").count() == before


def test_of_another_partner_or_regime_nothing_is_cited(desks: tuple[World, str]) -> None:
    world, agreement = desks
    told = tell(world, agreement)
    deliver(world)
    for change in ({"partner": "FR.other"}, {"regime": Regime.RETURN_IDENTIFICATION.value}):
        kept = Case.objects.using("be").filter(thread=told)
        kept.update(**change)
        with pytest.raises((InputError, Refused), match=r"case\.(cited|unknown)"):
            follow(world, agreement, told)
        kept.update(partner=MA, regime=Regime.POLICE.value)
    assert follow(world, agreement, told)


@pytest.mark.parametrize("kind", ["information", "request"])
@pytest.mark.parametrize("state", ["unknown", "of-another", "ended"])
def test_a_hostile_citation_is_refused(desks: tuple[World, str], kind: str, state: str) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    cited = thread if state != "unknown" else "0" * 32
    if state == "of-another":
        Case.objects.using("be").filter(thread=thread).update(partner="FR.other")
    if state == "ended":
        recall(world.be, LOTTE, thread, erase=True)
        deliver(world)
    header: dict[str, Any] = {"agreement": agreement, "purpose": Purpose.TERRORISM, "subject": ""}
    row = Case.objects.using("ma").get(thread=thread)
    header["clause"] = row.clause
    if kind == "information":
        words = {
            "matter": "a driver",
            "reasons": "seen",
            "subject": None,
            "handling": "H1",
            "evaluation": "X4",
        }
        body = {**marked({**words, "subject_category": None, "cites": cited})}
        hostile = Outgoing(BE, Regime.POLICE, kind, Act.INFORM, body, handling=Handling.H1, **header)
    else:
        told = tell(world, agreement)
        deliver(world)
        follow(world, agreement, told)
        deliver(world)
        lawful = Case.objects.using("ma").filter(cites=told).get().request
        body = {**(lawful or {}), "cites": cited}
        hostile = Outgoing(
            BE,
            Regime.POLICE,
            kind,
            Act.REQUEST,
            body,
            deadline=timedelta(hours=row.deadline_hours),
            data=frozenset(DataCategory(each) for each in body["categories"]),
            subjects=frozenset({SubjectCategory(body["subject_category"])}),
            urgency=Urgency.ORDINARY,
            **header,
        )
    before = Case.objects.using("be").count()
    code = "case.recalled" if state == "ended" else "case.cited-unknown"
    assert sent_unbound(world, world.ma, hostile) == ("refused", code)
    assert Case.objects.using("be").count() == before


def test_a_correction_does_not_move_it_to_another_case(desks: tuple[World, str]) -> None:
    world, agreement = desks
    first, second = ask(world, agreement), ask(world, agreement, case="BE-2")
    deliver(world)
    told = tell(world, agreement, cites=first)
    deliver(world)
    with pytest.raises(InputError, match=r"case\.request-field"):
        correct_words(world.ma, YOUSSEF, told, told, ProtectionGround.INACCURATE, {"cites": second})
    assert correct_words(world.ma, YOUSSEF, told, told, ProtectionGround.INACCURATE, {"case": "MA-78"})
    assert show_case(world.ma, YOUSSEF, told)["own_case"] == "MA-78"


def test_only_what_came_is_filed_and_only_by_a_reader(desks: tuple[World, str]) -> None:
    world, agreement = desks
    told = tell(world, agreement)
    deliver(world)
    with pytest.raises(Refused, match=r"case\.own-case"):
        file_under(world.ma, YOUSSEF, told, "MA-1")
    with pytest.raises(InputError, match=r"case\.unknown"):
        file_under(world.be, officer("an.auditor", Role.AUDITOR), told, "BE-1")
    with pytest.raises(InputError, match=r"case\.text"):
        file_under(world.be, LOTTE, told, " ")
