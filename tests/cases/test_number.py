"""The short form of a case: the same at the desk and the console, and a way to find the case again."""

from __future__ import annotations

import pytest
from tests.cases.cast import ask, make_desks, with_suspect

from comity.core.cases.number import case_number, written_number
from comity.core.envelope.header import message_id
from comity.errors import InputError
from comity.services.cases.access import find_thread
from comity.storage.models.cases import Case
from comity.web.templatetags.desk import short

IDENTIFIER = "01a20846fe0078b4a652e44d3f9a07c2"


def test_the_short_form_is_the_random_end_in_two_groups() -> None:
    assert case_number(IDENTIFIER) == short(IDENTIFIER) == "3f9a-07c2"
    assert written_number(" 3F9A 07c2\n") == written_number("3f9a-07C2") == "3f9a07c2"


def test_cases_of_one_moment_differ() -> None:
    from datetime import UTC, datetime

    at = datetime(2026, 11, 30, 9, tzinfo=UTC)
    alike = [message_id(at, bytes(6) + number.to_bytes(4, "big")) for number in range(3)]
    assert len({each[:13] for each in alike}) == 1
    assert len({case_number(each) for each in alike}) == 3


@pytest.mark.django_db(databases=["be", "ma"])
def test_a_case_is_found_by_its_short_form_its_beginning_and_whole() -> None:
    world, agreement = make_desks()
    with_suspect(world)
    thread, other = ask(world, agreement), ask(world, agreement)
    for typed in (case_number(thread), case_number(thread).upper(), thread[-8:], thread, f" {thread[-4:]} "):
        assert find_thread(world.be, typed) == thread, typed
    with pytest.raises(InputError, match=r"case\.ambiguous"):
        find_thread(world.be, other[:12])
    for typed in ("", "   ", "-", thread[-3:], "%", "____", "zzzz"):
        with pytest.raises(InputError, match=r"case\.unknown"):
            find_thread(world.be, typed)
    Case.objects.using("be").filter(thread=other).update(thread="9" * 24 + thread[-8:])
    with pytest.raises(InputError, match=r"case\.ambiguous"):
        find_thread(world.be, case_number(thread))
    assert find_thread(world.be, thread) == thread
