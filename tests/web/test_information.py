"""Inform a partner unasked, and pass on what a partner said: exactly what was shown, by whom it concerns."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from django.test import Client
from tests.agreement.samples import between, shipped
from tests.federation.world import BE, THIRD, introduce, make_config, node_keys, sign_between
from tests.told import FACTS
from tests.web.conftest import browser_of, code_now
from tests.web.world import DeskWorld, endpoint_of

from comity.core.cases.consent import Use
from comity.core.cases.number import case_number
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role
from comity.services.cases.answer import answer
from comity.services.cases.thread.inform import inform
from comity.services.cases.views import show_case
from comity.services.context import Actor, ActorKind, Node
from comity.services.protection.consent import ask_consent, decide_consent
from comity.storage.models.cases import Case
from comity.storage.models.register import RegisterAct, RegisterSubject

THEIRS = Actor("karim", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))
OWNER = Actor("salma", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.APPROVER)}))
WORDS = {"matter": "a new route", "reasons": "crates marked in red"}
MARKS = {"matter_is": "fact", "reasons_is": "assessment"}
EVERY = pytest.mark.django_db(databases=["default", "ma", "third"])


def choice(page: str, purpose: str) -> str:
    """Return the value of the agreement and clause that the form offers for a purpose."""
    found = re.search(rf'<option value="([^"]+:{purpose}[^"]*)"', page)
    assert found is not None, page
    return found.group(1)


def digest(page: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return found.group(1)


def person(world: DeskWorld) -> str:
    """Put fictitious persons into the desk's register; return one."""
    world.hold_persons(world.desk)
    rows = RegisterSubject.objects.using(world.desk.alias)
    return next(row.uid for row in rows.order_by("id") if "BK482913" in bytes(row.content).decode())


def written(browser: Client, **more: str) -> dict[str, str]:
    ground = choice(browser.get("/information/new/").content.decode(), "terrorism")
    return {**WORDS, **MARKS, "ground": ground, **more}


