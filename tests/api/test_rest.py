"""The REST interface: what a system may do, what it never may, and how it is told no."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from tests.api.conftest import system
from tests.house import sources
from tests.web.world import OPERATOR, DeskWorld

from comity.api import agreements
from comity.api.document import document
from comity.services.people import service_accounts
from comity.services.people.service_accounts import Scope

PROBE = {
    "partner": "MA",
    "agreement": "BE-MA-2025",
    "purpose": "terrorism",
    "case": "B-2026-117",
    "offence": "participation in a terrorist group",
    "aim": "learn-more",
    "concerns": "suspect",
    "subject": {"given": "Youssef", "family": "Benjelloun", "dob": "1984-05-17"},
}
REQUEST = {
    "partner": "MA",
    "agreement": "BE-MA-2025",
    "purpose": "terrorism",
    "case": "B-2026-117",
    "about": "Youssef Benjelloun",
    "facts": "Two men were seen near the station.",
    "offence": "Participation in a terrorist group",
    "reasons": "Born in Fès.",
    "link": "Suspected of having lent papers.",
    "assertions": {"about": "fact", "facts": "fact", "reasons": "fact", "link": "assessment"},
    "subject_category": "suspect",
}
ROUTES = {
    ("post", "/api/1/probe"): Scope.PROBE,
    ("post", "/api/1/cases"): Scope.REQUEST,
    ("get", "/api/1/cases"): Scope.READ_CASES,
    ("get", "/api/1/agreements"): Scope.READ_AGREEMENTS,
    ("get", "/api/1/agreements/BE-MA-2025"): Scope.READ_AGREEMENTS,
    ("get", "/api/1/evidence"): Scope.READ_EVIDENCE,
    ("get", "/api/1/statistics?agreement=BE-MA-2025"): Scope.READ_EVIDENCE,
    ("get", "/api/1/reminders"): Scope.READ_CASES,
    ("get", "/api/1/register/imports"): Scope.READ_REGISTER,
    ("post", "/api/1/register/search"): Scope.SEARCH_REGISTER,
    ("post", "/api/1/register/search-exact"): Scope.SEARCH_REGISTER,
    ("post", f"/api/1/register/entries/{'0' * 32}/links"): Scope.SEARCH_REGISTER,
    ("post", "/api/1/register/links"): Scope.SEARCH_REGISTER,
    ("post", "/api/1/register/links/0/delete"): Scope.SEARCH_REGISTER,
    ("post", "/api/1/register/numbers"): Scope.SEARCH_REGISTER,
    ("get", "/api/1/probe/anomalies"): Scope.OVERSEE,
    ("get", "/api/1/probe/follow-ups"): Scope.OVERSEE,
    ("get", "/api/1/cases/follow-ups/0"): Scope.REQUEST,
    ("post", "/api/1/evidence/replays"): Scope.OVERSEE,
    ("post", "/api/1/evidence/bundles"): Scope.OVERSEE,
    ("get", "/metrics"): Scope.READ_METRICS,
}
SEARCH = {"words": "يوسف بنجلون, 1984-05-17", "reason": "file 12"}
LOOK = {"subject": "0" * 32, "reason": "yearly audit"}
BODIES = {
    "/api/1/evidence/replays": LOOK,
    "/api/1/evidence/bundles": LOOK,
    "/api/1/probe": PROBE,
    "/api/1/cases": REQUEST,
    "/api/1/register/search": SEARCH,
    f"/api/1/register/entries/{'0' * 32}/links": {"reason": "file 12"},
    "/api/1/register/search-exact": SEARCH,
}


def send(client: Client, method: str, address: str) -> tuple[int, dict[str, object]]:
    body = json.dumps(BODIES.get(address, {}))
    answer = client.post(address, body, "application/json") if method == "post" else client.get(address)
    told = answer.json() if "json" in answer.headers["Content-Type"] else {}
    return answer.status_code, told if isinstance(told, dict) else {}


def test_probe_request_and_follow(world: DeskWorld) -> None:
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    client = system(world, Scope.PROBE, Scope.REQUEST, Scope.READ_CASES)
    status, found = send(client, "post", "/api/1/probe")
    assert status == 200, found
    assert found["result"] == "hit"
    assert "Benjelloun" not in json.dumps(found)
    status, opened = send(client, "post", "/api/1/cases")
    assert status == 200, opened
    world.deliver()
    thread = opened["thread"]
    [line] = client.get("/api/1/cases").json()
    assert line["thread"] == thread
    shown = client.get(f"/api/1/cases/{thread}").json()
    assert shown["clock"]["state"] == "open"
    assert shown["request"]["about"] == "Youssef Benjelloun"


@pytest.mark.parametrize("act", ["answer", "refuse"])
def test_a_system_never_decides(world: DeskWorld, act: str) -> None:
    client = system(world, *Scope)
    answer = client.post(f"/api/1/cases/anything/{act}", "{}", "application/json")
    assert answer.status_code == 403
    assert answer.json()["code"] == "service-account.release"


def test_each_address_needs_its_scope(world: DeskWorld) -> None:
    for number, ((method, address), scope) in enumerate(ROUTES.items()):
        others = [each for each in Scope if each is not scope]
        status, told = send(system(world, *others, name=f"others-{number}"), method, address)
        assert (status, told["code"]) == (403, "service-account.scope"), address
        status, told = send(system(world, scope, name=f"one-{number}"), method, address)
        assert told.get("code") != "service-account.scope", address


def test_a_system_looks_for_a_person(world: DeskWorld) -> None:
    world.hold_persons(world.desk)
    client = system(world, Scope.SEARCH_REGISTER)
    status, told = send(client, "post", "/api/1/register/search")
    assert status == 200
    best = told["clusters"][0]["members"][0]  # type: ignore[index]  # any JSON
    assert "Benjelloun" in json.dumps(best["subject"])
    assert {"feature": "birth", "agreement": "exact"}.items() <= best["reasons"][0].items()
    nothing = client.post("/api/1/register/search", json.dumps({"reason": "file 12"}), "application/json")
    assert (nothing.status_code, nothing.json()["code"]) == (400, "probe.subject-empty")
    exact = {"words": "benjelloun 1984", "reason": "file 12"}
    found = client.post("/api/1/register/search-exact", json.dumps(exact), "application/json").json()
    assert [one["uid"] for one in found["subjects"]] == [best["uid"]]


def test_without_a_good_token_nothing_is_told(world: DeskWorld) -> None:
    for client in (Client(), Client(headers={"authorization": "Bearer comity_wrong"})):
        for method, address in ROUTES:
            status, told = send(client, method, address)
            assert (status, told["code"]) == (401, "service-account.unknown"), address


def test_an_expired_or_revoked_token_is_refused(world: DeskWorld) -> None:
    client = system(world, Scope.READ_CASES)
    world.clock.forward(days=31)
    assert send(client, "get", "/api/1/cases") == (401, client.get("/api/1/cases").json())
    assert client.get("/api/1/cases").json()["code"] == "service-account.expired"
    world.clock.forward(days=-31)
    assert client.get("/api/1/cases").status_code == 200
    service_accounts.revoke(world.desk, OPERATOR, "case-system")
    assert client.get("/api/1/cases").json()["code"] == "service-account.revoked"


def test_a_malformed_body_names_the_field_and_not_its_value(world: DeskWorld) -> None:
    client = system(world, Scope.PROBE)
    for body in (
        '{"partner": "MA"',
        json.dumps({**PROBE, "purpose": "Benjelloun"}),
        json.dumps({**PROBE, "x": 1}),
    ):
        answer = client.post("/api/1/probe", body, "application/json")
        assert answer.status_code == 400, answer.content
        assert answer.json()["code"] == "api.malformed"
        assert "Benjelloun" not in answer.content.decode()


def test_a_malformed_body_names_every_field(world: DeskWorld) -> None:
    client = system(world, Scope.REQUEST)
    body = json.dumps({"partner": "MA", "agreement": "x", "purpose": "Benjelloun", "facts": "", "x": 1})
    facts = client.post("/api/1/cases", body, "application/json").json()["facts"]
    assert {each.rpartition(".")[2] for each in facts["missing"].split(", ")} == {
        "case",
        "facts",
        "offence",
        "reasons",
        "link",
        "assertions",
        "subject_category",
    }
    assert "'terrorism'" in facts["reason"]
    assert {"purpose", "x"} <= {each.rpartition(".")[2] for each in facts["field"].split(", ")}
    assert "Benjelloun" not in str(facts)


@pytest.mark.parametrize("category", [None, "", "unknown", "person"])
def test_a_request_names_the_category_of_the_person(world: DeskWorld, category: str | None) -> None:
    body = json.dumps({**REQUEST, "subject_category": category})
    told = system(world, Scope.REQUEST).post("/api/1/cases", body, "application/json")
    assert (told.status_code, told.json()["code"]) == (400, "api.malformed")
    assert "subject_category" in told.json()["facts"]["field"]


def test_a_refusal_speaks_the_language_that_was_asked_for(world: DeskWorld) -> None:
    client = system(world, Scope.READ_CASES, **{"accept-language": "fr"})
    told = client.get("/api/1/evidence").json()
    assert "n'est pas autorisé" in told["sentence"]


def test_the_token_is_not_stored(world: DeskWorld) -> None:
    from comity.storage.models.people import ServiceAccount

    token = service_accounts.create(
        world.desk, OPERATOR, "x", world.desk.config.regimes[0], frozenset({Scope.PROBE}), 1
    )
    row = ServiceAccount.objects.get()
    assert token not in {str(value) for value in vars(row).values()}
    assert token.removeprefix("comity_") not in row.digest


def test_health_is_open_and_figures_are_not_personal(world: DeskWorld) -> None:
    assert Client().get("/healthz").content == b"ok\n"
    world.request(world.desk, about="Youssef Benjelloun")
    figures = system(world, Scope.READ_METRICS).get("/metrics")
    assert figures.status_code == 200
    assert b"Benjelloun" not in figures.content


def test_the_document_is_checked_in() -> None:
    kept = Path(sources.ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert kept == document(), "run: python -m comity.api.document > docs/openapi.json"


UNANSWERED = [
    ("get", "/api/1/nothing", "", 404, "api.unknown"),
    ("get", "/api/2/cases", "", 404, "api.unknown"),
    ("delete", "/api/1/cases", "", 405, "api.method"),
    ("post", "/api/1/cases", '{"facts": "' + "a" * 3_000_000 + '"}', 413, "api.too-large"),
]


@pytest.mark.parametrize(("method", "address", "body", "status", "code"), UNANSWERED)
def test_what_no_operation_answers_is_told_in_the_form_of_every_refusal(
    world: DeskWorld, method: str, address: str, body: str, status: int, code: str
) -> None:
    client = system(world, Scope.REQUEST)
    answer = client.generic(
        method.upper(), address, body, "application/json", headers={"Accept-Language": "fr"}
    )
    assert answer.status_code == status
    told = answer.json()
    assert set(told) == {"code", "sentence", "act", "facts"}
    assert (told["code"], "système appelant" in told["act"]) == (code, True)


def test_a_fault_of_the_node_is_told_in_that_form_too(
    world: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("never shown")

    monkeypatch.setattr(agreements, "list_agreements", broken)
    client = system(world, Scope.READ_AGREEMENTS)
    client.raise_request_exception = False
    answer = client.get("/api/1/agreements")
    assert (answer.status_code, answer.json()["code"]) == (500, "api.failed")
    assert "never shown" not in answer.content.decode()


def test_a_page_says_in_the_reader_s_language_that_too_much_was_sent(world: DeskWorld) -> None:
    browser = system(world, Scope.REQUEST)
    page = browser.post("/account/sign-in/", {"login": "a" * 3_000_000}, headers={"Accept-Language": "ar"})
    assert page.status_code == 400
    assert "ما أُرسل كبير جدًا" in page.content.decode()
