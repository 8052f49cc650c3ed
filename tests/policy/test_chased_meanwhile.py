"""Who chases notices and who orders them are two processes: what was read before a later order does not leave after it.

Found by the kill test under load: a correction that the worker had read left after the next one, and the partner kept the older
text, though nothing was owed any more. Without the comparison in `_sent` (services/protection/owe.py) each of these fails.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.cases.cast import DPO, LOTTE, deliver
from tests.federation.world import World
from tests.policy.scene import everything, passage

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.errors import Refused
from comity.services.cases.recall import recall
from comity.services.cases.thread.inform import inform
from comity.services.protection import owe
from comity.services.protection.correct import correct_words
from comity.services.protection.owe import chase_due
from comity.services.protection.restrict import lift_sent, restrict_sent
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.protection import Notice
from comity.storage.protection import notices

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
WRONG, CONTESTED = ProtectionGround.INACCURATE, ProtectionGround.CONTESTED
FACTS = {"matter": "fact", "reasons": "fact"}


class Killed(BaseException):
    """As if the process had been killed: no code of the node catches it."""


@pytest.fixture
def told(desks: tuple[World, str]) -> tuple[World, str]:
    """Belgium has told Morocco of a depot, and Morocco has it."""
    world, agreement = desks
    thread = inform(
        world.be, LOTTE, world.ma.service, agreement, Purpose.DRUGS, "a depot", "told first", assertions=FACTS
    )
    deliver(world)
    return world, thread


def corrected(world: World, thread: str, reasons: str) -> None:
    words = {"matter": "a depot", "reasons": reasons, "assertions": FACTS}
    correct_words(world.be, LOTTE, thread, thread, WRONG, words)


def ordered_only(monkeypatch: pytest.MonkeyPatch, order: Callable[[], object]) -> list[Notice]:
    """Order something, be killed before it is sent, and return what the worker reads then."""

    def killed(*_: object, **__: object) -> str:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owe, "submit", killed)
        with pytest.raises(Killed):
            order()
    return list(Notice.objects.using("be").filter(settled_at=None))


def chased_late(world: World, monkeypatch: pytest.MonkeyPatch, read: list[Notice]) -> int:
    """Let the worker go on with what it read before."""
    with monkeypatch.context() as patch:
        patch.setattr(notices, "to_chase", lambda *_: read)
        sent = chase_due(world.be)
    deliver(world)
    return sent


def test_a_correction_that_was_overtaken_does_not_leave_after_the_later_one(
    told: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, thread = told
    read = ordered_only(monkeypatch, lambda: corrected(world, thread, "told second"))
    assert len(read) == 1
    corrected(world, thread, "told third")
    assert chased_late(world, monkeypatch, read) == 0
    for node in (world.be, world.ma):
        assert "told third" in everything(node)
        assert "told second" not in everything(node)
    assert not Notice.objects.using("be").filter(settled_at=None).exists()


def test_nor_does_one_of_what_was_recalled_meanwhile(
    told: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, thread = told
    read = ordered_only(monkeypatch, lambda: corrected(world, thread, "told second"))
    recall(world.be, DPO, thread)
    deliver(world)
    before = ExchangedMessage.objects.using("ma").count()
    assert chased_late(world, monkeypatch, read) == 0
    assert ExchangedMessage.objects.using("ma").count() == before
    assert "told second" not in everything(world.ma)


def test_nor_a_restriction_that_was_lifted_meanwhile(
    told: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, thread = told
    read = ordered_only(monkeypatch, lambda: restrict_sent(world.be, DPO, thread, CONTESTED))
    lift_sent(world.be, DPO, thread)
    deliver(world)
    assert chased_late(world, monkeypatch, read) == 0
    assert passage(world.ma, thread).state == passage(world.be, thread).state == "held"


def test_what_the_worker_was_quicker_to_send_is_sent_once(
    told: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, thread = told
    read = ordered_only(monkeypatch, lambda: corrected(world, thread, "told second"))
    assert chased_late(world, monkeypatch, list(Notice.objects.using("be").filter(settled_at=None))) == 1
    count = ExchangedMessage.objects.using("ma").filter(kind="rectification").count()
    assert owe.send(world.be, read[0]) == Notice.objects.using("be").get(pk=read[0].pk).message
    deliver(world)
    assert ExchangedMessage.objects.using("ma").filter(kind="rectification").count() == count == 1


def test_whoever_ordered_what_was_overtaken_is_told(
    told: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, thread = told
    read = ordered_only(monkeypatch, lambda: corrected(world, thread, "told second"))
    corrected(world, thread, "told third")
    with pytest.raises(Refused, match=r"^protection\.overtaken"):
        owe.send(world.be, read[0])
