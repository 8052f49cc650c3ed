"""What the law and the agreement refuse, they refuse to a national system too: fields, purposes, grounds, assurances."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import system
from tests.api.test_rest import PROBE, REQUEST
from tests.api.test_threads import post
from tests.policy.test_l02_fields import wide
from tests.policy.test_l09_special import unneeded
from tests.policy.test_l20_derogation import CAPPED
from tests.policy.test_l21_assurances import YESTERDAY, given
from tests.policy.test_l34_treaties import RESTING
from tests.policy.transfers import stating
from tests.web.world import MA, OPERATOR, DeskWorld, make_desk_world, sign_between

from comity.api.document import document
from comity.core.agreement.model import Agreement
from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.core.codes.transfer import Assurance, Treaty
from comity.services.people.service_accounts import Scope
from comity.services.rights.ledger import differences
from comity.services.transfers.status import note_change
from comity.storage.models.cases import Case
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.rights import Disclosure

CODE = "BE-MA-OTHER"


def under(world: DeskWorld, agreement: Agreement) -> str:
    """Let both sign another agreement beside the plan, and return its hash."""
    return sign_between((world.desk, world.partner), agreement.model_copy(update={"code": CODE}))


def asked(client: Client, **changes: Any) -> tuple[int, str | None]:
    """Request information under that agreement; return status and code."""
    status, told = post(client, "/api/1/cases", {**REQUEST, "agreement": CODE, **changes})
    return status, told.get("code")


def told(client: Client, **changes: Any) -> tuple[int, str | None]:
    """Give information that describes nobody under that agreement; return status and code."""
    body = {
        "partner": "MA",
        "agreement": CODE,
        "purpose": "terrorism",
        "matter": "a depot",
        "reasons": "near you",
        "assertions": {"matter": "fact", "reasons": "assessment"},
    }
    status, found = post(client, "/api/1/information", {**body, **changes})
    return status, found.get("code")


def nothing_left(world: DeskWorld) -> bool:
    return not ExchangedMessage.objects.using(world.desk.alias).filter(direction="out").exists()


def test_no_other_purpose_than_a_clause_names(world: DeskWorld) -> None:
    """L1: what no clause names is asked for under none; what was received is used for nothing else over REST."""
    clauses = tuple(each for each in wide().clauses if each.purpose == "terrorism")
    under(world, wide().model_copy(update={"clauses": clauses}))
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    for purpose in ("drugs", "money-laundering"):
        status, code = asked(client, purpose=purpose)
        assert status in (400, 403), code
        assert told(client, purpose=purpose)[0] in (400, 403)
    assert nothing_left(world)
    thread = world.request(world.partner, about="somebody")
    for act in ("use", "pass-on", "consent"):
        status, found = post(client, f"/api/1/cases/{thread}/{act}", {"purpose": "drugs"})
        assert (status, found["code"]) == (403, "service-account.release")
    assert asked(client) == (200, None)


@pytest.mark.parametrize(
    ("category", "field"),
    [("witness", "accounts"), ("victim", "addresses"), ("informant", "names"), ("contact", "accounts")],
)
def test_no_field_beyond_the_category_is_asked_for(world: DeskWorld, category: str, field: str) -> None:
    """L2: no agreement opens it, and the default asks for no more than the ceiling."""
    under(world, wide())
    client = system(world, Scope.REQUEST)
    assert asked(client, subject_category=category, categories=[field]) == (403, "law.fields")
    assert nothing_left(world)
    assert asked(client, subject_category="witness", categories=["names"]) == (200, None)


def test_special_categories_need_their_necessity_and_are_no_key(world: DeskWorld) -> None:
    """L9."""
    under(world, unneeded())
    client = system(world, Scope.REQUEST, Scope.PROBE)
    assert asked(client, categories=["fingerprints", "names"]) == (403, "law.special")
    for word in ("religion", "ethnicity", "health", "fingerprints"):
        status, found = post(client, "/api/1/probe", {**PROBE, "subject": {word: "x", "given": "Youssef"}})
        assert (status, found["code"]) == (400, "probe.subject-unknown-column")
    assert nothing_left(world)
    assert asked(client, categories=["names"]) == (200, None)


def test_what_a_system_sends_stands_on_no_ledger_since_it_tells_of_nobody(world: DeskWorld) -> None:
    """L12: all that a system can send; ledger, message log and evidence are equal, and the ledger is no system's."""
    thread = world.request(world.partner, about="somebody")
    under(world, wide())
    client = system(world, *Scope)
    assert asked(client) == (200, None)
    assert told(client) == (200, None)
    assert post(client, f"/api/1/cases/{thread}/clarification-request", {"question": "who?"})[0] == 200
    world.deliver()
    assert ExchangedMessage.objects.using(world.desk.alias).filter(direction="out").count() == 3
    assert not Disclosure.objects.using(world.desk.alias).exists()
    found = differences(world.desk)
    assert (found.missing, found.unfounded, found.unproven) == ((), (), ())
    for address in ("/api/1/ledger", "/api/1/evidence/ledger", "/api/1/evidence/persons/ledger"):
        assert client.get(address).status_code == 404


