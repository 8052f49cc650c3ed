"""What a national system reads of cases and of the register: nothing that is erased, restricted, recalled or still sealed."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import system
from tests.api.test_threads import post
from tests.cases.cast import SALMA, UID, hold, officer, subject
from tests.egress.scene import enter
from tests.policy.scene import NEW, OLD, renamed_subject
from tests.web.world import DeskWorld

from comity.api.document import document
from comity.core import canonical
from comity.core.cases.protection import CaseOutcome, ProtectionGround
from comity.core.codes.marks import Role
from comity.core.evidence.event import read_leaf, verify_commitment
from comity.services.cases.answer import answer
from comity.services.cases.conclude import conclude
from comity.services.cases.erase import erase_due
from comity.services.cases.recall import recall
from comity.services.people.service_accounts import Scope
from comity.services.people.statements import erase_statements
from comity.services.protection.correct import correct
from comity.services.protection.owe import chase_due
from comity.services.protection.restrict import restrict_received, restrict_sent
from comity.services.register import erase as register
from comity.services.register.read import consult
from comity.storage.evidence import entries
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeAsked
from comity.storage.models.register import RegisterAct, RegisterSubject

DPO = officer("driss", Role.DATA_PROTECTION_OFFICER)
HEAD = officer("nadia", Role.HEAD_OF_DESK)
WRONG = ProtectionGround.INACCURATE


@pytest.fixture
def answered(world: DeskWorld) -> tuple[DeskWorld, str]:
    """Return the world and a thread of a request of the served node that the partner has answered."""
    hold(world.partner, subject())
    thread = world.request(world.desk, about="the driver")
    answer(world.partner, SALMA, thread, UID)
    world.deliver()
    return world, thread


def read(client: Client, thread: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/1/cases/{thread}").json()
    return found


def test_after_three_years_a_system_reads_nothing(answered: tuple[DeskWorld, str]) -> None:
    """L3."""
    world, thread = answered
    client = system(world, Scope.READ_CASES)
    assert OLD in str(read(client, thread)["reply"])
    world.clock.forward(days=1096)
    erase_due(world.desk)
    found = read(system(world, Scope.READ_CASES, name="later"), thread)
    assert (found["request"], found["reply"]) == (None, None)
    assert OLD not in str(found)


def test_what_is_erased_from_the_register_is_not_found_over_rest(world: DeskWorld) -> None:
    """L3: neither by words nor by likeness."""
    enter(world.desk, subject(erase_at=date(2026, 11, 24)), UID)
    client = system(world, Scope.SEARCH_REGISTER)
    wanted = {"words": "يوسف الخطابي", "reason": "file 12"}
    assert UID in str(post(client, "/api/1/register/search-exact", wanted))
    world.clock.forward(days=2)
    assert register.erase_due(world.desk) == 1
    for address in ("search-exact", "search"):
        status, found = post(client, f"/api/1/register/{address}", wanted)
        assert status == 200
        assert UID not in str(found)


def test_the_evaluation_is_read_as_it_came(answered: tuple[DeskWorld, str]) -> None:
    """L6: and no call changes it."""
    world, thread = answered
    client = system(world, *Scope)
    assert read(client, thread)["reply"]["evaluation"] == "X4"
    for act in ("evaluate", "correct"):
        status, told = post(client, f"/api/1/cases/{thread}/{act}", {"evaluation": "A1"})
        assert (status, told["code"]) == (403, "service-account.release")
    assert read(client, thread)["reply"]["evaluation"] == "X4"


def test_a_corrected_text_is_the_only_one_that_is_read(answered: tuple[DeskWorld, str]) -> None:
    """L7."""
    world, thread = answered
    client = system(world, Scope.READ_CASES)
    hold(world.partner, renamed_subject(), UID)
    RegisterSubject.objects.using(world.partner.alias).filter(uid=UID).update(version=2)
    correct(world.partner, SALMA, thread, WRONG)
    world.deliver()
    found = read(client, thread)
    assert NEW in str(found["reply"])
    assert OLD not in str(found)


def test_what_is_recalled_is_not_read(answered: tuple[DeskWorld, str]) -> None:
    """L7."""
    world, thread = answered
    client = system(world, Scope.READ_CASES)
    recall(world.partner, SALMA, thread)
    world.deliver()
    found = read(client, thread)
    assert found["reply"] is None
    assert OLD not in str(found)


def test_sealed_until_a_person_has_acknowledged(world: DeskWorld) -> None:
    """L8: a system neither reads the words nor acknowledges the conditions."""
    hold(world.partner, subject())
    thread = world.request(world.desk, about="the driver")
    answer(world.partner, SALMA, thread, UID, conditions="not to be shown before the trial")
    world.deliver()
    client = system(world, Scope.READ_CASES, Scope.REQUEST)
    for _ in range(2):
        found = read(client, thread)
        assert found["reply"] is None
        assert OLD not in str(found)
        status, told = post(client, f"/api/1/cases/{thread}/acknowledge", {})
        assert (status, told["code"]) == (403, "service-account.release")


@pytest.mark.parametrize("by", ["partner", "ourselves"])
def test_what_is_restricted_is_neither_read_nor_used(answered: tuple[DeskWorld, str], by: str) -> None:
    """L13: whoever restricted it."""
    world, thread = answered
    client = system(world, Scope.READ_CASES, Scope.REQUEST)
    if by == "partner":
        restrict_sent(world.partner, DPO, thread, ProtectionGround.CONTESTED)
        world.deliver()
    else:
        restrict_received(world.desk, DPO, thread, ProtectionGround.CONTESTED)
    found = read(client, thread)
    assert found["reply"] is None
    assert OLD not in str(found)
    status, told = post(client, f"/api/1/cases/{thread}/restrict", {"lift": True})
    assert (status, told["code"]) == (403, "service-account.release")


def test_a_restricted_question_is_not_clarified(world: DeskWorld) -> None:
    """L13."""
    thread = world.request(world.partner, about="somebody")
    restrict_received(world.desk, DPO, thread, ProtectionGround.CONTESTED)
    client = system(world, Scope.READ_CASES, Scope.REQUEST)
    assert read(client, thread)["request"] is None
    status, told = post(client, f"/api/1/cases/{thread}/clarification-request", {"question": "who?"})
    assert (status, told["code"]) == (403, "case.restricted")


@pytest.mark.parametrize("reason", ["", "  ", "ab", None])
def test_no_search_without_a_reason_over_rest(world: DeskWorld, reason: str | None) -> None:
    """L14: and the search that is made leaves who, when and why, sealed beside an entry that names nobody."""
    enter(world.desk, subject(), UID)
    client = system(world, Scope.SEARCH_REGISTER)
    for address in ("search-exact", "search"):
        body = {"words": "يوسف الخطابي", **({} if reason is None else {"reason": reason})}
        assert post(client, f"/api/1/register/{address}", body)[0] == 400
        assert not RegisterAct.objects.using(world.desk.alias).exists()
    for number, address in enumerate(("search-exact", "search"), start=1):
        body = {"words": "يوسف الخطابي", "reason": "file 12"}
        assert post(client, f"/api/1/register/{address}", body)[0] == 200
        acts = RegisterAct.objects.using(world.desk.alias).order_by("pk")
        assert acts.count() == number
        assert acts[number - 1].statement["reason"] == "file 12"
        assert "case-system" in acts[number - 1].statement["by"]


def test_no_operation_reads_the_log_of_processing(world: DeskWorld) -> None:
    """L14: whoever looks for reasons and names over REST finds none, with all scopes and on every address that reads."""
    enter(world.desk, subject(), UID)
    consult(world.desk, SALMA, UID, "a reason that nobody else reads")
    thread = world.request(world.partner, about="somebody")
    client = system(world, *Scope)
    places = {"thread": thread, "agreement": "BE-MA-2025", "identifier": "x", "number": "1", "rid": "0" * 32}
    read_ones = [a for a, each in json.loads(document())["paths"].items() if "get" in each]
    assert len(read_ones) >= 10
    for address in read_ones:
        page = client.get(
            address.format_map(Placed(places))
            + ("?agreement=BE-MA-2025" if address.endswith("/statistics") else "")
        )
        text = page.content.decode()
        assert "a reason that" not in text, address
        assert "salma" not in text, address
    for address in ("/api/1/log", "/api/1/register/log", f"/api/1/register/{UID}/log"):
        assert client.get(address).status_code == 404


class Placed(dict[str, str]):
    """Values of an address; what is not known is ``x``."""

    def __missing__(self, key: str) -> str:
        return "x"


def test_after_an_acquittal_a_system_reads_nothing(answered: tuple[DeskWorld, str]) -> None:
    """L29: and concludes nothing itself."""
    world, thread = answered
    client = system(world, Scope.READ_CASES, Scope.REQUEST)
    status, told = post(client, f"/api/1/cases/{thread}/conclude", {"outcome": "acquitted"})
    assert (status, told["code"]) == (403, "service-account.release")
    assert OLD in str(read(client, thread))
    conclude(world.desk, HEAD, "B-2026-117", CaseOutcome.ACQUITTED, "judgment")
    chase_due(world.desk)
    world.deliver()
    found = read(client, thread)
    assert (found["request"], found["reply"]) == (None, None)
    assert OLD not in str(found)


def test_the_reason_of_a_private_search_over_rest_is_committed_to(world: DeskWorld) -> None:
    """L31: no search without its case; the reason is found from the log, sealed for the data-protection officer."""
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    body = {
        "partner": "MA",
        "agreement": "BE-MA-2025",
        "purpose": "terrorism",
        "case": "B-2026-117",
        "reason": "found in the lorry",
        "offence": "participation in a terrorist group",
        "aim": "learn-more",
        "concerns": "suspect",
        "subject": {"given": "Youssef", "family": "Benjelloun", "dob": "1984-05-17"},
    }
    client = system(world, Scope.PROBE)
    for case in ("", "   "):
        assert post(client, "/api/1/probe", {**body, "case": case})[0] == 400
    assert not ProbeAsked.objects.using(world.desk.alias).exists()
    status, found = post(client, "/api/1/probe", body)
    assert status == 200, found
    row = ProbeAsked.objects.using(world.desk.alias).get(rid=found["search"])
    assert row.commitment
    assert any(row.commitment in bytes(each.leaf).decode() for each in entries_naming(world, row.rid))
    assert "lorry" not in str(vars(row))


def entries_naming(world: DeskWorld, name: str) -> list[Any]:
    """Return the entries of the log that name a search."""
    return [e for e in EvidenceEntry.objects.using(world.desk.alias) if name in bytes(e.leaf).decode()]


def test_the_reason_of_a_search_of_the_register_goes_after_three_years(world: DeskWorld) -> None:
    """L31: found from the log until then."""
    enter(world.desk, subject(), UID)
    client = system(world, Scope.SEARCH_REGISTER)
    body = {"words": "الخطابي", "reason": "file 12"}
    assert post(client, "/api/1/register/search-exact", body)[0] == 200
    statement = RegisterAct.objects.using(world.desk.alias).get(kind="searched").statement
    [entry] = entries.salted(world.desk.alias, statement["act"])
    verify_commitment(read_leaf(entry.leaf).commitment or "", entry.salt or b"", canonical.encode(statement))
    world.clock.forward(days=1096)
    assert register.erase_searches(world.desk) + erase_statements(world.desk) == 1
    assert not RegisterAct.objects.using(world.desk.alias).filter(kind="searched").exists()
    assert entries.salted(world.desk.alias, statement["act"]) == []
