"""Where records stand is stored some at a time before a layer is announced: a stopped attempt leaves nothing, nobody waits."""

from __future__ import annotations

from typing import Any

import pytest
from tests.federation.world import BE, MA
from tests.services.probe.land import GROUP, KEEPER, PEOPLE, Land, fill

from comity.core.codes.exchange import Regime
from comity.core.probe.opening import Strength
from comity.services.probe import index
from comity.services.probe.index import publish
from comity.services.probe.layers import stored
from comity.services.probe.replica import fetch
from comity.services.probe.resolve import resolve
from comity.services.register.state import restrict
from comity.storage.indexes import layers
from comity.storage.models.probe import ProbeIndex, ProbePlaced, ProbeTombstone

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
LATER = ("Rkia", "Tahiri Jouti", "1972-03-21", "Salé", "suspect", "")
LATE = {"given": "Rkia", "family": "Tahiri Jouti", "dob": "1972-03-21"}


class Killed(BaseException):
    """As if the process had been killed: no code of the node catches it."""


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "AT_ONCE", 1)
    monkeypatch.setattr(layers, "FORGOTTEN_AT_ONCE", 1)


def stopped(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish, and be killed when all records are placed and nothing is announced."""
    with monkeypatch.context() as patch:
        patch.setattr(index, "submit", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            publish(land.ma, BE, Regime.POLICE, GROUP)


def taken(land: Land) -> None:
    land.published()
    fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)


def uid_of(land: Land) -> str:
    return resolve(land.ma, land.ask(**KNOWN).references[0].reference)


def test_a_base_that_was_placed_and_not_announced_is_placed_again(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(land, monkeypatch)
    left = ProbePlaced.objects.using("ma").count()
    assert left > 0
    assert not ProbeIndex.objects.using("ma").exists()
    made = land.published()
    assert (made.new, made.version) == (True, 1)
    assert ProbePlaced.objects.using("ma").count() == left
    assert land.ask(**KNOWN).strength is Strength.HIT


def test_who_was_placed_in_a_delta_that_was_not_announced_is_not_taken_for_published(
    land: Land, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(land)
    fill(land.ma, (*PEOPLE, LATER))
    stopped(land, monkeypatch)
    index.state.sweep(land.ma)
    made = land.published()
    assert (made.new, made.version) == (True, 2)
    assert land.ask(**LATE).strength is Strength.HIT
    assert ProbePlaced.objects.using("ma").filter(layer=2).count() == 1


@pytest.mark.parametrize("force", [False, True])
def test_who_is_hidden_while_records_are_placed_is_not_found(
    land: Land, monkeypatch: pytest.MonkeyPatch, *, force: bool
) -> None:
    taken(land)
    uid = uid_of(land)
    fill(land.ma, (*PEOPLE, LATER))
    honest, done = layers.add_placed, []

    def adding(alias: str, rows: Any) -> None:
        honest(alias, rows)
        placed = ProbePlaced.objects.using("ma").filter(layer=2)
        if not done and (not force or placed.filter(subject=uid).exists()):
            done.append(restrict(land.ma, KEEPER, uid, "contested"))

    monkeypatch.setattr(layers, "add_placed", adding)
    publish(land.ma, BE, Regime.POLICE, GROUP, force=force)
    assert done
    assert not ProbePlaced.objects.using("ma").filter(subject=uid).exists()
    taken(land)
    assert land.ask(**LATE).strength is Strength.HIT
    assert land.ask(**KNOWN).strength is Strength.MISS


def test_layers_that_nobody_may_search_are_forgotten_once_the_new_one_stands(land: Land) -> None:
    for _ in range(4):
        publish(land.ma, BE, Regime.POLICE, GROUP, force=True)
    assert set(ProbePlaced.objects.using("ma").values_list("layer", flat=True)) == {3, 4}
    assert not ProbeTombstone.objects.using("ma").filter(layer__lt=3).exists()


def test_between_two_transactions_others_have_their_turn(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    ticks = iter(range(10_000))
    object.__setattr__(land.ma, "ticks", lambda: float(next(ticks)))
    object.__setattr__(land.ma, "sleep", rests.append)
    made = publish(land.ma, BE, Regime.POLICE, GROUP)
    assert made.records >= 4
    assert len(rests) >= made.records - 1
    assert set(rests) == {stored.REST}
