"""What the worker does by itself: publish what changed, fetch what was announced, forget old answers."""

from __future__ import annotations

import pytest
from tests.services.probe.land import KEEPER, Land

from comity.core.probe.opening import Strength
from comity.errors import Refused
from comity.services.exchange.deliver import deliver_due
from comity.services.probe import upkeep
from comity.services.probe.resolve import resolve
from comity.services.probe.upkeep import fetch_due, forget_answers, publish_due
from comity.services.register.state import restrict
from comity.storage.models.probe import ProbeAnswered

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


def test_published_fetched_and_published_again_only_when_something_changed(land: Land) -> None:
    assert publish_due(land.ma, land.network.channels) == 1
    assert publish_due(land.ma, land.network.channels) == 0
    deliver_due(land.ma, land.network.channels)
    assert fetch_due(land.be, land.network.channels) == 1
    assert fetch_due(land.be, land.network.channels) == 0
    known = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
    outcome = land.ask(**known)
    assert outcome.strength is Strength.HIT
    land.clock.forward(seconds=60)
    restrict(land.ma, KEEPER, resolve(land.ma, outcome.references[0].reference), "contested")
    assert publish_due(land.ma, land.network.channels) == 1
    deliver_due(land.ma, land.network.channels)
    assert fetch_due(land.be, land.network.channels) == 1
    assert land.ask(**known).strength is Strength.MISS


def test_what_was_refused_is_tried_again(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise Refused("partner.unconfirmed")

    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "publish", refused)
        assert publish_due(land.ma, land.network.channels) == 0
    assert publish_due(land.ma, land.network.channels) == 1
    assert publish_due(land.ma, land.network.channels) == 0


def test_a_partner_out_of_reach_is_tried_again(land: Land) -> None:
    publish_due(land.ma, land.network.channels)
    deliver_due(land.ma, land.network.channels)
    land.network.cut_off.add(land.ma.service)
    assert fetch_due(land.be, land.network.channels) == 0
    land.network.cut_off.clear()
    assert fetch_due(land.be, land.network.channels) == 1


def test_old_answers_are_forgotten_and_the_count_stays(land: Land) -> None:
    land.published()
    land.ask(given="Hassan", family="Mekkaoui", dob="1960-04-04")
    assert forget_answers(land.ma, land.network.channels) == 0
    land.clock.forward(days=3)
    assert forget_answers(land.ma, land.network.channels) == 1
    assert ProbeAnswered.objects.using("ma").get().answer is None
