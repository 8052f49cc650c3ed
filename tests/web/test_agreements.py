"""Reading agreements and the state of the evidence."""

from __future__ import annotations

import pytest
from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Action plan"), ("fr", "Plan d&#x27;action"), ("nl", "Actieplan"), ("ar", "خطة عمل")],
)
def test_an_agreement_reads_in_each_language(world: DeskWorld, language: str, title: str) -> None:
    browser = browser_of(world, Role.AUDITOR, language=language)
    assert "BE-MA-2025" in browser.get("/agreements/").content.decode()
    page = browser.get(f"/agreements/{world.agreement}/").content.decode()
    assert title in page
    assert "terrorism.request" in page or "terrorism.search" in page
    assert world.agreement in page


def test_an_unknown_agreement_is_a_refusal_with_a_next_step(world: DeskWorld) -> None:
    page = browser_of(world, Role.AUDITOR).get("/agreements/0000/")
    assert page.status_code == 400
    assert "agreement.not-found" in page.content.decode()
    assert "Next step:" in page.content.decode()
    assert "Choose the agreement from the list of agreements." in page.content.decode()


def test_the_evidence_is_shown_and_verified(world: DeskWorld) -> None:
    world.request(world.desk, about="Salma El Idrissi")
    browser = browser_of(world, Role.DATA_PROTECTION_OFFICER)
    world.deliver()
    page = browser.get("/evidence/").content.decode()
    assert "internal" in page
    page = browser.post("/evidence/").content.decode()
    assert "verified; nothing is missing" in page


def test_damaged_evidence_is_seen(world: DeskWorld) -> None:
    from comity.storage.models.evidence import EvidenceEntry

    world.request(world.desk, about="Salma El Idrissi")
    browser = browser_of(world, Role.DATA_PROTECTION_OFFICER)
    world.deliver()
    EvidenceEntry.objects.using("default").filter(number=0).delete()
    page = browser.post("/evidence/").content.decode()
    assert "The evidence is damaged" in page