def test_a_system_tells_of_no_person(world: DeskWorld) -> None:
    """L6, L10, L12: what an officer would release is no part of the body; it is refused and not left out unsaid."""
    under(world, wide())
    client = system(world, Scope.REQUEST)
    for field, value in (
        ("subject", "5" * 32),
        ("categories", ["names"]),
        ("evaluation", "A1"),
        ("handling", "H0"),
        ("subject_category", "suspect"),
    ):
        assert told(client, **{field: value}) == (400, "api.malformed"), field
    assert nothing_left(world)
    assert told(client) == (200, None)
    world.deliver()
    body = Case.objects.using(world.partner.alias).get()
    assert (body.side, body.reply) == ("told", None)


def test_no_operation_makes_an_agreement(world: DeskWorld) -> None:
    """L15: an agreement comes into being at the console only, with the reference of its assessment."""
    paths = json.loads(document())["paths"]
    making = {
        (address, method)
        for address, methods in paths.items()
        for method in methods
        if "agreement" in address.split("{")[0] and method != "get"
    }
    assert making == set()
    client = system(world, *Scope)
    for address in ("/api/1/agreements", "/api/1/agreements/BE-MA-2025"):
        assert post(client, address, {"dpia": ""})[0] == 405


def test_a_derogation_is_counted_over_rest_too(world: DeskWorld) -> None:
    """L20: up to its cap and no further."""
    under(world, CAPPED)
    client = system(world, Scope.REQUEST)
    assert [told(client) for _ in range(3)] == [(200, None), (200, None), (403, "transfer.volume")]
    assert asked(client) == (403, "transfer.volume")
    world.clock.forward(days=29)
    assert told(client) == (403, "transfer.volume")
    world.clock.forward(days=2)
    assert told(system(world, Scope.REQUEST, name="renewed")) == (200, None)


def test_without_assurances_nothing_goes_over_rest(world: DeskWorld) -> None:
    """L21."""
    under(world, given("MA", Assurance.SPECIFICITY, until=YESTERDAY))
    client = system(world, Scope.REQUEST)
    assert asked(client) == (403, "transfer.assurance")
    assert told(client) == (403, "transfer.assurance")
    assert nothing_left(world)


def test_the_moroccan_side_needs_its_ground_over_rest_too(db: None, tmp_path: Any) -> None:
    """L33."""
    world = make_desk_world(tmp_path, MA)
    under(world, stating("MA", grounds=()))
    client = system(world, Scope.REQUEST)
    assert asked(client, partner="BE") == (403, "transfer.ground")
    assert told(client, partner="BE") == (403, "transfer.ground")
    assert nothing_left(world)
    body = {"partner": "BE", "agreement": "BE-MA-2025"}
    assert asked(client, **body) == (200, None)


def test_a_denounced_treaty_closes_the_way_over_rest(world: DeskWorld) -> None:
    """L34: from the moment it is noted."""
    name = under(world, RESTING)
    client = system(world, Scope.REQUEST, Scope.READ_AGREEMENTS)
    assert told(client) == (200, None)
    note_change(
        world.desk,
        OPERATOR,
        name,
        "MA",
        ChangeKind.TREATY,
        Treaty.CONVENTION_108.value,
        ChangeEffect.ENDED,
        world.clock(),
        "denounced",
    )
    assert told(client) == (403, "transfer.treaty")
    assert asked(client) == (403, "transfer.treaty")
    ways = {
        way["sender"]: way for way in client.get(f"/api/1/agreements/{CODE}/transfers").json()["directions"]
    }
    assert [each["code"] for each in ways[world.desk.service]["missing"]["terrorism"]] == ["transfer.treaty"]
