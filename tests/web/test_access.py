"""Who may open which page: every page, every role, and nobody at all."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.web.conftest import browser_of
from tests.web.test_persons import person_and_breach
from tests.web.world import ASKING, OPERATOR, DeskWorld, sign_between_desks

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.context import Actor, ActorKind
from comity.services.people import accounts, service_accounts
from comity.services.people.service_accounts import Scope

EVERYONE = frozenset(Role)
ASKERS = frozenset({Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK})
READERS = ASKERS | {Role.DATA_PROTECTION_OFFICER}
WITHDRAWERS = frozenset({Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER})
PROOF = frozenset({Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
MATRIX: dict[str, frozenset[Role]] = {
    "/": READERS,
    "/probe/": ASKERS,
    "/probe/standing/": ASKERS,
    "/register/": ASKERS,
    "/register/links/": ASKERS,
    "/register/numbers/": frozenset({Role.APPROVER, Role.HEAD_OF_DESK}),
    "/register/review/": frozenset({Role.HEAD_OF_DESK}),
    "/requests/new/": ASKERS,
    "/requests/waiting/": ASKERS,
    "/requests/waiting/{follow_up}/": ASKERS,
    "/agreements/": EVERYONE,
    "/agreements/{agreement}/": EVERYONE,
    "/evidence/": PROOF,
    "/messages/": frozenset({Role.HEAD_OF_DESK, Role.ADMINISTRATOR}),
    "/cases/{thread}/": READERS,
    "/cases/{thread}/answer/": frozenset({Role.APPROVER}),
    "/cases/{thread}/refuse/": frozenset({Role.APPROVER}),
    "/cases/{thread}/recall/": READERS,
    "/cases/{thread}/delay/": frozenset({Role.APPROVER, Role.HEAD_OF_DESK}),
    "/cases/{thread}/negative/": frozenset({Role.APPROVER}),
    "/cases/{thread}/correct/": frozenset({Role.APPROVER}),
    "/cases/{thread}/restrict/": WITHDRAWERS,
    "/cases/{thread}/consent/": READERS,
    "/cases/{thread}/identified/": frozenset({Role.APPROVER}),
    "/cases/{thread}/files/": READERS,
    "/cases/{thread}/files/new/": ASKERS,
    "/identification/": READERS,
    "/identification/new/": ASKERS,
    "/cases/{thread}/pass-on/": frozenset({Role.APPROVER}),
    "/cases/{thread}/hit/": ASKERS,
    "/information/new/": ASKERS,
    "/outstanding/": frozenset({Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER}),
    "/conclude/": WITHDRAWERS,
    "/not-sent/": ASKERS,
    "/standing-in/": READERS,
    "/true-grounds/": frozenset({Role.DATA_PROTECTION_OFFICER, Role.AUDITOR}),
    "/statistics/": PROOF,
    "/statistics/yearly/": PROOF,
    "/transfers/": frozenset({Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER, Role.AUDITOR}),
    "/agreements/{agreement}/transfers/": PROOF,
    "/cases/{thread}/emergency/": frozenset({Role.APPROVER}),
    "/cases/{thread}/court/": frozenset({Role.APPROVER}),
    "/plans/": PROOF,
    "/plans/{plan}/": PROOF,
    "/plans/{plan}/print/": PROOF,
    "/oversight/": frozenset({Role.DATA_PROTECTION_OFFICER, Role.AUDITOR}),
    "/oversight/searches/": frozenset({Role.DATA_PROTECTION_OFFICER, Role.AUDITOR}),
    "/oversight/numbers/": frozenset({Role.DATA_PROTECTION_OFFICER, Role.AUDITOR}),
    "/persons/": frozenset({Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER}),
    "/persons/new/": frozenset({Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER}),
    "/persons/ledger/": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "/persons/{number}/": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "/persons/{number}/decide/": frozenset({Role.DATA_PROTECTION_OFFICER}),
    "/breaches/": frozenset({Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR}),
    "/breaches/new/": frozenset({Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR}),
    "/breaches/{breach}/": frozenset({Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR}),
    "/people/": ADMINISTRATORS,
    "/people/new/": ADMINISTRATORS,
    "/people/officers/{officer}/": ADMINISTRATORS,
    "/people/officers/{officer}/roles/": ADMINISTRATORS,
    "/people/officers/{officer}/access/": ADMINISTRATORS,
    "/people/officers/{officer}/second-factor/": ADMINISTRATORS,
    "/people/systems/": ADMINISTRATORS,
    "/people/systems/new/": ADMINISTRATORS,
    "/people/systems/{system}/revoke/": ADMINISTRATORS,
}
POSTED_ONLY = {
    "/cases/{thread}/owner/": READERS,
    "/cases/{thread}/file/": READERS,
    "/requests/draft/": ASKERS,
    "/not-sent/discard/": ASKERS,
    "/cases/{thread}/say/": READERS,
    "/probe/standing/{standing}/findings/": ASKERS,
    "/probe/standing/{standing}/end/": ASKERS,
    "/statistics/state/": frozenset({Role.HEAD_OF_DESK, Role.ADMINISTRATOR}),
    "/statistics/yearly/state/": frozenset({Role.HEAD_OF_DESK, Role.ADMINISTRATOR}),
}
OPEN = {"start/", "account/", "assets/<path:name>", "api/1/", "healthz", "metrics"}


def patterns(resolver: URLResolver, prefix: str = "") -> list[str]:
    found = []
    for each in resolver.url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            found.append(route)
        elif route not in OPEN:
            found += patterns(each, route)
    return found


def test_every_page_stands_in_the_matrix() -> None:
    places = {
        "thread": "thread",
        "agreement": "agreement",
        "plan": "plan",
        "officer": "name",
        "system": "name",
        "standing": "name",
        "number": "number",
        "breach": "breach",
        "follow_up": "name",
    }
    written = {place: f"<str:{name}>" for place, name in places.items()}
    known = {each.lstrip("/").format(**written) for each in (*MATRIX, *POSTED_ONLY)}
    assert set(patterns(get_resolver())) - OPEN == known


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_its_pages_and_no_other(moroccan: DeskWorld, role: Role) -> None:
    moroccan.hold_persons(moroccan.desk)
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    moroccan.enrol("another.officer", Role.OFFICER)
    scopes = frozenset({Scope.PROBE})
    service_accounts.create(moroccan.desk, OPERATOR, "case-system", Regime.POLICE, scopes, 1)
    plan = sign_between_desks(moroccan)
    places = {
        "agreement": moroccan.agreement,
        "plan": plan,
        "officer": "another.officer",
        "system": "case-system",
        **person_and_breach(moroccan.desk),
    }
    browser = browser_of(moroccan, role)
    moroccan.hold_persons(moroccan.partner)
    moroccan.publish(moroccan.partner, moroccan.desk)
    places["follow_up"] = moroccan.lay_before(Actor("an.officer", ActorKind.OFFICER, ASKING))
    places["standing"] = moroccan.stand(Actor("an.officer", ActorKind.OFFICER, ASKING))
    for address, roles in MATRIX.items():
        page = browser.get(address.format(thread=thread, **places))
        assert page.status_code == (200 if role in roles else 403), address
    for address, roles in POSTED_ONLY.items():
        page = browser.post(address.format(thread=thread, **places), {"take": "1", "case": "B-1"})
        assert page.status_code in ((200, 302) if role in roles else (403,)), address
        assert browser.get(address.format(thread=thread, **places)).status_code == 405


@pytest.mark.parametrize(
    ("role", "first"),
    [
        (Role.OFFICER, "/"),
        (Role.DATA_PROTECTION_OFFICER, "/"),
        (Role.ADMINISTRATOR, "/agreements/"),
        (Role.AUDITOR, "/agreements/"),
    ],
)
def test_signing_in_leads_to_a_page_that_the_role_opens(moroccan: DeskWorld, role: Role, first: str) -> None:
    page = browser_of(moroccan, role).get("/start/")
    assert (page.status_code, page.headers["Location"]) == (302, first)
    assert browser_of(moroccan, role, name="another").get(first).status_code == 200


def test_nobody_opens_nothing(moroccan: DeskWorld) -> None:
    for address in (*MATRIX, *POSTED_ONLY):
        named = dict.fromkeys(
            ("thread", "agreement", "plan", "officer", "system", "number", "breach", "follow_up"), "x"
        )
        page = Client().get(address.format(standing="0", **named))
        assert page.status_code in (302, 405), address
        if page.status_code == 302:
            assert page.headers["Location"].startswith("/account/sign-in/")


def test_a_role_that_was_taken_is_gone_at_the_next_page(moroccan: DeskWorld) -> None:
    browser = browser_of(moroccan, Role.OFFICER)
    assert browser.get("/probe/").status_code == 200
    accounts.give_roles(moroccan.desk, OPERATOR, "an.officer", frozenset())
    assert browser.get("/probe/").status_code == 403


def test_forms_without_their_token_are_refused(moroccan: DeskWorld) -> None:
    account = moroccan.enrol("an.officer", Role.OFFICER)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(account)
    assert browser.post("/probe/", {"family": "X"}).status_code == 403


def test_headers_forbid_inline_code_frames_and_storage(moroccan: DeskWorld) -> None:
    page = browser_of(moroccan, Role.OFFICER).get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["Cache-Control"] == "no-store"
    text = page.content.decode()
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text


def test_a_fault_of_the_node_tells_nothing_but_whom_to_ask(
    moroccan: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comity.web.inbox import views

    def broken(*_: object, **__: object) -> None:
        raise KeyError("Benjelloun")

    monkeypatch.setattr(views, "list_cases", broken)
    browser = browser_of(moroccan, Role.OFFICER, language="fr")
    browser.raise_request_exception = False
    page = browser.get("/")
    assert page.status_code == 500
    assert "Ce nœud est en panne" in page.content.decode()
    assert "Benjelloun" not in page.content.decode()
