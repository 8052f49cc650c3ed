"""Searches under oversight: replayed on both nodes, drawn at random, opened with a reason, never telling whom."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.attacks.conftest import land, officer_key
from tests.cases.clocked import recorded
from tests.federation.world import make_card, node_keys
from tests.oversight.test_replay import AUDITOR, WHY, codes
from tests.services.probe.land import KEEPER, Land

from comity.core.cases.statistics import Period
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.oversight.bundle import open_bundle
from comity.core.oversight.dossier import Way
from comity.core.oversight.sampling import drawn
from comity.core.policy.decide import Permit
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind
from comity.services.oversight.look import bundle, looks, replay
from comity.services.oversight.sample import draw
from comity.services.probe.audit import audit
from comity.storage import partners
from comity.storage.models.probe import ProbeAnswered, ProbeAsked

__all__ = ["land", "officer_key"]
pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
SOMEBODY = {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"}


@pytest.fixture(autouse=True)
def _own_cards(land: Land) -> None:
    for node in (land.be, land.ma):
        partners.add_own_card(
            node.alias, 1, make_card(node.service, node_keys(node.service))[1], land.clock()
        )


def period(land: Land) -> Period:
    return Period(first=land.clock() - timedelta(days=1), before=land.clock() + timedelta(days=1))


def test_both_sides_replay_a_search_and_neither_shows_the_person(land: Land) -> None:
    rid = land.ask(**SOMEBODY).rid
    asked, answered = (replay(node, AUDITOR, rid, WHY) for node in (land.be, land.ma))
    for found, way in ((asked, Way.OUT), (answered, Way.IN)):
        assert codes(found) == []
        [step] = found.steps
        assert (step.way, step.kind, step.agrees) == (way, "probe", True)
        assert isinstance(step.decision, Permit)
        files = bundle(land.be if way is Way.OUT else land.ma, AUDITOR, rid, WHY)
        assert b"Mekkaoui" not in b"".join(files.values())
        assert codes(open_bundle(files)) == []
    assert asked.dossier.search is not None
    assert asked.dossier.search.purpose is not None
    assert answered.dossier.search is not None
    assert answered.dossier.search.purpose is None, "the purpose does not travel"


def test_a_search_beyond_the_quota_is_named(land: Land) -> None:
    rid = land.ask(**SOMEBODY).rid
    ProbeAsked.objects.using("be").update(today=1_000_000)
    ProbeAnswered.objects.using("ma").update(today=1_000_000)
    for node in (land.be, land.ma):
        found = replay(node, AUDITOR, rid, WHY)
        assert codes(found) == ["replay.refused"]
        assert found.findings[0].note == "quota.day"


def test_a_search_whose_commitment_is_not_the_logged_one_is_named(land: Land) -> None:
    rid = land.ask(**SOMEBODY).rid
    ProbeAsked.objects.using("be").update(commitment="0" * 64)
    assert codes(replay(land.be, AUDITOR, rid, WHY)) == ["bundle.message-unproven"]


def test_a_sample_is_drawn_by_the_nodes_randomness_and_logged(land: Land) -> None:
    rids = {land.ask(**{**SOMEBODY, "given": name}).rid for name in ("Hassan", "Omar", "Said", "Ali")}
    found = draw(land.be, AUDITOR, Regime.POLICE, period(land), 2, WHY)
    assert found.of == 4
    picked = tuple(each.rid for each in found.searches)
    assert picked == drawn(bytes.fromhex(found.seed), rids, 2), "whoever knows the seed draws the same"
    [look] = looks(land.be, AUDITOR)
    assert look.act == "sample"
    assert look.subject == f"{found.seed}/4/{','.join(picked)}"
    assert recorded("be", "oversight.looked") == [{"act": "sample", "regime": "police"}]
    seeds = {draw(land.be, AUDITOR, Regime.POLICE, period(land), 4, WHY).seed for _ in range(3)}
    assert len(seeds) == 3
    before = Period(first=land.clock() - timedelta(days=9), before=land.clock() - timedelta(days=8))
    assert draw(land.be, AUDITOR, Regime.POLICE, before, 2, WHY).searches == ()


@pytest.mark.parametrize("count", [0, -1, 201])
def test_a_sample_has_a_size(land: Land, count: int) -> None:
    with pytest.raises(InputError, match=r"oversight\.count"):
        draw(land.be, AUDITOR, Regime.POLICE, period(land), count, WHY)


def test_each_name_is_drawn_about_as_often_as_any_other() -> None:
    names = [f"{number:032x}" for number in range(10)]
    tally = dict.fromkeys(names, 0)
    for number in range(2_000):
        for name in drawn(number.to_bytes(32, "big"), names, 3):
            tally[name] += 1
    assert all(500 < times < 700 for times in tally.values()), tally


def test_an_opening_needs_a_role_and_leaves_its_reason(land: Land, officer_key: Path) -> None:
    rid = land.ask(**SOMEBODY).rid
    lotte = Actor("lotte", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))
    with pytest.raises(Refused, match=r"actor\.role"):
        audit(land.be, rid, officer_key, lotte, reason=WHY)
    with pytest.raises(InputError, match=r"register\.reason"):
        audit(land.be, rid, officer_key, KEEPER, reason="")
    assert recorded("be", "oversight.looked") == []
    audit(land.be, rid, officer_key, KEEPER, reason=WHY)
    [look] = looks(land.be, AUDITOR)
    assert (look.act, look.subject, look.reason) == ("open", rid, WHY)
