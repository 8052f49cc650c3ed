"""Our own notes: a case handed over, another channel, probable duplicates; nothing of it leaves."""

from __future__ import annotations

import pytest
from tests.cases.cast import HEAD, OPERATOR, SALMA, YOUSSEF, ask, deliver
from tests.federation.world import World
from tests.policy.scene import everything, leaves

from comity.core.cases.duplicates import same_question
from comity.errors import InputError, Refused
from comity.services.cases.inbox import assign
from comity.services.cases.thread.notes import hand_over, note_channel
from comity.services.cases.views import show_case
from comity.storage.models.cases import CaseNote

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def test_an_owner_hands_a_case_over_with_a_note(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    with pytest.raises(Refused, match=r"actor\.role"):
        hand_over(world.ma, YOUSSEF, thread, SALMA, "call the prosecutor")
    assign(world.ma, YOUSSEF, thread, YOUSSEF)
    with pytest.raises(Refused, match=r"actor\.role"):
        assign(world.ma, YOUSSEF, thread, SALMA)
    with pytest.raises(InputError, match=r"case\.text"):
        hand_over(world.ma, YOUSSEF, thread, SALMA, " ")
    hand_over(world.ma, YOUSSEF, thread, SALMA, "call the prosecutor")
    shown = show_case(world.ma, SALMA, thread)
    assert shown["owner"] == "salma"
    assert [each["text"] for each in shown["notes"]] == ["call the prosecutor"]
    hand_over(world.ma, HEAD, thread, YOUSSEF, "night shift")
    assert show_case(world.ma, OPERATOR, thread)["notes"] == []
    deliver(world)
    assert "prosecutor" not in everything(world.be)
    assert len(leaves(world.ma, "case.noted")) == 2
    assert not any("prosecutor" in leaf for leaf in leaves(world.ma, "case.noted"))


def test_a_refused_handover_leaves_no_note(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    with pytest.raises(Refused, match=r"case\.owner"):
        hand_over(world.ma, HEAD, thread, OPERATOR, "take it")
    assert CaseNote.objects.using("ma").count() == 0


def test_the_same_question_twice_shows(desks: tuple[World, str]) -> None:
    world, agreement = desks
    first = ask(world, agreement)
    second = ask(world, agreement, case="BE-2026-900")
    other = ask(world, agreement, case="BE-2026-118", reference=None, about="a lorry with a red door")
    deliver(world)
    assert show_case(world.ma, SALMA, second)["duplicates"] == [first]
    assert show_case(world.ma, SALMA, other)["duplicates"] == []
    assert show_case(world.ma, OPERATOR, second)["duplicates"] == []


def test_the_same_request_over_another_channel_shows(desks: tuple[World, str]) -> None:
    world, agreement = desks
    one = ask(world, agreement, case="BE-1", reference=None, about="a lorry with a red door", offence="theft")
    two = ask(world, agreement, case="BE-2", reference=None, about="somebody else", offence="arson")
    deliver(world)
    assert show_case(world.ma, SALMA, one)["duplicates"] == []
    for thread in (one, two):
        note_channel(world.ma, SALMA, thread, "SIENA", "1234567-3-1")
    assert show_case(world.ma, SALMA, one)["duplicates"] == [two]
    with pytest.raises(InputError, match=r"case\.text"):
        note_channel(world.ma, SALMA, one, "", "x")


def test_what_counts_as_the_same() -> None:
    one = {"case": "BE 2026/117", "offence": "theft", "about": "Youssef Benjelloun, born in Fès in 1984"}
    assert same_question(one, {**one, "case": "be-2026-117"})
    assert same_question(one, {**one, "case": "other", "about": "YOUSSEF BENJELLOUN born 1984 in Fes"})
    assert not same_question(one, {**one, "case": "other", "about": "Salma El Idrissi"})
    assert not same_question({"case": "a"}, {"case": "b"})
    assert not same_question({**one, "reference": None}, {"case": "x", "reference": None})
