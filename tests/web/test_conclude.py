"""At the desk: a case of ours ended without a conviction; first what would go, then the erasure, here and at the partner."""

from __future__ import annotations

import pytest
from tests.web.conftest import browser_of, code_now
from tests.web.world import ASKING, DeskWorld

from comity.core.codes.marks import Role
from comity.services.cases.views import show_case
from comity.services.context import Actor, ActorKind
from comity.services.protection.owe import chase_due
from comity.storage.models.cases import Case
from comity.storage.models.register import RegisterSubject

THEIRS = Actor("karim", ActorKind.OFFICER, ASKING)
CASE = "B-2026-117"
SAID = {"case": CASE, "outcome": "acquitted", "reason": "judgment of 23 November", "subjects": ""}


@pytest.mark.parametrize("role", [Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER])
def test_what_would_go_is_shown_and_then_goes(world: DeskWorld, role: Role) -> None:
    thread = world.request(world.desk, about="Youssef Benjelloun")
    browser = browser_of(world, role)
    assert "/conclude/" in browser.get(f"/cases/{thread}/").content.decode()
    page = browser.post("/conclude/", {"case": "b-2026 117", "look": "1"})
    assert (page.status_code, f"/cases/{thread}/" in page.content.decode()) == (200, True)
    assert "Benjelloun" in str(show_case(world.partner, THEIRS, thread)["request"])
    assert browser.post("/conclude/", {**SAID, "code": "000000"}).status_code == 400
    assert "Benjelloun" in str(show_case(world.partner, THEIRS, thread)["request"])
    page = browser.post("/conclude/", {**SAID, "code": code_now()})
    assert page.status_code == 200, page.content.decode()
    assert "Erased" in page.content.decode()
    chase_due(world.desk)
    world.deliver()
    assert show_case(world.partner, THEIRS, thread)["request"] is None
    assert Case.objects.using(world.desk.alias).get(thread=thread).request is None


@pytest.mark.parametrize(
    ("changed", "status", "word"),
    [
        ({"case": "B-2026-999"}, 404, "case.unknown"),
        ({"case": ""}, 400, "id_case"),
        ({"outcome": "convicted"}, 400, "id_outcome"),
        ({"reason": ""}, 400, "id_reason"),
        ({"subjects": "0" * 32}, 400, "register.unknown"),
    ],
)
def test_bad_input_erases_nothing(world: DeskWorld, changed: dict[str, str], status: int, word: str) -> None:
    thread = world.request(world.desk, about="Youssef Benjelloun")
    page = browser_of(world, Role.HEAD_OF_DESK).post("/conclude/", {**SAID, **changed, "code": code_now()})
    assert (page.status_code, word in page.content.decode()) == (status, True), page.content.decode()
    chase_due(world.desk)
    world.deliver()
    assert "Benjelloun" in str(show_case(world.partner, THEIRS, thread)["request"])


def test_an_entry_that_was_held_for_the_case_only(world: DeskWorld) -> None:
    world.hold_persons(world.desk)
    held = RegisterSubject.objects.using(world.desk.alias).first()
    assert held is not None
    browser = browser_of(world, Role.HEAD_OF_DESK)
    page = browser.post("/conclude/", {"case": "B-2026-5", "look": "1"}).content.decode()
    assert "Nothing was exchanged for this case" in page
    said = {**SAID, "case": "B-2026-5", "subjects": held.uid, "code": code_now()}
    assert held.uid in browser.post("/conclude/", said).content.decode()
    assert RegisterSubject.objects.using(world.desk.alias).get(uid=held.uid).content is None


def test_an_officer_without_that_right_sees_no_way_and_finds_none(world: DeskWorld) -> None:
    thread = world.request(world.desk, about="Youssef Benjelloun")
    browser = browser_of(world, Role.OFFICER)
    assert "/conclude/" not in browser.get(f"/cases/{thread}/").content.decode()
    assert browser.post("/conclude/", {"case": CASE, "look": "1"}).status_code == 403


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "sans condamnation"), ("nl", "zonder veroordeling"), ("ar", "إدانة")]
)
def test_in_the_other_languages(world: DeskWorld, language: str, word: str) -> None:
    browser = browser_of(world, Role.APPROVER)
    browser.post("/account/language/", {"language": language, "next": "/"})
    assert word in browser.get("/conclude/").content.decode()
