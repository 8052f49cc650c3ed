"""Cases after a restore: clocks run from the first receipt on both sides, and what was taken back stays taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from tests.cases.cast import LOTTE, SALMA, ask, deliver
from tests.federation.test_missing import endpoint
from tests.federation.world import BE, MA, World
from tests.policy.conftest import with_homes

from comity.core.codes.exchange import Regime
from comity.services import erasures
from comity.services.cases.answer import answer
from comity.services.cases.erase import erase_due
from comity.services.cases.recall import recall
from comity.services.exchange.fetch import Fetched, fetch_missing
from comity.services.exchange.missing import find_missing
from comity.storage.models.cases import Case
from comity.storage.models.exchange import ExchangedMessage, KeptPart
from comity.storage.models.protection import Passage

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def desks(desks: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    with_homes(desks[0], tmp_path)
    for node in desks[0].nodes.values():
        desks[0].network.endpoints[node.service] = endpoint(node)
    return desks


@contextmanager
def lost(alias: str) -> Iterator[None]:
    """What a node does in the block is gone from its database, as after a restore; its journal is not."""
    mark = transaction.savepoint(using=alias)
    yield
    transaction.savepoint_rollback(mark, using=alias)


def fetch(world: World, alias: str) -> Fetched:
    node, other = (world.be, MA) if alias == "be" else (world.ma, BE)
    return fetch_missing(
        node, world.network.channels, other, Regime.POLICE, world.clock() - timedelta(days=30)
    )


def case(alias: str, thread: str) -> dict[str, Any]:
    row = Case.objects.using(alias).filter(thread=thread).values().get()
    row.pop("id")
    return row


def gone(found: Fetched) -> list[str]:
    return [why.value for _, why in found.gone]


def words(alias: str, thread: str) -> int:
    """Return how many messages and passages of a thread say something."""
    said = Passage.objects.using(alias).filter(thread=thread, body__isnull=False).count()
    rows = ExchangedMessage.objects.using(alias).filter(thread=thread, content__isnull=False)
    return said + rows.exclude(act__in=("recall", "erase")).count()


def test_a_request_comes_back_with_its_clock(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with lost("ma"):
        thread = ask(world, agreement)
        deliver(world)
        before = case("ma", thread)
    world.clock.forward(hours=7)
    assert [one.header.id for one in fetch(world, "ma").taken] == [thread]
    after = case("ma", thread)
    assert after == before
    assert after["due_at"] == case("be", thread)["due_at"]
    answer(world.ma, SALMA, thread)
    deliver(world)
    assert case("be", thread)["closing"] == case("ma", thread)["closing"] is not None


def test_an_answer_comes_back_and_the_clock_had_stopped_then(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    with lost("be"):
        answer(world.ma, SALMA, thread)
        deliver(world)
        before = case("be", thread)
    assert case("be", thread)["closing"] is None
    world.clock.forward(hours=7)
    assert len(fetch(world, "be").taken) == 1
    assert case("be", thread) == before
    times = ("closing_received_at", "closing", "erase_at", "due_at")
    assert {t: case("be", thread)[t] for t in times} == {t: case("ma", thread)[t] for t in times}


def test_what_was_recalled_before_the_loss_does_not_come_back(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with lost("ma"):
        thread = ask(world, agreement)
        deliver(world)
        recall(world.be, LOTTE, thread)
        deliver(world)
    found = fetch(world, "ma")
    assert gone(found) == ["recalled"]
    assert len(found.taken) == 1
    assert found.left.messages == ()
    assert words("ma", thread) == 0
    assert not Case.objects.using("ma").filter(thread=thread).exists()


def test_what_is_recalled_after_the_loss_does_not_come_back(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with lost("ma"):
        thread = ask(world, agreement)
        deliver(world)
    recall(world.be, LOTTE, thread)
    assert gone(fetch(world, "ma")) == ["recalled"]
    deliver(world)
    assert words("ma", thread) == 0
    assert find_missing(world.ma, world.network.channels, BE, Regime.POLICE, world.clock()).messages == ()


def test_a_partner_that_kept_what_it_recalled_gives_it_in_vain(desks: tuple[World, str]) -> None:
    """Our own journal knows that it was taken back, whatever the partner gives, and even if it hides its recall."""
    world, agreement = desks
    with lost("ma"):
        thread = ask(world, agreement)
        deliver(world)
        sealed = bytes(KeptPart.objects.using("be").get().sealed or b"")
        recall(world.be, LOTTE, thread)
        deliver(world)
    KeptPart.objects.using("be").filter(message=thread).update(sealed=sealed, size=len(sealed), gone=None)
    found = fetch(world, "ma")
    assert gone(found) == ["erased"]
    assert words("ma", thread) == 0


def test_a_recall_outlives_the_restore_of_its_sender(desks: tuple[World, str]) -> None:
    """The backup of the sender still keeps the part; its journal takes it back again."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    at = erasures.position(world.be.config.home)
    with lost("be"):
        recall(world.be, LOTTE, thread)
        deliver(world)
        assert KeptPart.objects.using("be").get(message=thread).gone == "recalled"
    assert KeptPart.objects.using("be").get(message=thread).gone is None
    erasures.replay(world.be, at)
    row = KeptPart.objects.using("be").get(message=thread)
    assert (row.sealed, row.gone) == (None, "recalled")


@pytest.mark.parametrize("alias", ["be", "ma"])
def test_with_the_end_of_the_retention_nothing_is_kept(desks: tuple[World, str], alias: str) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    assert KeptPart.objects.using(alias).get().gone is None
    world.clock.now = max(case("be", thread)["erase_at"], case("ma", thread)["erase_at"]) + timedelta(
        seconds=1
    )
    assert min(erase_due(world.be), erase_due(world.ma)) == 1
    assert KeptPart.objects.using(alias).get().gone == "erased"


def test_a_case_opened_after_the_backup_comes_back_with_its_answer(desks: tuple[World, str]) -> None:
    """Ours first: the partner's answer finds its case; again, nothing changes and nothing is sent twice."""
    world, agreement = desks
    with lost("be"):
        thread = ask(world, agreement)
        deliver(world)
        world.clock.forward(hours=2)
        answer(world.ma, SALMA, thread)
        deliver(world)
        before = case("be", thread)
    assert not Case.objects.using("be").filter(thread=thread).exists()
    world.clock.forward(hours=7)
    found = fetch(world, "be")
    assert [one.header.id for one in found.sent.entered] == [thread]
    assert (found.sent.gone, found.sent.refused, found.sent.unproven) == ([], [], [])
    assert [code for _, code in found.refused] == []
    assert (len(found.taken), found.left.messages) == (1, ())
    after = case("be", thread)
    unknown = {"owner", "changed_at"}
    assert {k: v for k, v in after.items() if k not in unknown} == {
        k: v for k, v in before.items() if k not in unknown
    }
    assert after["owner"] is None
    count = ExchangedMessage.objects.using("be").count()
    again = fetch(world, "be")
    assert (again.sent.entered, again.taken) == ([], ())
    assert ExchangedMessage.objects.using("be").count() == count
    accepted = ExchangedMessage.objects.using("ma").count()
    deliver(world)
    assert ExchangedMessage.objects.using("ma").count() == accepted
