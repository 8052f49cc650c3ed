"""A refusal that rests on a closed list names the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.cases.cast import LOTTE, SALMA, UID, ask
from tests.federation.world import BE, World, make_world
from tests.told import FACTS

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import DataCategory, DelayGround, Role
from comity.errors import ComityError, InputError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.cases.thread.inform import inform
from comity.services.clocks.delay import extend
from comity.services.custody.create import check_regimes
from comity.services.people.accounts import parse_roles
from comity.services.people.service_accounts import parse_scopes
from comity.services.protection.restrict import restrict_sent

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def refused(act: Callable[[], object], code: str) -> list[str]:
    """Return what the refusal with this code names as allowed."""
    with pytest.raises(ComityError) as found:
        act()
    assert found.value.code == code
    return str(found.value.facts["allowed"]).split(", ")


def test_the_grounds_of_the_clause_for_more_time(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    day = timedelta(days=1)
    named = refused(
        lambda: extend(world.ma, SALMA, thread, DelayGround.COMPLEXITY, day, "hard"), "clock.ground"
    )
    assert named == ["judicial-authorisation"]
    with pytest.raises(Refused, match=r"clock\.too-long .*longest_hours="):
        extend(world.ma, SALMA, thread, DelayGround.JUDICIAL_AUTHORISATION, 91 * day, "a judge")


def test_what_the_clause_permits(asked: tuple[World, str, str]) -> None:
    world, agreement, thread = asked
    beyond = refused(lambda: ask(world, agreement, categories={DataCategory.CRIMINAL_RECORD}), "clause.data")
    assert "names" in beyond
    assert "criminal-record" not in beyond
    assert "terrorism" in refused(
        lambda: ask(world, agreement, purpose=Purpose.IDENTIFICATION), "clause.none"
    )
    chosen = {DataCategory.CRIMINAL_RECORD}
    assert "names" in refused(lambda: answer(world.ma, SALMA, thread, categories=chosen), "case.category")

    def tell() -> str:
        return inform(
            world.ma,
            SALMA,
            BE,
            agreement,
            Purpose.TERRORISM,
            "a",
            "b",
            subject=UID,
            categories=chosen,
            assertions=FACTS,
        )

    assert "names" in refused(tell, "case.category")


def test_the_grounds_of_recalls_and_restrictions(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    wrong = ProtectionGround.CONTESTED
    assert refused(lambda: recall(world.be, LOTTE, thread, ground=wrong), "protection.ground")
    answer(world.ma, SALMA, thread)
    named = refused(
        lambda: restrict_sent(world.ma, SALMA, thread, ProtectionGround.INACCURATE), "protection.ground"
    )
    assert "accuracy-contested" in named


def test_the_roles_of_the_regimes_of_the_node() -> None:
    world = make_world()
    named = refused(lambda: parse_roles(world.be, ["police:king"]), "officer.role")
    assert "police:approver" in named
    assert parse_roles(world.be, ["police:approver"]) == {(Regime.POLICE, Role.APPROVER)}


def test_regimes_and_scopes() -> None:
    assert refused(lambda: check_regimes(()), "init.regimes") == list(Regime)
    assert "probe" in refused(lambda: parse_scopes(["all"]), "service-account.scopes")
    with pytest.raises(InputError, match=r"allowed=probe, "):
        parse_scopes([])
