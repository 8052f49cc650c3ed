"""Comparisons of numbers at the desk of those who oversee: what was sent is made anew, with a reason."""

from __future__ import annotations

import pytest
from tests.web.conftest import browser_of
from tests.web.test_numbers import filled, form, offered_there
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.storage.models.overlaps import Overlap

__all__ = ["filled"]
PAGE = "/oversight/numbers/"
WHY = "the yearly audit"


@pytest.fixture
def overlap(filled: DeskWorld) -> str:
    offered_there(filled)
    assert (
        browser_of(filled, Role.APPROVER).post("/register/numbers/", form(filled, "count")).status_code == 200
    )
    return Overlap.objects.using(filled.desk.alias).get().uid


def test_what_was_sent_is_made_anew(filled: DeskWorld, overlap: str) -> None:
    auditor = browser_of(filled, Role.AUDITOR, name="an.auditor")
    assert PAGE in auditor.get("/oversight/").content.decode()
    text = auditor.get(PAGE).content.decode()
    assert overlap in text
    done = auditor.post(PAGE, {"overlap": overlap, "reason": WHY})
    text = done.content.decode()
    assert (done.status_code, "What was sent is what was justified" in text) == (200, True)
    assert "<dt>Made anew</dt><dd>207</dd>" in text
    assert "Not compared with what the partner received" in text
    assert "+32470" not in text, "no number is shown"
    looked = browser_of(filled, Role.DATA_PROTECTION_OFFICER, name="the.protector").get("/oversight/")
    assert WHY in looked.content.decode()


def test_another_digest_is_told(filled: DeskWorld, overlap: str) -> None:
    auditor = browser_of(filled, Role.AUDITOR, name="an.auditor")
    done = auditor.post(PAGE, {"overlap": overlap, "reason": WHY, "received": "0" * 64})
    assert (done.status_code >= 400, "overlap.audit-request" in done.content.decode()) == (True, True)
    assert "What was sent is what was justified" not in done.content.decode()


def test_without_a_reason_nothing_is_opened(filled: DeskWorld, overlap: str) -> None:
    auditor = browser_of(filled, Role.AUDITOR, name="an.auditor")
    for wrong in ({"overlap": overlap, "reason": ""}, {"overlap": "0" * 32, "reason": WHY}):
        assert auditor.post(PAGE, wrong).status_code == 400


def test_what_is_gone_cannot_be_chosen(filled: DeskWorld, overlap: str) -> None:
    Overlap.objects.using(filled.desk.alias).update(justified=None)
    protector = browser_of(filled, Role.DATA_PROTECTION_OFFICER, name="the.protector", language="fr")
    text = protector.get(PAGE).content.decode()
    assert "n’est plus conservé" in text
    assert 'name="overlap"' not in text
