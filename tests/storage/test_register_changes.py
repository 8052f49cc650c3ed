"""Changes of the register are numbered so that whoever asks for the last one misses none that is committed later."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connections

from comity.storage.models.register import RegisterSubject
from comity.storage.register.subjects import add_subjects, change_subject, changed_after, last_change
from comity.storage.transaction import atomic

AT = datetime(2026, 11, 23, tzinfo=UTC)
WAIT = 20.0


def subject(number: int) -> RegisterSubject:
    return RegisterSubject(
        uid=f"{number:032x}",
        regime="police",
        kind="person",
        source="own",
        source_key=f"{number:064x}",
        state="active",
        created_at=AT,
        changed_at=AT,
    )


def added(*numbers: int) -> None:
    with atomic("be"):
        add_subjects("be", [subject(number) for number in numbers])


@pytest.mark.django_db(databases=["be"])
def test_each_change_is_beyond_all_that_were_seen() -> None:
    assert last_change("be") == 0
    added(1, 2)
    seen = last_change("be")
    assert changed_after("be", seen) == []
    added(3)
    first, third = (RegisterSubject.objects.using("be").get(uid=f"{number:032x}") for number in (1, 3))
    assert changed_after("be", seen) == [third.pk]
    seen = last_change("be")
    with atomic("be"):
        change_subject("be", first.pk, {"state": "restricted"})
    assert changed_after("be", seen) == [first.pk]
    assert RegisterSubject.objects.using("be").get(pk=first.pk).state == "restricted"


@pytest.mark.django_db(databases=["be"])
def test_what_was_never_numbered_is_not_taken_for_a_change() -> None:
    RegisterSubject.objects.using("be").bulk_create([subject(1)])
    assert last_change("be") == 0
    assert changed_after("be", 0) == []


@pytest.mark.django_db(databases=["be"], transaction=True)
def test_what_is_under_way_is_waited_for() -> None:
    """Two writers at once may get one number: who asks in between is told of it once both are there, or of a lower one."""
    begun, answered = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with atomic("be"):
                add_subjects("be", [subject(7)])
                begun.set()
                answered.wait(0.5)
        finally:
            connections["be"].close()

    added(1)
    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(WAIT)
    added(8)
    seen = last_change("be")
    there = RegisterSubject.objects.using("be").filter(uid=f"{7:032x}").exists()
    answered.set()
    writer.join(WAIT)
    number = RegisterSubject.objects.using("be").get(uid=f"{7:032x}").change
    assert number is not None
    assert there or number > seen
