"""What is listed of indexes and searches: what is published now, what was, what is over; and for whom."""

from __future__ import annotations

import pytest
from tests.federation.world import BE
from tests.services.probe.land import GROUP, KEEPER, OFFICER, PEOPLE, STRANGER, Land, fill

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import Refused
from comity.services.context import SYSTEM, Actor, ActorKind
from comity.services.probe.index import EPOCH
from comity.services.probe.status import listed, searches
from comity.services.probe.upkeep import rotate

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

LATER = ("Rkia", "Tahiri Jouti", "1972-03-21", "Salé", "suspect", "")


def states(land: Land) -> list[tuple[int, int, str]]:
    return [(one["epoch"], one["version"], one["state"]) for one in listed(land.ma)]


def test_the_layers_of_an_index_are_published_until_they_are_replaced(land: Land) -> None:
    land.published()
    fill(land.ma, (*PEOPLE, LATER))
    land.published()
    assert states(land) == [(1, 2, "published"), (1, 1, "published")]


def test_an_ended_epoch_is_not_published(land: Land) -> None:
    land.published()
    rotate(land.ma, BE, Regime.POLICE, GROUP, SYSTEM, compromised=False)
    assert states(land) == [(2, 2, "published"), (1, 1, "ended")]
    land.clock.forward(days=EPOCH.days + 1)
    assert [state for _, _, state in states(land)] == ["ended", "ended"]


def test_what_a_forced_base_took_the_place_of(land: Land) -> None:
    from comity.services.probe.index import publish

    land.published()
    publish(land.ma, BE, Regime.POLICE, GROUP, force=True)
    assert states(land) == [(1, 2, "published"), (1, 1, "replaced")]


@pytest.mark.parametrize(
    ("regime", "role", "number"),
    [
        (Regime.POLICE, Role.HEAD_OF_DESK, 1),
        (Regime.POLICE, Role.AUDITOR, 1),
        (Regime.POLICE, Role.DATA_PROTECTION_OFFICER, 1),
        (Regime.INTELLIGENCE, Role.AUDITOR, 0),
    ],
)
def test_searches_are_listed_for_who_oversees_their_regime(
    land: Land, regime: Regime, role: Role, number: int
) -> None:
    land.published()
    land.ask(given="Zoulikha", family="Bourgheda", dob="1981-05-17")
    actor = Actor("hajar", ActorKind.OFFICER, frozenset({(regime, role)}))
    assert len(searches(land.be, 20, actor)) == number
    assert len(searches(land.be, 20, KEEPER)) == 1
    assert "Bourgheda" not in str(searches(land.be, 20, KEEPER))


def test_not_for_who_only_searches(land: Land) -> None:
    with pytest.raises(Refused, match=r"^actor\.role"):
        searches(land.be, 20, OFFICER)
    assert searches(land.be, 20, STRANGER) == []
