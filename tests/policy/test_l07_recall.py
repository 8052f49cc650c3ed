"""L7: recall and erasure are chased until the recipient's receipt, however long it is away; a tombstone stays.

Enforced in `services/protection/owe.py` (`chase_due`, without which `test_a_recall_outlives_its_message` stays
outstanding for ever), in `services/protection/received.py` (`empty_passages(...)` in `take_back`, without which the
tombstone has no ground) and in `services/cases/recall.py` (the same in `_empty`, without which our own words survive an
erasure). Without `tell_followers(...)` in `services/register/erase.py` and
`state.py` the tests of the register's own decisions fail.
"""

from __future__ import annotations

import pytest
from tests.cases.cast import DPO, LOTTE, OPERATOR, SALMA, UID, YOUSSEF, ask, deliver
from tests.federation.world import BE, World, set_state
from tests.policy.scene import OLD, case, code_of, everything, leaves, passage
from tests.told import FACTS

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import DataCategory
from comity.core.evidence.event import read_leaf
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.inform import inform
from comity.services.cases.views import show_case
from comity.services.erasures import journal_file
from comity.services.protection.correct import correct_words
from comity.services.protection.outstanding import Waiting, outstanding
from comity.services.protection.owe import chase_due
from comity.services.register.erase import erase
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.storage.models.exchange import AcceptedBatch
from comity.storage.models.protection import Notice

