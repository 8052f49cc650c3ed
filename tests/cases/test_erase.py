"""At the end of the clause's retention the words are gone, on both sides, and the evidence still stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cases.cast import LOTTE, OPERATOR, SALMA, ask, deliver, make_desks, with_suspect
from tests.federation.world import World
from tests.policy.scene import NEW, OLD, everything, put_right

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.core.instant import write_instant
from comity.services.cases.answer import answer
from comity.services.cases.erase import erase_all_again, erase_due
from comity.services.cases.views import show_case
from comity.services.context import Node
from comity.services.protection.consent import ask_consent
from comity.services.protection.correct import correct
from comity.services.protection.outstanding import outstanding
from comity.storage.models.cases import Case
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.transaction import atomic

READERS = (("be", LOTTE), ("ma", SALMA))
pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def answered(tmp_path: Path) -> tuple[World, dict[str, Node], str]:
    world, agreement = make_desks()
    with_suspect(world)
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    nodes = {
        node.alias: replace(node, config=node.config.model_copy(update={"home": tmp_path / node.alias}))
        for node in (world.be, world.ma)
    }
    for alias in nodes:
        (tmp_path / alias).mkdir()
    return world, nodes, thread


def test_words_go_and_the_record_stays(answered: tuple[World, dict[str, Node], str]) -> None:
    world, nodes, thread = answered
    told = {show_case(nodes[alias], reader, thread)["erase_at"] for alias, reader in READERS}
    [row] = Case.objects.using("ma").filter(thread=thread)
    assert told == {write_instant(row.erase_at)}, "both nodes tell the day from the same receipt"
    world.clock.forward(days=1094)
    assert [erase_due(node) for node in nodes.values()] == [0, 0]
    world.clock.forward(days=2)
    assert erase_due(nodes["be"]) == 1
    assert erase_due(nodes["ma"]) == 2
    for alias, reader in READERS:
        row = Case.objects.using(alias).get(thread=thread)
        assert (row.request, row.reply) == (None, None)
        assert row.closing_received_at is not None
        assert not ExchangedMessage.objects.using(alias).filter(thread=thread, content__isnull=False).exists()
        entries = EvidenceEntry.objects.using(alias).filter(erase_key=thread)
        assert entries.exists()
        assert not entries.filter(salt__isnull=False).exists()
        shown = show_case(nodes[alias], reader, thread)
        assert (shown["request"], shown["clock"]["state"]) == (None, "answered-in-time")
        assert shown["erase_at"] is None
    assert [erase_due(node) for node in nodes.values()] == [0, 0]


def test_a_restored_case_is_erased_again(answered: tuple[World, dict[str, Node], str]) -> None:
    _, nodes, thread = answered
    node = nodes["be"]
    name = f"MA.dgsn/{thread}"
    with atomic("be"):
        erase_all_again(node, [name, name, "MA.dgsn/unknown"])
    assert Case.objects.using("be").get(thread=thread).request is None


def test_words_of_threads_notices_and_consents_go_too(answered: tuple[World, dict[str, Node], str]) -> None:
    """Without `forget_reasons` and `overtake` in `services/cases/erase.py` they stay."""
    world, nodes, thread = answered
    be, ma = nodes["be"], nodes["ma"]
    message = str(Case.objects.using("be").get(thread=thread).closing)
    ask_consent(be, LOTTE, thread, message, Use.PURPOSE, Purpose.DRUGS, "the brother of Youssef")
    deliver(world)
    put_right(ma)
    world.network.cut_off.add(be.service)
    correct(ma, SALMA, thread, ProtectionGround.INACCURATE)
    assert "the brother of Youssef" in everything(ma)
    assert NEW in everything(ma)
    world.clock.forward(days=1096)
    for node in (be, ma):
        assert erase_due(node) > 0
        assert "the brother of Youssef" not in everything(node)
        assert NEW not in everything(node)
        assert OLD not in everything(node)
        assert outstanding(node, OPERATOR) == []