class TestInform:
    def test_an_officer_informs_without_a_person(self, world: DeskWorld) -> None:
        browser = browser_of(world, Role.OFFICER)
        form = written(browser, step="write")
        for wrong in ({}, {"code": "000000"}):
            page = browser.post("/information/new/", {**form, **wrong})
            assert (page.status_code, 'name="code"' in page.content.decode()) == (400, True)
            assert WORDS["reasons"] in page.content.decode(), "what was typed stays"
        assert not Case.objects.using(world.desk.alias).exists()
        sent = browser.post("/information/new/", {**form, "code": code_now()})
        assert sent.status_code == 302, sent.content.decode()
        world.deliver()
        thread = sent.headers["Location"].split("/")[2]
        said = show_case(world.partner, THEIRS, thread)["passages"][0]["words"]
        assert (said["matter"], said["reasons"], said["subject"]) == (*WORDS.values(), None)

    def test_it_is_given_inside_a_case_and_both_desks_show_it(self, world: DeskWorld) -> None:
        thread = world.request(world.partner, about="Salma El Idrissi")
        browser = browser_of(world, Role.OFFICER)
        assert "Inform the partner in this case" in browser.get(f"/cases/{thread}/").content.decode()
        begun = browser.post("/information/new/", {"step": "begin", "cites": case_number(thread)})
        assert f'value="{case_number(thread)}"' in begun.content.decode()
        form = written(browser, step="write", cites=case_number(thread), case="MA-77")
        told = (
            browser.post("/information/new/", {**form, "code": code_now()}).headers["Location"].split("/")[2]
        )
        world.deliver()
        assert told in browser.get(f"/cases/{thread}/").content.decode()
        page = browser.get(f"/cases/{told}/").content.decode()
        assert thread in page
        assert "MA-77" in page
        [beside] = show_case(world.partner, THEIRS, thread)["related"]
        assert (beside["thread"], beside["side"]) == (told, "told")
        wrong = browser.post("/information/new/", {**form, "cites": "ffff-ffff"})
        assert wrong.status_code == 404

    def test_a_case_is_opened_from_it(self, world: DeskWorld) -> None:
        told = inform(
            world.partner,
            THEIRS,
            world.desk.service,
            world.agreement,
            Purpose.TERRORISM,
            *WORDS.values(),
            assertions=FACTS,
        )
        world.deliver()
        browser = browser_of(world, Role.OFFICER)
        filed = browser.post(f"/cases/{told}/file/", {"case": "MA-2026-5"})
        assert filed.status_code == 302
        page = browser.get(f"/cases/{told}/").content.decode()
        assert "Ask the partner about it" in page
        begin = {"step": "begin", "cites": case_number(told), "case": "MA-2026-5"}
        begun = browser.post("/requests/new/", begin).content.decode()
        assert f'value="{case_number(told)}"' in begun
        assert 'value="MA-2026-5"' in begun

    def test_what_is_missing_is_named(self, world: DeskWorld) -> None:
        page = browser_of(world, Role.OFFICER).post("/information/new/", {"step": "write"})
        assert page.status_code == 400
        assert page.content.decode().count('href="#id_') == 6, "the second factor too"
        assert not Case.objects.exists()

    def test_an_approver_tells_of_a_person_exactly_what_was_shown(self, world: DeskWorld) -> None:
        subject = person(world)
        browser = browser_of(world, Role.APPROVER)
        found = browser.post("/register/", {"words": "Benjelloun", "manner": "exact", "reason": "file 12"})
        assert "Inform a partner about this entry" in found.content.decode()
        form = written(browser, step="choose", subject=subject, conditions="for the trial only")
        begun = browser.post("/information/new/", {"subject": subject}).content.decode()
        assert subject in begun
        offered = browser.post("/information/new/", form).content.decode()
        assert "BK482913" in offered
        form |= {"step": "preview", "categories": "names"}
        page = browser.post("/information/new/", form).content.decode()
        assert "Exactly this will leave" in page
        assert "Benjelloun" in page
        assert "BK482913" not in page
        form |= {"step": "release", "shown": digest(page)}
        assert browser.post("/information/new/", form).status_code == 400, "the code is missing"
        assert not Case.objects.exists()
        done = browser.post("/information/new/", {**form, "code": code_now()})
        assert done.status_code == 302, done.content.decode()
        world.deliver()
        thread = done.headers["Location"].split("/")[2]
        said = show_case(world.partner, THEIRS, thread)["passages"][0]
        assert said["conditions"] == "for the trial only"
        assert said["to_acknowledge"]
        acts = RegisterAct.objects.filter(kind="consulted")
        assert {act.statement["reason"] for act in acts} == {"information: a new route"}

    def test_an_entry_that_changed_does_not_leave(self, world: DeskWorld) -> None:
        subject = person(world)
        browser = browser_of(world, Role.APPROVER)
        form = written(browser, step="preview", subject=subject) | {"categories": "names"}
        page = browser.post("/information/new/", form).content.decode()
        RegisterSubject.objects.filter(uid=subject).update(version=9)
        form |= {"step": "release", "shown": digest(page), "code": code_now()}
        page = browser.post("/information/new/", form)
        assert page.status_code == 403
        assert "case.changed" in page.content.decode()
        assert not Case.objects.exists()

    def test_an_officer_does_not_tell_of_a_person(self, world: DeskWorld) -> None:
        subject = person(world)
        browser = browser_of(world, Role.OFFICER)
        assert (
            "Inform a partner about"
            not in browser.post(
                "/register/", {"words": "Benjelloun", "manner": "exact", "reason": "file 12"}
            ).content.decode()
        )
        form = written(browser, step="release", subject=subject) | {"categories": "names"}
        page = browser.post("/information/new/", form).content.decode()
        assert "Benjelloun" not in page
        assert not Case.objects.exists()

    def test_a_category_beyond_the_clause_is_not_offered(self, world: DeskWorld) -> None:
        subject = person(world)
        browser = browser_of(world, Role.APPROVER)
        form = written(browser, step="preview", subject=subject) | {"categories": "fingerprints"}
        assert browser.post("/information/new/", form).status_code == 400
        form |= {"subject": "0" * 32, "step": "choose"}
        page = browser.post("/information/new/", form)
        assert (page.status_code, "register.unknown" in page.content.decode()) == (400, True)


