"""At the desk: what the law did not let leave, for who wrote it; the true grounds, for who oversees."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.egress.scene import HIDDEN, enter, protected
from tests.web.conftest import browser_of
from tests.web.test_answer import asked
from tests.web.test_protection import text_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role, Taint
from comity.storage.models.cases import CaseNote
from comity.storage.models.egress import BlockedDraft

PASTED = "is it Karim Tazi, né le 12 mars 1985?"


def blocked(world: DeskWorld) -> tuple[str, Client]:
    """Let an approver paste what is protected into a question; return the thread and the approver's browser."""
    thread = asked(world)
    enter(world.desk, protected(Taint.ASYLUM))
    browser = browser_of(world, Role.APPROVER)
    answer = browser.post(f"/cases/{thread}/say/", {"ask": "1", "text": PASTED})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "law.protected" in page
    for word in ("L23", "asylum", HIDDEN, "Karim"):
        assert word not in page
    assert "/not-sent/" in page
    return thread, browser


def test_the_text_waits_for_its_writer_and_nobody_else(moroccan: DeskWorld) -> None:
    thread, writer = blocked(moroccan)
    assert PASTED in text_of(writer, "/not-sent/")
    assert f"/cases/{thread}/" in text_of(writer, "/not-sent/")
    other = browser_of(moroccan, Role.OFFICER, name="another.officer")
    assert "Karim" not in text_of(other, "/not-sent/")
    [kept] = BlockedDraft.objects.using(moroccan.desk.alias).all()
    assert other.post("/not-sent/discard/", {"reference": kept.reference}).status_code == 400
    assert writer.post("/not-sent/discard/", {"reference": kept.reference}).status_code == 302
    assert "Karim" not in text_of(writer, "/not-sent/")
    assert CaseNote.objects.using(moroccan.desk.alias).count() == 0


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "La loi"), ("nl", "De wet"), ("ar", "القانون"), ("en", "The law")]
)
def test_the_block_is_told_in_four_languages(moroccan: DeskWorld, language: str, word: str) -> None:
    _, writer = blocked(moroccan)
    writer.post("/account/language/", {"language": language, "next": "/"})
    assert word in text_of(writer, "/not-sent/")


def test_the_true_grounds_are_read_with_a_reason(moroccan: DeskWorld) -> None:
    thread, _ = blocked(moroccan)
    protector = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER, name="the.protector")
    assert "L23" not in text_of(protector, "/true-grounds/")
    assert protector.post("/true-grounds/", {"reason": ""}).status_code == 400
    page = protector.post("/true-grounds/", {"reason": "monthly check"})
    assert page.status_code == 200
    for word in ("L23", "a full name", "a date of birth", f"/cases/{thread}/", HIDDEN):
        assert word in page.content.decode()
    assert PASTED in page.content.decode(), "what did not leave, too"
    assert "How often each true ground stood" in page.content.decode()
    none = protector.post("/true-grounds/", {"reason": "monthly check", "last": "2020-12-31"})
    assert "No true ground is kept." in none.content.decode()
    wrong = {"reason": "monthly check", "first": "2026-02-01", "last": "2026-01-01"}
    assert protector.post("/true-grounds/", wrong).status_code == 400
    auditor = browser_of(moroccan, Role.AUDITOR, name="the.auditor")
    page = auditor.post("/true-grounds/", {"reason": "yearly audit"})
    assert "L23" in page.content.decode()
    assert f"/cases/{thread}/" not in page.content.decode()
    assert PASTED not in page.content.decode()
    for role in (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK, Role.ADMINISTRATOR):
        other = browser_of(moroccan, role, name=f"a.{role.value}")
        assert other.post("/true-grounds/", {"reason": "curiosity"}).status_code == 403
