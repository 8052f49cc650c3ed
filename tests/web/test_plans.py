"""Action plans at the desk: the page, what the head of desk enters, the printed form in four languages."""

from __future__ import annotations

import re
import socket
import sys
import zlib
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils.translation import override
from tests.web.conftest import browser_of
from tests.web.world import OPERATOR, DeskWorld, sign_between_desks

from comity.core.codes.marks import Role
from comity.services.plans.report import report
from comity.web.plans import printing
from comity.web.plans.views import spoken


@pytest.fixture
def plan(moroccan: DeskWorld) -> str:
    moroccan.request(moroccan.partner, about="Salma El Idrissi")
    plan = sign_between_desks(moroccan)
    moroccan.clock.forward(seconds=1)
    return plan


def page(browser: Client, plan: str) -> str:
    found = browser.get(f"/plans/{plan}/")
    assert found.status_code == 200
    return found.content.decode()


def test_it_shows_counters_that_nobody_entered(moroccan: DeskWorld, plan: str) -> None:
    auditor = browser_of(moroccan, Role.AUDITOR, language="fr")
    assert "BE-MA-2025-PLAN" in auditor.get("/plans/").content.decode()
    text = page(auditor, plan)
    assert "Le bureau marocain répond aux demandes belges dans le délai" in text
    assert re.search(r"demandes reçues, <bdi[^>]*>BE\.federal-police</bdi> <strong><bdi[^>]*>1</bdi>", text)
    assert "atteint" in text
    assert "Inscrire et en informer le partenaire" not in text, "an auditor enters nothing"


def test_the_head_of_desk_follows_up(moroccan: DeskWorld, plan: str) -> None:
    head = browser_of(moroccan, Role.HEAD_OF_DESK)
    state = {"entry": "state", "state-measure": "desk-of-morocco", "state-state": "under-way"}
    answer = head.post(f"/plans/{plan}/", {**state, "state-text": "فريق جديد"})
    assert answer.status_code == 302
    text = page(head, plan)
    assert "under way" in text
    assert "فريق جديد" in text
    assert "the partner does not see it yet" in text
    decision = {
        "decision-text": "A liaison officer.",
        "decision-owner": "MA.dgsn",
        "decision-due": "2026-12-01",
    }
    assert head.post(f"/plans/{plan}/", {"entry": "decision", **decision}).status_code == 302
    contact = {
        "contact-function": "Head",
        "contact-name": "Nadia Example",
        "contact-reach": "+212 500 000 000",
    }
    assert head.post(f"/plans/{plan}/", {"entry": "appointed", **contact}).status_code == 302
    moroccan.deliver()
    text = page(head, plan)
    assert "A liaison officer." in text
    assert "Nadia Example" in text
    assert "the partner does not see it yet" not in text
    assert ">Agree<" not in text, "it is for the partner to agree"
    [made] = report(moroccan.desk, OPERATOR, plan)["contacts"]
    assert head.post(f"/plans/{plan}/", {"entry": "dismissed", "of": made["message"]}).status_code == 302
    assert ">Dismiss<" not in page(head, plan)


def test_what_is_wrong_is_said_and_nothing_is_lost(moroccan: DeskWorld, plan: str) -> None:
    head = browser_of(moroccan, Role.HEAD_OF_DESK)
    answer = head.post(f"/plans/{plan}/", {"entry": "decision", "decision-text": "Half a decision"})
    assert answer.status_code == 400
    assert "Half a decision" in answer.content.decode()
    answer = head.post(f"/plans/{plan}/", {"entry": "agreed", "of": "0" * 32})
    assert answer.status_code == 403
    assert "plan.entry-unknown" in answer.content.decode()
    for entry in ("nothing", ""):
        assert head.post(f"/plans/{plan}/", {"entry": entry}).status_code == 400
    assert report(moroccan.desk, OPERATOR, plan)["decisions"] == []
    auditor = browser_of(moroccan, Role.AUDITOR, name="an.auditor")
    refused = auditor.post(f"/plans/{plan}/", {"entry": "agreed", "of": "0" * 32})
    assert refused.status_code == 403
    assert "actor.role" in refused.content.decode()


@pytest.mark.parametrize("language", ["en", "fr", "nl", "ar"])
def test_it_is_printed(moroccan: DeskWorld, plan: str, language: str) -> None:
    pytest.importorskip("weasyprint", exc_type=OSError, reason="Pango is not installed")
    head = browser_of(moroccan, Role.HEAD_OF_DESK, language=language)
    answer = head.get(f"/plans/{plan}/print/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    objects = b"".join(inflated(answer.content))
    assert f"/Lang ({language})".encode() in objects
    assert (b"Arabic" in objects) == (language == "ar"), "the font in which it is shaped"
    assert b"/StructTreeRoot" in objects


@pytest.mark.parametrize("language", ["en", "fr", "nl", "ar"])
@pytest.mark.parametrize("handling", ["H1", "H2 TLP:AMBER+STRICT", "H3/case-only TLP:RED"])
def test_each_page_bears_its_handling(
    moroccan: DeskWorld, plan: str, language: str, handling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever page is copied or left on a table says what may be done with it."""
    pytest.importorskip("weasyprint", exc_type=OSError, reason="Pango is not installed")
    found = report(moroccan.desk, OPERATOR, plan)
    assert found["handling"] == "H1", "the narrowest of the agreement's clauses"
    with override(language):
        shown = {**spoken(found), "handling": handling}
        shown["decisions"] = [{"text": "x", "owner": "y", "due": "2026-01-01", "state": "agreed"}] * 80
        document = printing.laid_out("plans/printed.html", {"plan": shown, "service": "BE.x"})
    assert len(document.pages) > 2
    code, _, colour = handling.partition(" ")
    for page in document.pages:
        texts = "".join(getattr(box, "text", "") for box in page._page_box.descendants())
        assert code in texts
        assert colour in texts


def inflated(octets: bytes) -> Iterator[bytes]:
    """Yield the compressed streams of a PDF."""
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", octets, re.DOTALL):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            yield found[1]


def test_a_printed_page_fetches_nothing(
    moroccan: DeskWorld, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("weasyprint", exc_type=OSError, reason="Pango is not installed")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x.png"
        text = f'<html lang="en"><head><title>t</title></head><body><img alt="x" src="{address}"><p>kept</p></body></html>'
        monkeypatch.setattr(printing, "render_to_string", lambda *_: text)
        octets = printing.as_pdf("x", {})
        assert octets is not None
        assert octets.startswith(b"%PDF-")
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_without_pango_the_page_is_printed_from_the_browser(
    moroccan: DeskWorld, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    head = browser_of(moroccan, Role.HEAD_OF_DESK, language="ar")
    answer = head.get(f"/plans/{plan}/print/")
    text = answer.content.decode()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert 'dir="rtl"' in text
    assert "print.css" in text
    assert "<style" not in text, "the page's own policy would not apply it"
    assert head.get("/assets/print.css").status_code == 200
