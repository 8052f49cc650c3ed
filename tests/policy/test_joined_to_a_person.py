"""L11, S12: what is written down of whom a person is joined to is found for that person; never who the other is.

Enforced by `_joined` in `services/rights/places.py` (without it links and edges stay unfound).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cases.cast import make_desks, with_suspect
from tests.federation.world import BE, World
from tests.policy.linked import CONTACT, OTHER, SUSPECT, enter, linked
from tests.policy.persons import MOROCCAN, REASONING, STRANGER, keys_found, registered, searched, with_keys

from comity.core.probe.query import read_query
from comity.core.rights.codes import Outcome, RestrictionReason
from comity.errors import Refused
from comity.services.rights.answering import Decision, decide
from comity.storage.models.overlaps import RegisterEdge
from comity.storage.models.register import RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
HELD = "5" * 32
"""The suspect who asks."""


@pytest.fixture
def joined(db: None, tmp_path: Path) -> tuple[World, str, str]:
    """Return a node that holds a link of the suspect who asks, one between two others, and an edge of the suspect."""
    world, _ = make_desks()
    with_suspect(world)
    with_keys(world, tmp_path)
    enter(world)
    mine, theirs = linked(world, HELD, CONTACT), linked(world, SUSPECT, OTHER)
    edge_from(world, HELD, "e" * 32)
    edge_from(world, OTHER, "d" * 32)
    return world, mine, theirs


def edge_from(world: World, subject: str, uid: str) -> None:
    one = RegisterSubject.objects.using("ma").get(uid=subject)
    RegisterEdge.objects.using("ma").create(
        uid=uid,
        one=one,
        partner=BE,
        regime="police",
        overlap="f" * 32,
        content={"end": "known"},
        created_at=world.clock(),
    )


def test_links_and_edges_are_found_without_their_other_end(
    joined: tuple[World, str, str], tmp_path: Path
) -> None:
    world, mine, theirs = joined
    search = searched(world.ma, MOROCCAN, registered(world.ma, MOROCCAN), tmp_path)
    keys = keys_found(search)
    assert {f"notes:link-{mine}", f"notes:edge-{'e' * 32}"} <= set(keys)
    assert f"notes:link-{theirs}" not in keys
    assert f"notes:edge-{'d' * 32}" not in keys
    assert search["read"]["notes"] >= 4, "all are read, whoever they are of"
    assert CONTACT not in str(search["found"])
    assert "Hind Berrada" not in str(search)
    [edge] = [each for each in search["found"] if each["name"].startswith("edge-")]
    assert (edge["owner"], edge["partner"]) == (BE, BE)


def test_who_is_at_the_other_end_finds_the_link_too(joined: tuple[World, str, str], tmp_path: Path) -> None:
    world, mine, _ = joined
    contact = read_query({"given": "Hind", "family": "Berrada", "dob": "1984-03-02"})
    search = searched(world.ma, MOROCCAN, registered(world.ma, MOROCCAN, contact), tmp_path)
    assert f"notes:link-{mine}" in keys_found(search)
    assert HELD not in str(search["found"])


def test_a_stranger_has_none_and_as_much_is_read(joined: tuple[World, str, str], tmp_path: Path) -> None:
    world, _, _ = joined
    found = searched(world.ma, MOROCCAN, registered(world.ma, MOROCCAN), tmp_path)
    nobody = searched(world.ma, MOROCCAN, registered(world.ma, MOROCCAN, STRANGER), tmp_path)
    assert nobody["found"] == []
    assert nobody["read"]["notes"] == found["read"]["notes"]


def test_an_edge_is_not_told_without_the_partner(joined: tuple[World, str, str], tmp_path: Path) -> None:
    world, _, _ = joined
    number = registered(world.ma, MOROCCAN)
    searched(world.ma, MOROCCAN, number, tmp_path)
    with pytest.raises(Refused) as refused:
        decide(
            world.ma,
            MOROCCAN,
            number,
            Decision(
                Outcome.PARTIAL,
                told=(f"notes:edge-{'e' * 32}",),
                reasons=(RestrictionReason.INQUIRY,),
                reasoning=REASONING,
            ),
        )
    assert refused.value.code == "rights.owner"
