"""The register's page: found in another script, told why; only by POST, only for those who may."""

from __future__ import annotations

from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role

ASKED = {"words": "يوسف بنجلون، 1984-05-17", "reason": "file 12", "manner": "like"}


def test_a_person_is_found_across_scripts_and_the_page_says_why(world: DeskWorld) -> None:
    world.hold_persons(world.desk)
    page = browser_of(world, Role.OFFICER).post("/register/", ASKED)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Benjelloun" in text
    assert "the same day" in text
    assert "the same name, written in one way or another" in text
    assert "Idrissi" not in text


def test_the_words_are_not_read_from_an_address(world: DeskWorld) -> None:
    world.hold_persons(world.desk)
    text = browser_of(world, Role.OFFICER).get("/register/", ASKED).content.decode()
    assert "Benjelloun" not in text
    assert "يوسف" not in text


def test_exact_words_find_what_is_written_so_and_nothing_else(world: DeskWorld) -> None:
    world.hold_persons(world.desk)
    browser = browser_of(world, Role.OFFICER)
    found = browser.post("/register/", {**ASKED, "words": "benjelloun 1984", "manner": "exact"})
    assert "Youssef" in found.content.decode()
    missed = browser.post("/register/", {**ASKED, "words": "bendjelloun 1984", "manner": "exact"})
    assert "Nothing in this register carries all these words" in missed.content.decode()
    like = browser.post("/register/", {**ASKED, "words": "Bendjelloun Yousef 1984"})
    assert "Benjelloun" in like.content.decode()


def test_nobody_likely_and_nothing_to_compare_are_said(world: DeskWorld) -> None:
    world.hold_persons(world.desk)
    browser = browser_of(world, Role.OFFICER)
    nobody = browser.post("/register/", {**ASKED, "words": "Wout Vanderelst, 1971-03-02"})
    assert "Nobody in this register is likely" in nobody.content.decode()
    assert browser.post("/register/", {**ASKED, "words": "1971-03-02"}).status_code == 400
    assert browser.post("/register/", {**ASKED, "reason": ""}).status_code == 400


def test_an_auditor_may_not(world: DeskWorld) -> None:
    assert browser_of(world, Role.AUDITOR).get("/register/").status_code == 403


def test_a_single_name_is_read_into_parts_and_the_page_says_how(world: DeskWorld) -> None:
    world.hold_persons(
        world.desk, "id,name,dob\n1,Benjelloun Youssef,1984-05-17\n2,Mohamed Ben Ali,1990-02-03\n"
    )
    browser = browser_of(world, Role.OFFICER)
    sure = browser.post("/register/", ASKED).content.decode()
    assert "The name is read as:" in sure
    assert "(family name)" in sure
    assert "(given name)" in sure
    left_open = browser.post("/register/", {**ASKED, "words": "محمد بن علي، 1990-02-03"}).content.decode()
    assert "family name or father&#x27;s name" in left_open


def test_parts_that_the_source_tells_are_not_told_again(world: DeskWorld) -> None:
    world.hold_persons(world.desk)
    assert (
        "The name is read as:"
        not in browser_of(world, Role.OFFICER).post("/register/", ASKED).content.decode()
    )
