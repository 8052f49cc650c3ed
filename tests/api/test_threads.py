"""Over REST a system asks, clarifies, informs and watches; what a person decides it never does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import system
from tests.api.test_rest import REQUEST
from tests.egress.scene import HIDDEN, enter, protected
from tests.told import FACTS
from tests.web.world import ASKING, DeskWorld

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role, Taint
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.inform import inform
from comity.services.cases.views import show_case
from comity.services.context import Actor, ActorKind
from comity.services.people.service_accounts import Scope
from comity.storage.models.register import RegisterSubject

THEIRS = Actor("karim", ActorKind.OFFICER, ASKING)


def post(client: Client, address: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = client.post(address, json.dumps(body), "application/json")
    return answer.status_code, answer.json()


def test_a_question_is_read_and_clarified(world: DeskWorld) -> None:
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    thread = post(client, "/api/1/cases", REQUEST)[1]["thread"]
    world.deliver()
    ask_clarification(world.partner, THEIRS, thread, "which of the two brothers?")
    world.deliver()
    said = client.get(f"/api/1/cases/{thread}").json()["passages"]
    assert [each["kind"] for each in said] == ["request", "clarification-request"]
    assert (
        post(client, f"/api/1/cases/{thread}/clarification", {"answer": "the younger", "assertion": "fact"})[
            0
        ]
        == 200
    )
    world.deliver()
    assert "the younger" in str(show_case(world.partner, THEIRS, thread)["passages"])
    status, told = post(
        client, f"/api/1/cases/{thread}/clarification", {"answer": "again", "assertion": "fact"}
    )
    assert (status, told["code"]) == (403, "case.not-asked")


def test_a_request_to_us_is_asked_about(world: DeskWorld) -> None:
    thread = world.request(world.partner, about="somebody")
    client = system(world, Scope.REQUEST)
    assert post(client, f"/api/1/cases/{thread}/clarification-request", {"question": "who?"})[0] == 200
    assert post(client, f"/api/1/cases/{thread}/clarification-request", {"question": ""})[0] == 400


def test_information_without_a_person(world: DeskWorld) -> None:
    client = system(world, Scope.REQUEST)
    body = {
        "partner": "MA",
        "agreement": "BE-MA-2025",
        "purpose": "drugs",
        "matter": "a new route",
        "reasons": "crates marked in red",
        "assertions": {"matter": "fact", "reasons": "assessment"},
    }
    status, told = post(client, "/api/1/information", body)
    assert status == 200, told
    world.deliver()
    shown = show_case(world.partner, THEIRS, told["thread"])
    assert shown["passages"][0]["words"]["matter"] == "a new route"
    assert post(client, "/api/1/information", {**body, "subject": "5" * 32})[0] == 400
    status, inside = post(client, "/api/1/information", {**body, "case": "B-7", "cites": told["thread"]})
    assert status == 200, inside
    world.deliver()
    said = show_case(world.partner, THEIRS, inside["thread"])
    assert (said["passages"][0]["words"]["case"], said["related"][0]["thread"]) == ("B-7", told["thread"])
    status, wrong = post(client, "/api/1/information", {**body, "cites": "0" * 32})
    assert (status, wrong["code"]) == (400, "case.unknown")


def test_what_a_partner_asks_is_filed_under_a_case_of_ours(world: DeskWorld) -> None:
    thread = world.request(world.partner, about="somebody")
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    address = f"/api/1/cases/{thread}/filing"
    assert post(client, address, {"case": "B-7"}) == (200, {"thread": thread, "case": "B-7"})
    assert client.get(f"/api/1/cases/{thread}").json()["own_case"] == "B-7"
    assert post(client, address, {"case": "B-8"})[0] == 200
    assert client.get(f"/api/1/cases/{thread}").json()["own_case"] == "B-8", "the last note counts"
    assert post(client, address, {"case": "two\nlines"})[0] == 400
    assert post(client, address, {"case": "B-9", "more": 1})[0] == 400
    own = post(client, "/api/1/cases", REQUEST)[1]["thread"]
    status, told = post(client, f"/api/1/cases/{own}/filing", {"case": "B-7"})
    assert (status, told["code"]) == (403, "case.own-case")
    world.deliver()
    assert "B-8" not in str(show_case(world.partner, THEIRS, thread)), "it never leaves"


def test_what_is_outstanding_and_what_a_system_never_does(world: DeskWorld) -> None:
    thread = world.request(world.partner, about="somebody")
    client = system(world, Scope.READ_CASES)
    assert client.get("/api/1/outstanding").json() == []
    for act in ("correct", "restrict", "recall", "acknowledge", "consent", "negative"):
        status, told = post(client, f"/api/1/cases/{thread}/{act}", {})
        assert (status, told["code"]) == (403, "service-account.release")


@pytest.mark.parametrize(
    ("address", "scope", "body"),
    [
        (
            "/api/1/information",
            Scope.READ_CASES,
            {
                "partner": "MA",
                "agreement": "x",
                "purpose": "drugs",
                "matter": "x",
                "reasons": "x",
                "assertions": {"matter": "fact", "reasons": "fact"},
            },
        ),
        ("/api/1/cases/x/clarification", Scope.READ_CASES, {"answer": "x", "assertion": "fact"}),
        ("/api/1/cases/x/clarification-request", Scope.READ_CASES, {"question": "x"}),
        ("/api/1/cases/x/filing", Scope.READ_CASES, {"case": "x"}),
        ("/api/1/outstanding", Scope.REQUEST, None),
    ],
)
def test_another_scope_does_not_do(
    world: DeskWorld, address: str, scope: Scope, body: dict[str, Any] | None
) -> None:
    client = system(world, scope)
    if body is None:
        answer = client.get(address)
    else:
        answer = client.post(address, json.dumps(body), "application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "service-account.scope")


def test_a_protected_value_is_refused_over_rest_too(world: DeskWorld) -> None:
    enter(world.desk, protected(Taint.ASYLUM))
    thread = world.request(world.partner, about="somebody")
    client = system(world, Scope.REQUEST)
    pasted = {"question": "Karim Tazi, 12/03/1985?"}
    status, told = post(client, f"/api/1/cases/{thread}/clarification-request", pasted)
    assert (status, told["code"]) == (403, "law.protected")
    assert not {"L23", "asylum", "Karim", HIDDEN} & set(json.dumps(told).replace('"', " ").split())
    status, told = post(client, "/api/1/cases", {**REQUEST, "about": pasted["question"], "reference": None})
    assert (status, told["code"]) == (403, "law.protected")


HIT = {
    "outcome": "located",
    "at": "2026-11-01T11:00:00+01:00",
    "measures": ["questioned", "identity-checked"],
    "place": "Zeebrugge, quay 3",
    "reason": "passport control",
    "circumstances": "he came by ferry",
    "assertions": {"place": "fact", "reason": "fact", "circumstances": "assessment"},
    "handling": "H3/no-court TLP:AMBER",
    "language": "nl",
}


def test_a_hit_is_reported_by_a_system(world: DeskWorld) -> None:
    client = system(world, Scope.REQUEST)
    purpose, theirs = Purpose.TERRORISM, world.desk.service
    thread = inform(
        world.partner, THEIRS, theirs, world.agreement, purpose, "a driver", "on his way", assertions=FACTS
    )
    world.deliver()
    address = f"/api/1/cases/{thread}/hit-report"
    for change, code in (
        ({"measures": []}, "api.malformed"),
        ({"at": "2026-11-01T11:00:00"}, "api.malformed"),
        ({"handling": "H3"}, "api.malformed"),
        ({"language": "Dutch"}, "api.malformed"),
        ({"more": "x"}, "api.malformed"),
        ({"assertions": {}}, "case.assertion-missing"),
        ({"at": "2099-01-01T00:00:00Z"}, "case.hit-to-come"),
        ({"handling": "H3/as-written"}, "case.conditions-missing"),
        ({"message": "0" * 32}, "case.message-unknown"),
    ):
        status, told = post(client, address, {**HIT, **change})
        assert (status, told["code"]) == (400, code), change
    told = post(client, address, {**HIT, "handling": "H3", "language": "Dutch"})[1]
    assert "H3 with sub-codes (named-officers, case-only" in told["facts"]["reason"]
    assert "language: a language tag" in told["facts"]["reason"]
    status, told = post(client, address, HIT)
    assert (status, told["thread"]) == (200, thread), told
    world.deliver()
    [one] = [
        each for each in show_case(world.partner, THEIRS, thread)["passages"] if each["kind"] == "hit-report"
    ]
    assert (one["to_acknowledge"], one["handling"]) == (True, "H3/no-court TLP:AMBER")


def test_what_became_of_a_check_is_reported_by_a_system(world: DeskWorld) -> None:
    """The desk is the Belgian one: its law knows what is asked."""
    world.hold_persons(world.partner, "id,full,dob,check\n1,Ada Example,1984-05-17,inquiry\n")
    uid = RegisterSubject.objects.using(world.partner.alias).get().uid
    approver = replace(THEIRS, roles=frozenset({(Regime.POLICE, Role.APPROVER)}))
    where = world.desk.service, world.agreement, Purpose.TERRORISM
    thread = inform(world.partner, approver, *where, "a driver", "on his way", assertions=FACTS, subject=uid)
    world.deliver()
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    [told] = client.get(f"/api/1/cases/{thread}").json()["passages"]
    assert told["check"] == {"asked": "inquiry", "due": "inquiry"}
    address = f"/api/1/cases/{thread}/hit-report"
    for change, code in (
        ({}, "case.request-field"),
        ({"check": "arrest", "aware": False}, "api.malformed"),
        ({"check": "inquiry"}, "case.request-field"),
        ({"check": "specific", "aware": True}, "case.check-unexplained"),
        ({"check": "inquiry", "aware": True, "subject": "0" * 32}, "register.unknown"),
    ):
        status, told = post(client, address, {**HIT, **change})
        assert (status, told["code"]) == (400, code), change
    assert post(client, address, {**HIT, "check": "inquiry", "aware": True})[0] == 200
    told = client.get(f"/api/1/cases/{thread}").json()["passages"][-1]
    assert (told["check"]["taken"], told["check"]["course"]) == ("inquiry", "as-asked")


def test_a_hit_is_reported_to_nobody_who_gave_nothing(world: DeskWorld) -> None:
    thread = world.request(world.partner, about="somebody")
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    status, told = post(client, f"/api/1/cases/{thread}/hit-report", HIT)
    assert (status, told["code"]) == (403, "case.no-hit")
    reader = system(world, Scope.READ_CASES, name="reader")
    status, told = post(reader, f"/api/1/cases/{thread}/hit-report", HIT)
    assert (status, told["code"]) == (403, "service-account.scope")


def test_a_text_bears_the_language_that_was_given(world: DeskWorld) -> None:
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    thread = post(client, "/api/1/cases", {**REQUEST, "language": "fr"})[1]["thread"]
    world.deliver()
    assert client.get(f"/api/1/cases/{thread}").json()["request"]["language"] == "fr"
    assert post(client, "/api/1/cases", {**REQUEST, "language": "french"})[1]["code"] == "api.malformed"
