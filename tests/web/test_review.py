"""What ends soon at the desk: listed to the head of desk, looked at, kept until another day with reasons and a code."""

from __future__ import annotations

from datetime import date, timedelta

from tests.web.conftest import browser_of, code_now
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.storage.models.register import RegisterAct, RegisterSubject


def ends(world: DeskWorld, days: int) -> str:
    """Let one entry of the desk's register end in some days; return it."""
    from comity.core.register.subject import open_subject

    world.hold_persons(world.desk)
    row = RegisterSubject.objects.order_by("id").first()
    assert row is not None
    subject = open_subject(bytes(row.content))
    day = world.clock().date() + timedelta(days=days)
    marks = subject.marks.model_copy(update={"erase_at": day})
    row.erase_at, row.content = day, subject.model_copy(update={"marks": marks}).to_octets()
    row.save()
    return str(row.uid)


def test_the_head_of_desk_keeps_an_entry(world: DeskWorld) -> None:
    uid = ends(world, 30)
    browser = browser_of(world, Role.HEAD_OF_DESK)
    assert "What ends soon" in browser.get("/register/").content.decode()
    assert uid in browser.get("/register/review/").content.decode()
    page = browser.post("/register/review/", {"uid": uid}).content.decode()
    assert "Keep it until then" in page
    assert RegisterAct.objects.filter(kind="consulted", subject_uid=uid).count() == 1
    until = (world.clock().date() + timedelta(days=400)).isoformat()
    form = {"uid": uid, "step": "keep", "until": until, "reason": "the trial goes on"}
    assert browser.post("/register/review/", form).status_code == 400, "the code is missing"
    assert browser.post("/register/review/", {**form, "reason": "", "code": code_now()}).status_code == 400
    from django.core.cache import cache

    cache.clear()  # a code works once; the test does not wait for the next
    assert browser.post("/register/review/", {**form, "code": code_now()}).status_code == 302
    assert RegisterSubject.objects.get(uid=uid).erase_at == date.fromisoformat(until)
    assert uid not in browser.get("/register/review/").content.decode()


def test_the_latest_day_is_named(world: DeskWorld) -> None:
    uid = ends(world, 30)
    browser = browser_of(world, Role.HEAD_OF_DESK)
    latest = world.clock().date() + timedelta(days=1095)
    assert latest.isoformat() in browser.post("/register/review/", {"uid": uid}).content.decode()
    late = (latest + timedelta(days=1)).isoformat()
    form = {"uid": uid, "step": "keep", "until": late, "reason": "the trial goes on", "code": code_now()}
    refused = browser.post("/register/review/", form)
    assert (refused.status_code, "register.review-ceiling" in refused.content.decode()) == (403, True)
    assert RegisterSubject.objects.get(uid=uid).erase_at == world.clock().date() + timedelta(days=30)


def test_nobody_else_sees_the_list(world: DeskWorld) -> None:
    ends(world, 30)
    for number, role in enumerate((Role.OFFICER, Role.APPROVER, Role.DATA_PROTECTION_OFFICER)):
        browser = browser_of(world, role, name=f"officer-{number}")
        assert browser.get("/register/review/").status_code == 403
