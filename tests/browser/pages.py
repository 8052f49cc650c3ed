"""Every page of the desk, opened as an officer would come to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.cache import cache
from playwright.sync_api import BrowserContext, Page
from tests.federation.world import MA
from tests.identification.cast import PERSON, hold, person, prints, said
from tests.web.softkey import SoftKey
from tests.web.test_answer import asked
from tests.web.test_identification import ELS, JAN, memorandum, work
from tests.web.test_persons import person_and_breach
from tests.web.world import ASKING, OPERATOR, SECRET, DeskWorld, make_desk_world, sign_between_desks

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Assertion, Role
from comity.services.cases.thread.inform import inform
from comity.services.context import Actor, ActorKind
from comity.services.exchange.missing import expect_missing
from comity.services.identification.request import ask
from comity.services.people import accounts, factor, security_keys, service_accounts
from comity.services.people.actors import Officer, actor_of
from comity.services.people.service_accounts import Scope
from comity.services.plans.follow import enter
from comity.services.watch.noticed import watch_due
from comity.storage.transaction import atomic

ROLES = (
    Role.OFFICER,
    Role.APPROVER,
    Role.HEAD_OF_DESK,
    Role.DATA_PROTECTION_OFFICER,
    Role.ADMINISTRATOR,
)


@dataclass
class Scene:
    """A desk with requests to answer, one index to probe, and an officer with every role.

    `returning` is a request for identification with a fingerprint file that has come.
    """

    world: DeskWorld
    thread: str
    described: str
    returning: str
    account: Officer
    plan: str
    rights: dict[str, str]
    waiting: str


def make_scene(home: Path, language: str) -> Scene:
    """Prepare the Moroccan desk: it is asked twice, and can itself ask."""
    world = make_desk_world(home, MA)
    thread = asked(world)
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    described = world.request(world.partner, about="سلمى الإدريسي, born 1991 in Tanger (+212 661 234 567)")
    account = world.enrol("an.officer", *ROLES, language=language)
    both = (Regime.POLICE, Regime.RETURN_IDENTIFICATION)
    held = frozenset((regime, role) for regime in both for role in ROLES)
    accounts.give_roles(world.desk, OPERATOR, "an.officer", held)
    returning = _identification(world)
    credential = SoftKey().register('{"publicKey": {"challenge": "AAAA"}}')
    key = security_keys.NewKey("مفتاح أزرق, USB", credential, 0)
    security_keys.add_key(world.desk, actor_of(account), account, key, lambda: None)
    world.stand(actor_of(account))
    world.enrol("third.officer", Role.AUDITOR, second_factor=False)
    scopes = frozenset({Scope.PROBE, Scope.READ_CASES})
    service_accounts.create(world.desk, OPERATOR, "case-system", Regime.POLICE, scopes, 30)
    plan = sign_between_desks(world)
    said_ = {"text": "زيارة مقبلة, -2 (+32 2 555 12 12)", "owner": MA, "due": "2026-12-01"}
    enter(world.partner, OPERATOR, plan, entry="decision", **said_)
    world.deliver()
    rights = person_and_breach(world.desk)
    asking = frozenset({(Regime.POLICE, Role.OFFICER)})
    waiting = world.lay_before(Actor("another.officer", ActorKind.OFFICER, asking))
    # The standing search was justified by nobody: it stands out.
    assert watch_due(world.desk, world.network.channels)
    return Scene(world, thread, described, returning, account, plan, rights, waiting)


def _identification(world: DeskWorld) -> str:
    """Let the partner ask for an identification, and its file arrive."""
    agreement = memorandum(world)
    hold(world.desk, person(world.desk.service), PERSON)
    thread = ask(world.partner, ELS, agreement, PERSON, said(), [prints()], second=JAN)
    work(world)
    return thread


def _choose(page: Page, scene: Scene) -> None:
    page.goto(f"/cases/{scene.thread}/answer/")


def _preview(page: Page, scene: Scene) -> None:
    _choose(page, scene)
    for box in page.locator("input[name=categories]").all()[:3]:
        box.check()
    page.locator("form.sheet button").first.click()


def choose_ground(page: Page) -> None:
    """Choose the first ground for terrorism."""
    value = page.locator("#id_ground option[value*=':terrorism']").first.get_attribute("value")
    page.select_option("#id_ground", value)


def _probe(page: Page, given: str, family: str) -> None:
    page.goto("/probe/")
    choose_ground(page)
    page.fill("#id_case", "B-2026-117")
    page.fill("#id_offence", "Participation in a terrorist group")
    page.select_option("#id_aim", "learn-more")
    page.select_option("#id_concerns", "suspect")
    page.fill("#id_given", given)
    page.fill("#id_family", family)
    page.fill("#id_dob", "1984-05-17")
    page.locator("form.sheet > button").click()


def _wrong(page: Page, scene: Scene) -> None:
    page.goto("/probe/")
    page.evaluate("document.querySelectorAll('[required]').forEach(each => each.removeAttribute('required'))")
    page.locator("form.sheet > button").click()


def _findings(page: Page, scene: Scene) -> None:
    page.goto("/probe/standing/")
    page.locator("td form button").first.click()


def _found(page: Page, scene: Scene) -> None:
    page.goto(f"/cases/{scene.described}/answer/")
    page.fill("#id_words", "Salma 1991")
    page.locator("form.sheet button").first.click()


def _register(page: Page, scene: Scene) -> None:
    page.goto("/register/")
    page.fill("#id_words", "يوسف بنجلون، 1984-05-17")
    page.fill("#id_reason", "file 12")
    page.locator("form.sheet > button").click()
    page.locator("details summary").first.click()


def _telling(page: Page, scene: Scene) -> None:
    """From an entry of the register to the choice of what is told of it."""
    _register(page, scene)
    page.locator("form[action='/information/new/'] button").first.click()
    choose_ground(page)
    page.fill("#id_matter", "طريق جديد, a new route")
    page.fill("#id_reasons", "crates marked in red")
    page.select_option("#id_matter_is", "fact")
    page.select_option("#id_reasons_is", "assessment")
    page.locator("form.sheet > button").click()


def _told(page: Page, scene: Scene) -> None:
    _telling(page, scene)
    for box in page.locator("input[name=categories]").all()[:2]:
        box.check()
    page.locator("form.sheet button").first.click()


def _verified(page: Page, scene: Scene) -> None:
    page.goto("/evidence/")
    page.locator("main form button").click()


def _messages(page: Page, scene: Scene) -> None:
    with atomic(scene.world.desk.alias):
        expect_missing(scene.world.desk, scene.world.clock() - timedelta(hours=1))
    page.goto("/messages/")
    page.locator("button[value=fetch]").first.click()


def _replayed(page: Page, scene: Scene) -> None:
    page.goto("/oversight/")
    page.fill("#id_subject", scene.thread)
    page.fill("#id_reason", "مراجعة سنوية, file 12")
    page.locator("button[value=replay]").click()


def _help(page: Page, scene: Scene) -> None:
    page.goto("/")
    page.keyboard.press("?")


def confirmed(page: Page, address: str) -> None:
    """Open a page that asks for the second factor first."""
    cache.clear()
    page.goto(address)
    if page.locator("#id_code").count():
        page.fill("#id_code", factor.totp(SECRET, int(datetime.now(UTC).timestamp())))
        page.locator("form.sheet button:not([type=button])").click()


def _officer_wrong(page: Page, scene: Scene) -> None:
    confirmed(page, "/people/new/")
    page.fill("#id_name", "Karim")
    page.locator("form.sheet button:not([type=button])").last.click()


def _enrolled(page: Page, scene: Scene) -> None:
    page.goto("/people/new/")
    page.fill("#id_name", f"officer-{secrets.token_hex(4)}")
    page.locator("form.sheet input[type=checkbox]").first.check()
    page.locator("form.sheet button:not([type=button])").last.click()


def _token(page: Page, scene: Scene) -> None:
    page.goto("/people/systems/new/")
    page.fill("#id_name", f"system-{secrets.token_hex(4)}")
    page.locator("form.sheet input[type=checkbox]").first.check()
    page.locator("form.sheet button:not([type=button])").last.click()


def _remove_key(page: Page, scene: Scene) -> None:
    [key] = security_keys.own_keys(scene.world.desk, scene.account)
    confirmed(page, f"/account/security/keys/{key.number}/remove/")


def _identified(page: Page, scene: Scene) -> None:
    page.goto(f"/cases/{scene.returning}/identified/")
    page.locator("input[name=result][value=identified]").check()
    page.locator("input[name=grounds][value=civil-register]").check()
    page.fill("#id_subject", PERSON)
    page.locator("form.sheet button").first.click()


def _asked_for(page: Page, scene: Scene) -> None:
    page.goto("/identification/new/")
    page.fill("#id_subject", PERSON)
    page.locator("form.sheet button").first.click()


def _hit(page: Page, scene: Scene) -> None:
    """From information that the partner gave to the report on it."""
    world = scene.world
    marks = {"matter": Assertion.FACT, "reasons": Assertion.FACT}
    told = inform(
        world.partner,
        Actor("karim", ActorKind.OFFICER, ASKING),
        MA,
        world.agreement,
        Purpose.TERRORISM,
        "a driver (+32 470 12 34 56)",
        "he is on his way",
        assertions=marks,
    )
    world.deliver()
    page.goto(f"/cases/{told}/hit/")


def _concluding(page: Page, scene: Scene) -> None:
    """From the number of a case to what its end would erase."""
    scene.world.request(scene.world.desk, about="يوسف بنجلون")
    page.goto("/conclude/")
    page.fill("#id_case", "B-2026-117")
    page.locator("form.sheet button").first.click()


def at(address: str) -> Callable[[Page, Scene], None]:
    """Return a step that opens an address."""

    def open_(page: Page, scene: Scene) -> None:
        page.goto(
            address.format(
                thread=scene.thread,
                agreement=scene.world.agreement,
                returning=scene.returning,
                plan=scene.plan,
                waiting=scene.waiting,
                **scene.rights,
            )
        )

    return open_


PAGES: dict[str, Callable[[Page, Scene], None]] = {
    "inbox": at("/"),
    "case": at("/cases/{thread}/"),
    "choose": _choose,
    "preview": _preview,
    "find": _found,
    "refuse": at("/cases/{thread}/refuse/"),
    "recall": at("/cases/{thread}/recall/"),
    "delay": at("/cases/{thread}/delay/"),
    "statistics": at("/statistics/?agreement={agreement}&first=2026-11-01&last=2026-11-30"),
    "yearly": at("/statistics/yearly/?year=2026"),
    "plans": at("/plans/"),
    "plan": at("/plans/{plan}/"),
    "negative": at("/cases/{thread}/negative/"),
    "correct": at("/cases/{thread}/correct/"),
    "restrict": at("/cases/{thread}/restrict/"),
    "consent": at("/cases/{thread}/consent/"),
    "identification-case": at("/cases/{returning}/"),
    "identified": at("/cases/{returning}/identified/"),
    "identified-preview": _identified,
    "files": at("/cases/{returning}/files/"),
    "files-new": at("/cases/{returning}/files/new/"),
    "identifications": at("/identification/"),
    "identification-new": at("/identification/new/"),
    "identification-ask": _asked_for,
    "hit": _hit,
    "hit-nothing": at("/cases/{thread}/hit/"),
    "pass-on": at("/cases/{thread}/pass-on/"),
    "inform": at("/information/new/"),
    "inform-choose": _telling,
    "inform-preview": _told,
    "outstanding": at("/outstanding/"),
    "conclude": at("/conclude/"),
    "conclude-choose": _concluding,
    "emergency": at("/cases/{thread}/emergency/"),
    "court": at("/cases/{thread}/court/"),
    "transfers": at("/transfers/?first=2026-11-01&last=2026-11-30"),
    "transfer-status": at("/agreements/{agreement}/transfers/"),
    "not-sent": at("/not-sent/"),
    "true-grounds": at("/true-grounds/"),
    "probe": at("/probe/"),
    "probe-wrong": _wrong,
    "probe-hit": lambda page, scene: _probe(page, "Youssef", "Benjelloun"),
    "probe-miss": lambda page, scene: _probe(page, "Wout", "Vanderelst"),
    "standing": at("/probe/standing/"),
    "standing-findings": _findings,
    "register": _register,
    "links": at("/register/links/"),
    "numbers": at("/register/numbers/"),
    "review": at("/register/review/"),
    "request": at("/requests/new/"),
    "waiting": at("/requests/waiting/"),
    "waiting-one": at("/requests/waiting/{waiting}/"),
    "agreements": at("/agreements/"),
    "agreement": at("/agreements/{agreement}/"),
    "evidence": _verified,
    "messages": _messages,
    "oversight": at("/oversight/"),
    "watched": at("/oversight/searches/"),
    "counted": at("/oversight/numbers/"),
    "standing-in": at("/standing-in/"),
    "replay": _replayed,
    "persons": at("/persons/"),
    "persons-new": at("/persons/new/"),
    "persons-ledger": at("/persons/ledger/"),
    "person-asks": at("/persons/{number}/"),
    "person-decide": at("/persons/{number}/decide/"),
    "breaches": at("/breaches/"),
    "breach-new": at("/breaches/new/"),
    "breach": at("/breaches/{breach}/"),
    "people": at("/people/"),
    "person": at("/people/officers/third.officer/"),
    "person-roles": at("/people/officers/third.officer/roles/"),
    "person-close": at("/people/officers/third.officer/access/"),
    "person-self": at("/people/officers/an.officer/roles/"),
    "person-new": at("/people/new/"),
    "systems": at("/people/systems/"),
    "system-new": at("/people/systems/new/"),
    "system-end": at("/people/systems/case-system/revoke/"),
    "person-wrong": _officer_wrong,
    "person-enrolled": _enrolled,
    "token": _token,
    "password": at("/account/password/"),
    "account": at("/account/security/"),
    "confirm": at("/account/confirm/"),
    "new-key": lambda page, scene: confirmed(page, "/account/security/keys/new/"),
    "remove-key": _remove_key,
    "refused": at("/agreements/unknown/"),
    "absent": at("/nothing/here/"),
    "help": _help,
}
"""Pages of a signed-in officer."""


def language_cookie(context: BrowserContext, url: str, language: str) -> None:
    """Choose the language of the pages before sign-in."""
    context.add_cookies([{"name": "django_language", "value": language, "url": url}])
