"""Searches that stand out at the desk: seen by those who oversee, settled by the data-protection officer with a reason."""

from __future__ import annotations

import pytest
from tests.web.conftest import browser_of
from tests.web.test_probe import PERSON, probing
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.services.watch.noticed import watch_due
from comity.storage.models.watch import SearchAnomaly, SearchLook

PAGE = "/oversight/searches/"


@pytest.fixture
def anomaly(world: DeskWorld) -> str:
    """Let an officer search for a lawyer who is a contact, and the worker notice it."""
    browser, ground = probing(world)
    asked = {**PERSON, "ground": ground, "concerns": "contact", "profession": "lawyer"}
    assert browser.post("/probe/", asked).status_code == 200
    assert watch_due(world.desk, world.network.channels) == 1
    return SearchAnomaly.objects.using(world.desk.alias).get().uid


def test_it_says_who_and_never_for_whom(world: DeskWorld, anomaly: str) -> None:
    auditor = browser_of(world, Role.AUDITOR, name="an.auditor")
    text = auditor.get(PAGE).content.decode()
    assert "not searched for in its own right" in text
    assert "an.officer" in text
    assert "Benjelloun" not in text
    assert 'name="anomaly"' not in text, "an auditor sees, and settles nothing"
    assert PAGE in auditor.get("/oversight/").content.decode()
    posted = auditor.post(PAGE, {"anomaly": anomaly, "outcome": "lawful", "reason": "I think so"})
    assert (posted.status_code, "watch.officer" in posted.content.decode()) == (403, True)


def test_the_data_protection_officer_settles_it_with_a_reason(world: DeskWorld, anomaly: str) -> None:
    protector = browser_of(world, Role.DATA_PROTECTION_OFFICER, name="the.protector", language="nl")
    text = protector.get(PAGE).content.decode()
    assert "gezocht vanwege anderen" in text
    assert f'value="{anomaly}"' in text
    assert "1 vermelding bij de opvallende zoekopdrachten" in protector.get("/").content.decode()
    assert protector.post(PAGE, {"anomaly": anomaly, "outcome": "lawful", "reason": ""}).status_code == 400
    given = {"anomaly": anomaly, "outcome": "reminded", "reason": "spoke with the officer"}
    assert protector.post(PAGE, given).status_code == 302
    text = protector.get(PAGE).content.decode()
    assert "Niets valt op." in text
    assert "opvallende zoekopdrachten" not in protector.get("/").content.decode()
    assert "op de regels gewezen" in text
    assert "spoke with the officer" in protector.get("/oversight/").content.decode()


def test_the_form_wants_what_the_law_wants_said(world: DeskWorld) -> None:
    browser, ground = probing(world)
    for left_out in ("offence", "aim", "concerns"):
        page = browser.post("/probe/", {**PERSON, "ground": ground, left_out: ""})
        assert page.status_code == 400, left_out
        assert "Benjelloun" in page.content.decode(), "what was typed is kept"
    assert not SearchLook.objects.using(world.desk.alias).exists()