def with_third(world: DeskWorld, folder: Path) -> Node:
    """Let the desk have an agreement with a third service too."""
    home = folder / "third"
    home.mkdir()
    config = make_config(THIRD).model_copy(update={"home": home})
    third = Node(THIRD, "third", config, node_keys(THIRD), world.clock, random.Random(12).randbytes)
    introduce(world.desk, THIRD)
    introduce(third, BE)
    world.network.endpoints[THIRD] = endpoint_of(third)
    other = between(shipped("plan_2025"), (BE, THIRD), code="BE-TN-2025")
    sign_between((world.desk, third), other)
    return third


def answered(world: DeskWorld) -> tuple[str, str]:
    """Let the partner answer a request of the desk; return thread and message."""
    world.hold_persons(world.partner)
    thread = world.request(world.desk, about="Youssef Benjelloun")
    rows = RegisterSubject.objects.using(world.partner.alias)
    subject = next(row.uid for row in rows if "BK482913" in bytes(row.content).decode())
    message = answer(world.partner, OWNER, thread, subject)
    world.deliver()
    return thread, message


class TestPassOn:
    @EVERY
    def test_with_consent_exactly_what_was_shown(self, world: DeskWorld, tmp_path: Path) -> None:
        third = with_third(world, tmp_path)
        thread, message = answered(world)
        browser = browser_of(world, Role.APPROVER)
        assert "Pass on" in browser.get(f"/cases/{thread}/").content.decode()
        address = f"/cases/{thread}/pass-on/"
        form = {**WORDS, **MARKS, "message": message, "step": "preview"}
        form["ground"] = choice(browser.get(address).content.decode(), "terrorism")
        page = browser.post(address, form).content.decode()
        assert THIRD in page
        assert "Benjelloun" in page
        form |= {"step": "release", "shown": digest(page)}
        assert browser.post(address, form).status_code == 400, "the code is missing"
        refused = browser.post(address, {**form, "code": code_now()})
        assert (refused.status_code, "law.consent" in refused.content.decode()) == (403, True)
        asker = Actor("an.officer", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))
        asked = ask_consent(
            world.desk, asker, thread, message, Use.ONWARD, Purpose.TERRORISM, "they hold his brother", THIRD
        )
        world.deliver()
        decide_consent(world.partner, OWNER, thread, asked, given=True)
        world.deliver()
        from django.core.cache import cache

        cache.clear()  # a code works once; the test does not wait for the next
        done = browser.post(address, {**form, "code": code_now()})
        assert done.status_code == 302, done.content.decode()
        world.deliver()
        opened = done.headers["Location"].split("/")[2]
        said = show_case(third, THEIRS, opened)["passages"][0]["words"]
        assert said["origin"]["owner"] == world.partner.service
        assert "Benjelloun" in str(said["subject"])

    @EVERY
    def test_words_that_changed_do_not_leave(self, world: DeskWorld, tmp_path: Path) -> None:
        with_third(world, tmp_path)
        thread, message = answered(world)
        browser = browser_of(world, Role.APPROVER)
        address = f"/cases/{thread}/pass-on/"
        form = {
            **WORDS,
            **MARKS,
            "message": message,
            "step": "release",
            "shown": "0" * 64,
            "code": code_now(),
        }
        form["ground"] = choice(browser.get(address).content.decode(), "terrorism")
        page = browser.post(address, form)
        assert (page.status_code, "case.changed" in page.content.decode()) == (403, True)

    def test_without_another_agreement_nothing_can_be_passed_on(self, world: DeskWorld) -> None:
        thread, message = answered(world)
        browser = browser_of(world, Role.APPROVER)
        address = f"/cases/{thread}/pass-on/"
        assert "Nothing in this case can be passed on" in browser.get(address).content.decode()
        form = {**WORDS, **MARKS, "message": message, "ground": "x", "step": "release", "code": code_now()}
        assert browser.post(address, form).status_code == 400
