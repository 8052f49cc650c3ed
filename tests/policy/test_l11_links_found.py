"""L11: who asks what is held is searched for among links and edges too (`_links` in `services/rights/places.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cases.cast import SALMA, hold
from tests.federation.world import BE, World
from tests.policy.linked import entry
from tests.policy.persons import MOROCCAN, registered, searched, with_keys

from comity.core.codes.marks import Assertion, SubjectCategory
from comity.core.overlap.edge import across
from comity.core.overlap.wire import End
from comity.core.register.links.model import Link, LinkKind, LinkMarks
from comity.services.register.links.join import join
from comity.storage.models.overlaps import Overlap
from comity.storage.models.register import RegisterLink, RegisterSubject
from comity.storage.register import overlaps

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def test_links_and_edges_of_the_person_are_found(answered: tuple[World, str, str], tmp_path: Path) -> None:
    """Of either end, and whose basis names the person; whom they lead to does not stand in the finding."""
    world, _, _ = answered
    with_keys(world, tmp_path)
    others = ["6" * 32, "8" * 32, "9" * 32]
    for uid in others:
        hold(world.ma, entry("Amal Zerouali"), uid)
    marks = LinkMarks(basis="seen together", assertion=Assertion.FACT)
    naming = LinkMarks(basis="both were told of by يوسف الخطابي", assertion=Assertion.FACT)
    kind = LinkKind.ACQUAINTANCE
    own = join(world.ma, SALMA, others[0], "5" * 32, Link(kind=kind, marks=marks), "file 12")
    named = join(world.ma, SALMA, others[0], others[1], Link(kind=kind, marks=naming), "file 12")
    join(world.ma, SALMA, others[1], others[2], Link(kind=kind, marks=marks), "file 12")
    row = RegisterSubject.objects.using("ma").get(uid="5" * 32)
    comparison = Overlap(uid="c" * 32, partner=BE, regime="police")
    edge = across(SubjectCategory.SUSPECT, End.OWN, "7" * 32, "c" * 32).model_dump(mode="json")
    overlaps.add_edge("ma", "d" * 32, row, comparison, edge, world.ma.clock())
    search = searched(world.ma, MOROCCAN, registered(world.ma, MOROCCAN), tmp_path)
    found = [each for each in search["found"] if each["place"] == "links"]
    assert [(each["name"], each["partner"]) for each in found] == [(own, ""), (named, ""), ("d" * 32, BE)]
    assert search["read"]["links"] == 4
    assert not any(uid in str(found) for uid in others)
    # Another regime's are not looked through for this one.
    RegisterLink.objects.using("ma").update(regime="return-identification")
    search = searched(world.ma, MOROCCAN, registered(world.ma, MOROCCAN), tmp_path)
    assert search["read"]["links"] == 1
