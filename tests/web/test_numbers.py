"""At the desk: a list is offered, numbers in common are counted, and one is shown, each with the second factor."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from django.core.cache import cache
from tests.web.conftest import browser_of, code_now
from tests.web.world import OPERATOR, DeskWorld

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role, SubjectCategory
from comity.services.context import Actor, ActorKind, Node
from comity.services.overlap.ask import count_common
from comity.services.overlap.offer import offer
from comity.services.register.import_ import import_register
from comity.services.register.order import Format, ImportFiles, ImportOrder
from comity.storage.models.overlaps import Overlap, OverlapOffer

PAGE = "/register/numbers/"
PURPOSE = Purpose.TRAFFICKING_IN_HUMAN_BEINGS
THEIRS = Actor("karim", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.APPROVER)}))
SHARED = 2


def fill(node: Node, code: str) -> None:
    """Enter enough persons with numbers, of whom the first are known to both services."""
    numbers = [f"+32470{each:06d}" for each in range(SHARED)] + [f"+{code}{each:06d}" for each in range(205)]
    rows = "".join(f"{number},Person {number[-4:]},{number}\n" for number in numbers)
    octets = f"id,full,phone\n{rows}".encode()
    files = ImportFiles(sha256(octets).hexdigest(), lambda: [octets])
    order = ImportOrder(Format.CSV, "own", Regime.POLICE, (PURPOSE,), SubjectCategory.SUSPECT)
    import_register(node, OPERATOR, order, files)


@pytest.fixture
def filled(moroccan: DeskWorld) -> DeskWorld:
    fill(moroccan.desk, "212661")
    fill(moroccan.partner, "32471")
    return moroccan


def form(world: DeskWorld, step: str, **changes: str) -> dict[str, str]:
    ground = f"{world.agreement}:trafficking-in-human-beings.count"
    return {"step": step, "ground": ground, "reason": "inquiry 44", "code": code_now(), **changes}


def offered_there(world: DeskWorld) -> None:
    offer(world.partner, THEIRS, world.desk.service, world.agreement, PURPOSE, "inquiry 44")


def test_counted_and_one_shown_by_another_person(filled: DeskWorld) -> None:
    offered_there(filled)
    browser = browser_of(filled, Role.APPROVER)
    assert "Nothing was compared yet." in browser.get(PAGE).content.decode()
    done = browser.post(PAGE, form(filled, "count"))
    assert (done.status_code, "2 numbers are in both registers." in done.content.decode()) == (200, True)
    [row] = Overlap.objects.using(filled.desk.alias).all()
    asked = browser.post(PAGE, {"step": "choose", "overlap": row.uid}).content.decode()
    assert f'value="{row.uid}"' in asked
    edge = {"step": "edge", "overlap": row.uid, "reason": "the driver"}
    cache.clear()
    own = browser.post(PAGE, {**edge, "code": code_now()})
    assert (own.status_code, "overlap.own" in own.content.decode()) == (403, True)
    other = browser_of(filled, Role.HEAD_OF_DESK, name="another.officer")
    assert other.post(PAGE, {**edge, "code": "000000"}).status_code == 400
    shown = other.post(PAGE, {**edge, "code": code_now()})
    text = shown.content.decode()
    assert shown.status_code == 200, text
    assert "One number was shown." in text
    assert "A request that cites this reference asks on:" in text
    entry = re.search(r"with our entry: <code[^>]*>([0-9a-f]{32})", text) or re.search(
        r"([0-9a-f]{32})", text
    )
    assert entry is not None
    look = {"step": "look", "uid": entry[1], "reason": "inquiry 44"}
    links = other.post("/register/links/", look).content.decode()
    assert "one telephone number in both registers" in links


def test_without_the_code_nothing_is_offered_or_counted(filled: DeskWorld) -> None:
    offered_there(filled)
    browser = browser_of(filled, Role.APPROVER)
    for step in ("offer", "count"):
        assert browser.post(PAGE, form(filled, step, code="")).status_code == 400
        assert browser.post(PAGE, form(filled, step, reason="")).status_code == 400
        assert browser.post(PAGE, form(filled, step, ground="x")).status_code == 400
    assert Overlap.objects.using(filled.desk.alias).count() == 0
    assert OverlapOffer.objects.using(filled.desk.alias).count() == 0


def test_a_list_is_offered_and_the_partner_s_count_shows(filled: DeskWorld) -> None:
    browser = browser_of(filled, Role.HEAD_OF_DESK, language="fr")
    done = browser.post(PAGE, form(filled, "offer")).content.decode()
    assert "pendant une semaine" in done
    network = filled.network.channels
    where = filled.desk.service, filled.agreement, PURPOSE, "inquiry 44"
    assert count_common(filled.partner, network, THEIRS, *where).common == SHARED
    page = browser.get(PAGE).content.decode()
    assert "lui seul sait combien" in page
    assert "2 numéros" not in page


def test_a_refusal_is_a_page_with_its_next_step(filled: DeskWorld) -> None:
    browser = browser_of(filled, Role.APPROVER)
    done = browser.post(PAGE, form(filled, "count"))
    assert (done.status_code, "overlap.not-offered" in done.content.decode()) == (403, True)
