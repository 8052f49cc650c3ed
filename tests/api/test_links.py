"""Links over REST: read with a reason, each as a fact or an assessment; entered and deleted by a person alone."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client
from tests.api.conftest import system
from tests.cases.cast import HEAD
from tests.web.world import DeskWorld

from comity.core.codes.marks import Assertion
from comity.core.register.links.model import Link, LinkKind, LinkMarks
from comity.services.people.service_accounts import Scope
from comity.services.register.links.join import join
from comity.storage.models.register import RegisterAct, RegisterSubject


def post(client: Client, address: str, body: dict[str, Any]) -> tuple[int, Any]:
    answer = client.post(address, json.dumps(body), "application/json")
    return answer.status_code, answer.json()


def joined(world: DeskWorld, assertion: Assertion) -> tuple[str, str, str]:
    """Join two entries, and return them and the link."""
    world.hold_persons(world.desk)
    one, other = RegisterSubject.objects.using(world.desk.alias).values_list("uid", flat=True)[:2]
    link = Link(kind=LinkKind.FINANCED, marks=LinkMarks(basis="two transfers", assertion=assertion))
    return one, other, join(world.desk, HEAD, one, other, link, "file 12")


def test_a_system_reads_links_with_their_marks(world: DeskWorld) -> None:
    one, other, uid = joined(world, Assertion.ASSESSMENT)
    client = system(world, Scope.SEARCH_REGISTER)
    before = RegisterAct.objects.using(world.desk.alias).count()
    status, told = post(client, f"/api/1/register/entries/{one}/links", {"reason": "file 12"})
    assert status == 200, told
    [link] = told["links"]
    assert (link["link"], link["other"], link["kind"]) == (uid, other, "financed")
    assert (link["assertion"], link["basis"], told["edges"]) == ("assessment", "two transfers", [])
    assert RegisterAct.objects.using(world.desk.alias).count() == before + 1


def test_of_a_contact_s_contact_a_system_reads_the_kind_alone(world: DeskWorld) -> None:
    # A register of contacts: what joins two of them is the link of a contact's contact.
    rows = (
        "id,full,phone,category\n1,Ada Example,+32470000001,contact\n2,Ben Example,+32470000002,associate\n"
    )
    world.hold_persons(world.desk, rows)
    one, other = RegisterSubject.objects.using(world.desk.alias).values_list("uid", flat=True)[:2]
    marks = LinkMarks(basis="two transfers", assertion=Assertion.FACT)
    join(world.desk, HEAD, one, other, Link(kind=LinkKind.FINANCED, marks=marks), "file 12")
    client = system(world, Scope.SEARCH_REGISTER)
    status, told = post(client, f"/api/1/register/entries/{one}/links", {"reason": "file 12"})
    assert status == 200, told
    [link] = told["links"]
    assert link["kind"] == "financed"
    said = {link[name] for name in ("basis", "assertion", "handling", "evaluation")}
    assert said == {None}


def test_an_entry_that_is_not_there(world: DeskWorld) -> None:
    client = system(world, Scope.SEARCH_REGISTER)
    status, told = post(client, f"/api/1/register/entries/{'0' * 32}/links", {"reason": "file 12"})
    assert (status, told["code"]) == (404, "register.unknown")
    status, told = post(client, f"/api/1/register/entries/{'0' * 32}/links", {})
    assert (status, told["code"]) == (400, "api.malformed")


def test_a_system_neither_joins_nor_parts_nor_counts(world: DeskWorld) -> None:
    one, other, uid = joined(world, Assertion.FACT)
    client = system(world, *Scope)
    for address in ("links", f"links/{uid}/delete", "numbers"):
        status, told = post(client, f"/api/1/register/{address}", {"one": one, "other": other})
        assert (status, told["code"]) == (403, "service-account.release"), address
    assert len(post(client, f"/api/1/register/entries/{one}/links", {"reason": "file 12"})[1]["links"]) == 1
