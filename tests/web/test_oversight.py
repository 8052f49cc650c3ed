"""Oversight at the desk: a replay, a bundle, a sample, and who looked."""

from __future__ import annotations

import pytest
from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role
from comity.core.oversight.bundle import open_bundle
from comity.services.evidence.checkpoint import exchange_checkpoints
from comity.services.oversight.packed import unpack

WHY = "yearly audit, file 12"


@pytest.fixture
def thread(moroccan: DeskWorld) -> str:
    found = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    exchange_checkpoints(moroccan.desk, moroccan.network.channels)
    return found


def test_the_auditor_replays_and_the_officer_reads_who_looked(moroccan: DeskWorld, thread: str) -> None:
    auditor = browser_of(moroccan, Role.AUDITOR)
    page = auditor.post("/oversight/", {"do": "replay", "subject": f" {thread} ", "reason": WHY})
    text = page.content.decode()
    assert page.status_code == 200
    assert "Every decision is the same today, and every proof holds." in text
    assert "permitted" in text
    assert "terrorism.request" in text
    assert "Salma" not in text
    protector = browser_of(moroccan, Role.DATA_PROTECTION_OFFICER, name="the.protector", language="ar")
    looked = protector.get("/oversight/").content.decode()
    assert "an.officer" in looked
    assert WHY in looked
    assert "أُعيد البتّ في" in looked


def test_a_difference_is_told_in_the_readers_language(moroccan: DeskWorld, thread: str) -> None:
    from comity.storage.models.exchange import ExchangedMessage

    rows = ExchangedMessage.objects.using(moroccan.desk.alias).filter(message=thread)
    header = bytes(rows.get().header).replace(b'"urgency":"ordinary"', b'"urgency":"urgent-direct"')
    rows.update(header=header)
    auditor = browser_of(moroccan, Role.AUDITOR, language="nl")
    text = auditor.post("/oversight/", {"do": "replay", "subject": thread, "reason": WHY}).content.decode()
    assert "Geen vermelding in het logboek noemt dit bericht met deze kop." in text
    assert "verschilt" in text


def test_the_bundle_is_a_file_that_opens(moroccan: DeskWorld, thread: str) -> None:
    auditor = browser_of(moroccan, Role.AUDITOR)
    answer = auditor.post("/oversight/", {"do": "bundle", "subject": thread, "reason": WHY})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert thread in answer.headers["Content-Disposition"]
    assert open_bundle(unpack(answer.content)).findings == ()


def test_a_look_without_a_reason_shows_nothing(moroccan: DeskWorld, thread: str) -> None:
    auditor = browser_of(moroccan, Role.AUDITOR)
    page = auditor.post("/oversight/", {"do": "bundle", "subject": thread, "reason": ""})
    assert page.status_code == 400
    assert "Please correct this" in page.content.decode()
    page = auditor.post("/oversight/", {"do": "replay", "subject": "0" * 32, "reason": WHY})
    assert page.status_code == 404, "told like every page of what does not exist"
    assert "oversight.unknown" in page.content.decode()
    assert "Nobody has looked yet." in page.content.decode()


def test_a_sample_of_no_searches(moroccan: DeskWorld) -> None:
    auditor = browser_of(moroccan, Role.AUDITOR)
    asked = {"regime": "police", "first": "2026-01-01", "last": "2026-12-31", "count": "5", "reason": WHY}
    fields = {f"sample-{name}": value for name, value in asked.items()}
    page = auditor.post("/oversight/", {"do": "sample", **fields})
    assert page.status_code == 200
    assert "No search in these days." in page.content.decode()
    wrong = auditor.post("/oversight/", {"do": "sample", **fields, "sample-count": "0"})
    assert wrong.status_code == 400
    assert (
        auditor.post("/oversight/", {"do": "sample", **fields, "sample-last": "9999-12-31"}).status_code
        == 400
    )
