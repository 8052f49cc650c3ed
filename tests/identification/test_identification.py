"""A request for identification, its files, its answer and the purge after it, over two nodes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.federation.world import World
from tests.identification.cast import (
    ELS,
    FAMILY,
    KNOWN,
    SAMIRA,
    TARIQ,
    desks,
    nist,
    request,
    work,
)
from tests.policy.conftest import with_homes
from tests.policy.scene import case, everything, leaves

from comity.core.cases.clock import ClockState
from comity.core.identification.messages import Result, ResultGround
from comity.services.cases.clock import clock
from comity.services.cases.views import show_case
from comity.services.identification.answer import answer_identification
from comity.storage.identification import attachments
from comity.storage.models.cases import Attachment, AttachmentPart

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def memo(tmp_path: Path) -> tuple[World, str]:
    world, agreement = desks()
    with_homes(world, tmp_path)
    return world, agreement


def test_a_request_arrives_with_its_file(memo: tuple[World, str]) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    row = Attachment.objects.using("ma").get()
    assert (row.state, row.parts, row.arrived) == ("held", 4, 4)
    assert attachments.whole("ma", row) == nist()
    assert Attachment.objects.using("be").get().state == "held"
    shown = show_case(world.ma, SAMIRA, thread)
    assert shown["request"]["nationality"] == {"presumed": "MA", "contested": True, "claimed": ["DZ"]}
    assert shown["clock"]["deadline"] is not None
    assert "+32470123456" not in everything(world.ma)


@pytest.mark.parametrize(
    ("result", "ground", "state"),
    [
        (Result.IDENTIFIED, ResultGround.PRINTS_MATCH, "identified"),
        (Result.NOT_IDENTIFIED, ResultGround.PRINTS_DIFFER, "not-identified"),
    ],
)
def test_the_answer_purges_both_sides(
    memo: tuple[World, str], result: Result, ground: ResultGround, state: str
) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    subject = KNOWN if result is Result.IDENTIFIED else None
    answer_identification(world.ma, SAMIRA, thread, result, [ground], subject=subject, second=TARIQ)
    work(world)
    for node in (world.be, world.ma):
        assert case(node, thread).request is None
        assert clock(node, thread).state is ClockState.ANSWERED_IN_TIME
        row = Attachment.objects.using(node.alias).get()
        assert (row.state, row.sha256, row.ground) == ("gone", None, "no-longer-needed")
        assert not AttachmentPart.objects.using(node.alias).exists()
        assert leaves(node, "identification.purged")
        assert "octets" not in everything(node)
    assert leaves(world.be, "protection.complied")
    assert leaves(world.be, f"identification.{state}")
    said = [each["words"] for each in show_case(world.be, ELS, thread)["passages"] if each["words"]]
    assert [each["result"] for each in said] == [result.value]
    assert (FAMILY in str(said)) == (subject is not None)
