"""Accounts: who may change them, what stands in the evidence, what is stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.web.world import OPERATOR, PASSWORD, SECRET, DeskWorld, make_desk_world

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import InputError, Refused
from comity.services.context import Node
from comity.services.people import accounts, actor_of, desk, factor, named_actor
from comity.services.people.accounts import Enrolment
from comity.storage import people
from comity.storage.models.evidence import EvidenceEntry

pytestmark = pytest.mark.django_db(databases=["default", "ma"])
POLICE = frozenset({(Regime.POLICE, Role.OFFICER)})


@pytest.fixture
def world(db: None, tmp_path: Path) -> DeskWorld:
    return make_desk_world(tmp_path)


def leaves(node: Node) -> list[dict[str, object]]:
    return [json.loads(bytes(row.leaf)) for row in EvidenceEntry.objects.using(node.alias).order_by("id")]


def kinds(node: Node) -> list[object]:
    return [leaf["kind"] for leaf in leaves(node)]


def test_every_change_stands_in_the_evidence_without_a_name(world: DeskWorld) -> None:
    node = world.desk
    accounts.enrol(node, OPERATOR, Enrolment("jan.janssens", PASSWORD, POLICE, "nl"))
    accounts.give_roles(node, OPERATOR, "jan.janssens", frozenset())
    accounts.change_password(node, OPERATOR, "jan.janssens", PASSWORD + "2")
    accounts.reset_second_factor(node, OPERATOR, "jan.janssens")
    accounts.disable(node, OPERATOR, "jan.janssens")
    accounts.enable(node, OPERATOR, "jan.janssens")
    assert kinds(node) == [
        "officer.enrolled",
        "officer.roles",
        "officer.password",
        "officer.second-factor-reset",
        "officer.disabled",
        "officer.enabled",
    ]
    assert "jan.janssens" not in json.dumps(leaves(node))


def test_roles_make_the_actor(world: DeskWorld) -> None:
    account = accounts.enrol(world.desk, OPERATOR, Enrolment("jan.janssens", PASSWORD, POLICE))
    assert actor_of(account).roles == POLICE
    assert named_actor(world.desk, "jan.janssens").name == "jan.janssens"
    accounts.disable(world.desk, OPERATOR, "jan.janssens")
    with pytest.raises(Refused, match="officer.disabled"):
        named_actor(world.desk, "jan.janssens")
    with pytest.raises(InputError, match="officer.unknown"):
        named_actor(world.desk, "nobody")


@pytest.mark.parametrize(
    ("enrolment", "code"),
    [
        (Enrolment("Jan Janssens", PASSWORD, POLICE), "officer.name"),
        (Enrolment("jan", "short", POLICE), "officer.password"),
        (Enrolment("jan", "startfinding", POLICE), "officer.password"),
        (Enrolment("jan.janssens.brussels", "jan.janssens.brussels", POLICE), "officer.password"),
        (Enrolment("jan", PASSWORD, POLICE, "de"), "officer.language"),
    ],
)
def test_a_bad_account_is_refused(world: DeskWorld, enrolment: Enrolment, code: str) -> None:
    with pytest.raises(InputError, match=code):
        accounts.enrol(world.desk, OPERATOR, enrolment)
    assert kinds(world.desk) == []


def test_a_name_is_given_once(world: DeskWorld) -> None:
    accounts.enrol(world.desk, OPERATOR, Enrolment("jan", PASSWORD, POLICE))
    with pytest.raises(InputError, match="officer.exists"):
        accounts.enrol(world.desk, OPERATOR, Enrolment("jan", PASSWORD, POLICE))


def test_demo_accounts_exist_in_demonstrations_only(world: DeskWorld) -> None:
    with pytest.raises(Refused, match="officer.demo"):
        accounts.enrol(world.desk, OPERATOR, Enrolment("jan", PASSWORD, POLICE, demo=True))
    accounts.enrol(world.desk, OPERATOR, Enrolment("jan", PASSWORD, POLICE))
    with pytest.raises(Refused, match="officer.demo"):
        factor.demo_code(world.desk, "jan")
    with pytest.raises(Refused, match="officer.demo"):
        factor.enrol_for_demo(world.desk, "jan")


def test_only_administrators_change_accounts_and_never_their_own(world: DeskWorld) -> None:
    accounts.enrol(world.desk, OPERATOR, Enrolment("jan", PASSWORD, POLICE))
    admin = frozenset({(Regime.POLICE, Role.ADMINISTRATOR)})
    accounts.enrol(world.desk, OPERATOR, Enrolment("the.admin", PASSWORD, admin))
    officer, administrator = named_actor(world.desk, "jan"), named_actor(world.desk, "the.admin")
    for act in (accounts.disable, accounts.enable, accounts.reset_second_factor):
        with pytest.raises(Refused, match="actor.role"):
            act(world.desk, officer, "the.admin")
    for act in (accounts.enable, accounts.reset_second_factor):
        with pytest.raises(Refused, match="officer.self"):
            act(world.desk, administrator, "the.admin")
    with pytest.raises(Refused, match="officer.self"):
        accounts.give_roles(world.desk, administrator, "the.admin", POLICE)
    accounts.give_roles(world.desk, administrator, "jan", admin)
    assert named_actor(world.desk, "jan").roles == admin


def test_roles_are_read_with_or_without_the_regime(world: DeskWorld) -> None:
    assert accounts.parse_roles(world.desk, ["police:officer"]) == POLICE
    for text in ("officer", "intelligence:officer", "police:chief", ""):
        with pytest.raises(InputError, match="officer.role"):
            accounts.parse_roles(world.desk, [text])


def test_the_code_is_that_of_the_standard() -> None:
    """RFC 6238, appendix B, cut to six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert factor.totp(secret, seconds) == code


def test_secrets_of_second_factors_are_sealed(world: DeskWorld) -> None:
    account = world.enrol("jan", Role.OFFICER)
    stored = people.totp_secret(world.desk.alias, account)
    assert stored is not None
    assert SECRET not in stored
    assert factor.open_secret(world.desk, stored) == SECRET


def test_drafts_are_sealed_and_end(world: DeskWorld) -> None:
    from django.db import connections

    account = world.enrol("jan", Role.OFFICER)
    desk.keep_draft(world.desk, account, "request", {"facts": "Youssef Benjelloun"})
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT content FROM storage_draft")
        assert b"Benjelloun" not in bytes(cursor.fetchone()[0])
    world.clock.forward(days=6)
    assert desk.drop_old_drafts(world.desk) == 0
    world.clock.forward(days=2)
    assert desk.drop_old_drafts(world.desk) == 1
    assert desk.draft(world.desk, account, "request") is None