RULE = {
    "enforced": (
        "services/exchange/accept.py:TAKES_BACK",
        "services/protection/owe.py:chase_due",
        "services/protection/received.py:take_back",
        "services/cases/recall.py:_empty",
    ),
    "core": ("policy/test_decide.py::test_protective_acts_always",),
    "wire": ("test_a_recall_outlives_its_message", "test_told_and_taken_back_in_one_batch"),
    "api": ("api/test_threads.py::test_what_is_outstanding_and_what_a_system_never_does",),
    "desk": ("web/test_recall.py::test_a_request_is_recalled",),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def chase(world: World, seconds: float = 400) -> None:
    """Let both workers chase and deliver."""
    for node in (world.be, world.ma):
        chase_due(node)
    deliver(world, seconds)


def test_a_recall_waits_for_days_and_is_seen_on_the_way(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    world.network.cut_off.add(BE)
    recall(world.ma, SALMA, thread, ground=ProtectionGround.UNLAWFUL)
    deliver(world)
    world.clock.forward(hours=73)
    [line] = outstanding(world.ma, DPO)
    assert (line.waiting, line.partner, line.state) == (Waiting.PARTNER, BE, "unacknowledged")
    assert line.document()["age_hours"] == 73
    world.network.cut_off.clear()
    chase(world)
    assert outstanding(world.ma, DPO) == []
    assert OLD not in everything(world.be)
    [leaf] = leaves(world.ma, "protection.complied")
    assert read_leaf(leaf.encode()).facts["act"] == "recall"


def test_a_recall_outlives_its_message(answered: tuple[World, str, str]) -> None:
    """A message travels seven days at most; what is owed does not end with it."""
    world, _, thread = answered
    world.network.cut_off.add(BE)
    first = recall(world.ma, SALMA, thread)
    world.clock.forward(days=20)
    deliver(world)
    assert code_of(world.ma, first)[0] == "expired"
    [line] = outstanding(world.ma, DPO)
    assert (line.code, line.document()["age_hours"]) == ("message.expired", 480)
    world.network.cut_off.clear()
    chase(world)
    assert OLD not in everything(world.be)
    assert outstanding(world.ma, DPO) == []
    row = Notice.objects.using("ma").get(direction="out")
    assert (row.attempts, row.message == first) == (2, False)


def test_what_cannot_leave_is_owed_all_the_same(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    set_state(world.ma, BE, "pending")
    with pytest.raises(Refused, match=r"partner\.unconfirmed"):
        recall(world.ma, SALMA, thread)
    [line] = outstanding(world.ma, DPO)
    assert line.code == "partner.unconfirmed"
    set_state(world.ma, BE, "confirmed")
    world.clock.forward(hours=2)
    chase(world)
    assert outstanding(world.ma, DPO) == []
    assert OLD not in everything(world.be)


def test_every_word_of_the_thread_goes_and_a_tombstone_stays(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    question = ask_clarification(world.ma, SALMA, thread, "which harbour was it?")
    part = answer(world.ma, SALMA, thread, categories={DataCategory.NAMES}, final=False)
    deliver(world)
    assert "harbour" in everything(world.be)
    recall(world.ma, SALMA, thread, erase=True, ground=ProtectionGround.NOT_NEEDED)
    deliver(world)
    for node in (world.be, world.ma):
        for message in (question, part):
            row = passage(node, message)
            assert (row.state, row.body, row.subject, row.categories) == ("gone", None, "", [])
        assert "harbour" not in everything(node)
        assert OLD not in everything(node)
    assert passage(world.be, part).ground == "no-longer-needed"
    assert all(each["words"] is None for each in show_case(world.be, LOTTE, thread)["passages"])
    assert thread in journal_file(world.be.config.home).read_text("utf-8")


def test_an_erased_subject_is_erased_at_every_recipient(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    suspend(world.be, OPERATOR, agreement, "test")
    erase(world.ma, DPO, UID, "a court ordered it")
    chase(world)
    assert OLD not in everything(world.be)
    assert OLD not in everything(world.ma)
    assert case(world.be, thread).reply is None
    shown = show_case(world.be, LOTTE, thread)["notices"]
    assert [(each["act"], each["ground"]) for each in shown] == [("erase", "provider-decision")]


def test_a_quarantined_subject_is_recalled(answered: tuple[World, str, str]) -> None:
    world, _, _ = answered
    quarantine(world.ma, DPO, UID, "obtained by force")
    chase(world)
    assert OLD not in everything(world.be)


def test_a_restricted_subject_is_restricted_and_given_free_again(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    restrict(world.ma, DPO, UID, "the person contests it")
    chase(world)
    message = case(world.be, thread).closing
    assert message is not None
    assert passage(world.be, message).state == "restricted"
    assert show_case(world.be, LOTTE, thread)["reply"] is None
    lift_restriction(world.ma, DPO, UID, "it was right")
    chase(world)
    assert passage(world.be, message).state == "held"
    assert OLD in str(show_case(world.be, LOTTE, thread)["reply"])


@pytest.mark.parametrize("taken_back", ["corrected", "recalled", "erased", "corrected-and-recalled"])
def test_told_and_taken_back_in_one_batch(
    desks: tuple[World, str], taken_back: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partner was away: words and what takes them back arrive together, and nothing of the words stays.

    The sender's node holds nothing back here, as one may that had not yet decided when it sent.
    Without the writing of what came before (`TAKES_BACK` in `services/exchange/accept.py`) the signed message keeps them.
    """
    monkeypatch.setattr("comity.services.protection.owe.hold_back", lambda *_: {})
    world, agreement = desks
    world.network.cut_off.add(BE)
    told = (world.ma, SALMA, BE, agreement, Purpose.TERRORISM)
    thread = inform(*told, "a depot of the first kind", "seen there", assertions=FACTS)
    changes = {"matter": "a depot of the second kind", "assertions": {"matter": "fact"}}
    if "corrected" in taken_back:
        correct_words(world.ma, SALMA, thread, thread, ProtectionGround.INACCURATE, changes)
    if taken_back != "corrected":
        recall(world.ma, SALMA, thread, erase=taken_back == "erased")
    world.network.cut_off.clear()
    deliver(world, 400)
    assert AcceptedBatch.objects.using("be").count() == 1, "they did arrive together"
    assert "first kind" not in everything(world.be)
    assert ("second kind" in everything(world.be)) == (taken_back == "corrected")


def test_only_who_may_watch_sees_what_is_outstanding(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    for actor in (YOUSSEF, SALMA):
        with pytest.raises(Refused, match=r"actor\.role"):
            outstanding(world.ma, actor)
    with pytest.raises(InputError, match=r"protection\.ground"):
        recall(world.ma, SALMA, thread, ground=ProtectionGround.INCOMPLETE)


def test_a_notice_tells_nothing_of_why_it_really_is(answered: tuple[World, str, str]) -> None:
    """The ground on the wire is an ordinary one, whatever the register's own statement says."""
    world, _, _ = answered
    restrict(world.ma, DPO, UID, "applied for asylum")
    chase(world)
    assert "asylum" not in everything(world.be)
    assert "asylum" not in str([bytes(row.header) for row in _messages(world)])


def _messages(world: World) -> list[object]:
    from comity.storage.models.exchange import ExchangedMessage

    return list(ExchangedMessage.objects.using("be"))
