"""Information that nobody asked for: its clause, its marks, its own thread; and a hostile partner."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases.cast import (
    LOTTE,
    OPERATOR,
    SALMA,
    UID,
    YOUSSEF,
    deliver,
    hold,
    subject,
    tainted,
)
from tests.federation.world import BE, MA, World
from tests.policy.conftest import with_homes
from tests.told import FACTS, marked, released

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint
from comity.errors import Refused
from comity.services.cases.inbox import list_cases
from comity.services.cases.recall import recall
from comity.services.cases.thread.acknowledge import acknowledge
from comity.services.cases.thread.inform import close_information, inform
from comity.services.cases.thread.offered import propose_information
from comity.services.cases.views import show_case
from comity.services.exchange import submit as submitting
from comity.services.exchange.status import status
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.models.cases import Case, CaseDecision
from comity.storage.models.register import RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def desks(desks: tuple[World, str], tmp_path: Any) -> tuple[World, str]:
    with_homes(desks[0], tmp_path)
    return desks


def tell(world: World, agreement: str, **changes: Any) -> str:
    usual: dict[str, Any] = {
        "actor": SALMA,
        "partner": BE,
        "agreement": agreement,
        "purpose": Purpose.TERRORISM,
        "matter": "a driver on his way",
        "reasons": "he booked a passage to Ostend",
        "subject": UID,
        "categories": {DataCategory.NAMES},
        "assertions": FACTS,
    }
    return inform(world.ma, **{**usual, **changes})


def test_given_and_read(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = tell(world, agreement)
    deliver(world)
    [entry] = list_cases(world.be, LOTTE, open_only=True)
    assert (entry.thread, entry.side) == (thread, "told")
    [said] = show_case(world.be, LOTTE, thread)["passages"]
    assert set(said["words"]["subject"]["fields"]) == {"names"}
    assert (said["words"]["handling"], said["words"]["evaluation"]) == ("H1", "X4")
    close_information(world.be, LOTTE, thread)
    assert list_cases(world.be, LOTTE, open_only=True) == []
    with pytest.raises(Refused, match=r"case\.closed"):
        close_information(world.be, LOTTE, thread)
    recall(world.ma, SALMA, thread)
    deliver(world)
    [said] = show_case(world.be, LOTTE, thread)["passages"]
    assert (said["state"], said["words"]) == ("gone", None)


def test_without_a_person_an_officer_may(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = tell(world, agreement, actor=YOUSSEF, subject=None, categories=())
    deliver(world)
    [said] = show_case(world.be, LOTTE, thread)["passages"]
    assert said["words"]["subject"] is None


def test_conditions_are_acknowledged_first(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = tell(world, agreement, conditions="not to be shown to the press")
    deliver(world)
    assert show_case(world.be, LOTTE, thread)["passages"][0]["words"] is None
    acknowledge(world.be, LOTTE, thread, thread)
    assert show_case(world.be, LOTTE, thread)["passages"][0]["words"] is not None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"actor": YOUSSEF}, "case.approver"),
        ({"actor": OPERATOR}, "case.approver"),
        ({"partner": MA}, "agreement.parties"),
        ({"purpose": Purpose.IDENTIFICATION}, "clause.none"),
        ({"categories": {DataCategory.FINGERPRINTS}}, "case.second"),
        ({"categories": {DataCategory.CRIMINAL_RECORD}}, "case.category"),
        ({"categories": {DataCategory.ADDRESSES}}, "case.not-held"),
    ],
)
def test_what_is_not_given(desks: tuple[World, str], change: dict[str, Any], code: str) -> None:
    world, agreement = desks
    with pytest.raises(Refused, match=code.replace(".", r"\.")):
        tell(world, agreement, **change)
    assert Case.objects.using("ma").count() == 0


@pytest.mark.parametrize("taint", [Taint.ASYLUM, Taint.RETURN_SUSPENDED, Taint.QUARANTINED])
def test_taints_block_here_too(desks: tuple[World, str], taint: Taint) -> None:
    world, agreement = desks
    hold(world.ma, tainted(taint))
    with pytest.raises(Refused, match=r"law\.protected"):
        tell(world, agreement)


@pytest.mark.parametrize("taint", [Taint.ASYLUM, Taint.SIS, Taint.QUARANTINED])
def test_who_only_looks_at_what_could_be_told_leaves_the_true_ground(
    desks: tuple[World, str], taint: Taint
) -> None:
    """So does who has seen an offer, and would give it after a mark has come."""
    world, agreement = desks
    hold(world.ma, subject())
    offered = propose_information(world.ma, SALMA, agreement, Purpose.TERRORISM, UID, "file 12")
    hold(world.ma, tainted(taint))
    for tried in (
        lambda: propose_information(world.ma, SALMA, agreement, Purpose.TERRORISM, UID, "file 12"),
        lambda: tell(world, agreement, shown=offered.digest),
    ):
        CaseDecision.objects.using("ma").all().delete()
        with pytest.raises(Refused, match=r"law\.protected"):
            tried()
        assert CaseDecision.objects.using("ma").filter(kind="block").count() == 1


def test_anothers_information_is_not_given(desks: tuple[World, str]) -> None:
    world, agreement = desks
    hold(world.ma, subject(owner=BE))
    with pytest.raises(Refused, match=r"case\.not-owner"):
        tell(world, agreement)


def test_an_entry_that_changes_while_it_is_sent_is_not_sent(
    desks: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, agreement = desks
    hold(world.ma, subject())
    seal = submitting._write

    def meanwhile(*given: Any) -> Any:
        RegisterSubject.objects.using("ma").filter(uid=UID).update(version=2)
        return seal(*given)

    monkeypatch.setattr(submitting, "_write", meanwhile)
    with pytest.raises(Refused, match=r"case\.changed"):
        tell(world, agreement)
    assert not Case.objects.using("ma").exists()


SMUGGLED = {
    "beside": {"accounts": ["MA64 0115"], "asylum": "applied in 2019"},
    "category": {"category": "witness"},
    "inside": {"fields": {"names": [{"text": "Yasmine", "asylum": "applied in 2019"}]}},
    "deeper": {"fields": {"names": [{"text": {"asylum": "applied in 2019"}}]}},
    "mark": {"handling": "H1, and he applied for asylum in the year 2019"},
}


@pytest.mark.parametrize("way", SMUGGLED)
def test_nothing_stands_beside_what_the_header_names(desks: tuple[World, str], way: str) -> None:
    world, agreement = desks
    whole = released({"names": ["Yasmine"]})
    if "fields" in SMUGGLED[way]:
        whole = released(SMUGGLED[way]["fields"])
    body = {
        "matter": "x",
        "reasons": "x",
        "handling": "H1",
        "evaluation": "X4",
        "subject_category": "suspect",
    }
    outgoing = Outgoing(
        BE,
        Regime.POLICE,
        "information",
        Act.INFORM,
        marked({**body, "subject": {**whole, **SMUGGLED[way]}}),
        agreement=agreement,
        clause="terrorism.request",
        purpose=Purpose.TERRORISM,
        data=frozenset({DataCategory.NAMES}),
        subjects=frozenset({SubjectCategory.SUSPECT}),
        handling=Handling.H1,
        decision="0" * 64,
    )
    message = submit(world.ma, outgoing, SALMA)
    deliver(world)
    found = status(world.ma, message)
    assert found is not None
    assert found.code == ("case.handling" if way == "mark" else "case.header")


@pytest.mark.parametrize(
    ("body", "header", "code"),
    [
        ({}, {"data": frozenset({DataCategory.NAMES, DataCategory.PHONES})}, None),
        ({"subject": {"fields": {"phones": ["+32"]}}}, {}, "case.header"),
        ({}, {"handling": Handling.H2}, "case.header"),
        ({}, {"subjects": frozenset({SubjectCategory.CONVICTED})}, "case.header"),
        ({"subject_category": None}, {}, "case.message-malformed"),
        ({"origin": {"owner": MA, "consent": "0" * 64}}, {}, "case.header"),
        ({"origin": {"owner": BE, "consent": "0" * 64}}, {}, "case.header"),
        ({"more": 1}, {}, "case.message-malformed"),
        ({}, {"act": Act.RECEIPT}, "message.act"),
    ],
)
def test_hostile(
    desks: tuple[World, str], body: dict[str, Any], header: dict[str, Any], code: str | None
) -> None:
    world, agreement = desks
    told = {
        "matter": "x",
        "reasons": "x",
        "subject": {"fields": {"names": []}},
        "handling": "H1",
        "evaluation": "X4",
        "subject_category": "suspect",
        **body,
    }
    content = marked(told)
    claims: dict[str, Any] = {
        "act": Act.INFORM,
        "data": frozenset({DataCategory.NAMES}),
        "subjects": frozenset({SubjectCategory.SUSPECT}),
        "handling": Handling.H1,
        "decision": "0" * 64,
        **header,
    }
    outgoing = Outgoing(
        BE,
        Regime.POLICE,
        "information",
        body=content,
        agreement=agreement,
        clause="terrorism.request",
        purpose=Purpose.TERRORISM,
        **claims,
    )
    message = submit(world.ma, outgoing, SALMA)
    deliver(world)
    found = status(world.ma, message)
    assert found is not None
    assert found.code == code
    assert Case.objects.using("be").count() == (0 if code else 1)
