"""Answers under the memorandum: what they need, what they purge, how lateness is compared; two nodes, one controlled clock.

The whole course, with answers of both kinds and the 46th day, is scenario S4 (`demo/scenario`).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.agreement.samples import shipped
from tests.federation.world import BE, MA, World
from tests.identification.cast import (
    DPO,
    ELS,
    FAMILY,
    HEAD,
    JAN,
    KNOWN,
    PERSON,
    RETURN,
    SAMIRA,
    TARIQ,
    desks,
    hold,
    nist,
    person,
    prints,
    request,
    work,
)
from tests.policy.conftest import with_homes
from tests.policy.scene import case, code_of, everything

from comity.core.cases.clock import ClockState
from comity.core.codes.marks import DataCategory, RefusalGround, Taint
from comity.core.evidence.event import Bilateral
from comity.core.identification.messages import Result, ResultGround
from comity.errors import InputError, PeerError, Refused
from comity.services import erasures
from comity.services.calls import Call
from comity.services.cases.clock import clock
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.cases.views import show_case
from comity.services.evidence.alarms import open_alarms
from comity.services.exchange.deliver import deliver_due
from comity.services.identification import answer as answering
from comity.services.identification import overdue
from comity.services.identification.answer import answer_identification
from comity.services.identification.attach import send_parts
from comity.services.identification.overdue import DISPUTED, answer_list, compare_with
from comity.services.identification.read import files_of, open_file
from comity.services.identification.request import supplement
from comity.services.protection.outstanding import outstanding
from comity.storage.identification import attachments
from comity.storage.models.cases import Attachment, AttachmentPart, Case
from comity.storage.models.exchange import ExchangedMessage

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
SCOPE = Bilateral(MA, RETURN)


@pytest.fixture
def memo(tmp_path: Path) -> tuple[World, str]:
    world, agreement = desks()
    with_homes(world, tmp_path)
    return world, agreement


def answered(world: World, thread: str, result: Result, ground: ResultGround, **more: Any) -> str:
    return answer_identification(world.ma, SAMIRA, thread, result, [ground], second=TARIQ, **more)


def compared(world: World) -> bool:
    """Let the Belgian node compare its list with the Moroccan one's."""

    def ask(scope: Bilateral, body: Any) -> Any:
        return answer_list(world.ma, Call("0" * 32, BE, scope.regime, world.clock(), body, b""))[0]

    return compare_with(world.be, SCOPE, ask)


def test_a_node_that_counts_its_lateness_away_is_seen_by_both(
    memo: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    world.clock.forward(days=46)
    assert compared(world)
    Case.objects.using("ma").update(received_at=world.clock() - timedelta(days=3))
    assert not compared(world)
    for node in (world.be, world.ma):
        [alarm] = open_alarms(node)
        assert alarm.code == DISPUTED
        assert thread in alarm.proof
        assert FAMILY not in alarm.proof
    assert not compared(world)
    assert len(open_alarms(world.be)) == 1


def test_a_message_under_way_excuses_no_longer_than_it_can_travel(memo: tuple[World, str]) -> None:
    """A service that says for ever that it does not know all receipts yet is found out after eight days."""
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    world.clock.forward(days=46)

    def silent(scope: Bilateral, body: Any) -> Any:
        return {"at": body["at"], "lines": [], "unsettled": [thread]}

    assert compare_with(world.be, SCOPE, silent)
    assert open_alarms(world.be) == []
    world.clock.forward(days=8)
    assert not compare_with(world.be, SCOPE, silent)
    assert [alarm.code for alarm in open_alarms(world.be)] == [DISPUTED]


def test_a_list_of_another_time_or_form_is_refused(memo: tuple[World, str]) -> None:
    world, _ = memo
    at = overdue.OverdueList(at=world.clock() - timedelta(hours=2), lines=()).model_dump(mode="json")
    for body in (at, {"at": "yesterday"}, None, {"at": at["at"], "lines": [{"thread": "x"}]}):
        with pytest.raises(PeerError, match=r"identification\.list"):
            answer_list(world.ma, Call("0" * 32, BE, RETURN, world.clock(), body, b""))


def test_more_is_needed_and_comes(memo: tuple[World, str]) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    answer_identification(world.ma, SAMIRA, thread, Result.MORE_NEEDED, [ResultGround.PRINTS_UNUSABLE])
    work(world)
    assert clock(world.be, thread).state is ClockState.OPEN
    assert "more-needed" in str(show_case(world.be, ELS, thread)["passages"])
    with pytest.raises(Refused, match=r"case\.second"):
        supplement(world.be, ELS, thread, [prints(nist(700))])
    supplement(world.be, ELS, thread, [prints(nist(700))], second=JAN)
    work(world)
    assert [each["state"] for each in files_of(world.ma, SAMIRA, thread)] == ["held", "held"]
    assert open_file(world.ma, SAMIRA, thread, 2, "compare again").octets == nist(700)
    answered(world, thread, Result.IDENTIFIED, ResultGround.PRINTS_MATCH, subject=KNOWN)
    work(world)
    assert not AttachmentPart.objects.using("ma").exists()
    assert not AttachmentPart.objects.using("be").exists()


def test_prints_of_a_supplement_need_a_second_approver_as_those_of_the_request_do(
    memo: tuple[World, str],
) -> None:
    world, agreement = memo
    thread = request(world, agreement, files=[])
    work(world)
    with pytest.raises(Refused, match=r"case\.second"):
        answer_identification(world.ma, SAMIRA, thread, Result.IDENTIFIED, [ResultGround.PRINTS_MATCH])
    answer_identification(world.ma, SAMIRA, thread, Result.MORE_NEEDED, [ResultGround.PARTICULARS])
    work(world)
    supplement(world.be, ELS, thread, [prints()], second=JAN)
    work(world)
    for second in (None, SAMIRA):
        with pytest.raises(Refused, match=r"case\.second"):
            answer_identification(
                world.ma,
                SAMIRA,
                thread,
                Result.NOT_IDENTIFIED,
                [ResultGround.NOT_REGISTERED],
                second=second,
            )
    answered(world, thread, Result.NOT_IDENTIFIED, ResultGround.NOT_REGISTERED)


def test_without_prints_one_approver_answers(memo: tuple[World, str]) -> None:
    world, agreement = memo
    thread = request(world, agreement, files=[])
    work(world)
    assert answer_identification(
        world.ma, SAMIRA, thread, Result.NOT_IDENTIFIED, [ResultGround.NOT_REGISTERED]
    )


def test_a_refusal_purges_too_and_a_bounced_answer_does_not(memo: tuple[World, str]) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    world.network.cut_off.add(BE)
    refuse(world.ma, SAMIRA, thread, RefusalGround.F2)
    work(world, 1)
    assert AttachmentPart.objects.using("ma").exists()
    world.network.cut_off.clear()
    work(world, 3, seconds=400)
    assert not AttachmentPart.objects.using("ma").exists()
    assert not AttachmentPart.objects.using("be").exists()
    assert case(world.ma, thread).request is None


def test_the_answerer_purges_without_being_asked(memo: tuple[World, str]) -> None:
    """A requester that never orders the erasure changes nothing: the receipt of the answer is enough."""
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    answered(world, thread, Result.NOT_IDENTIFIED, ResultGround.NOT_REGISTERED)
    world.clock.forward(seconds=1)
    deliver_due(world.ma, world.network.channels)
    assert not AttachmentPart.objects.using("ma").exists()
    assert FAMILY not in everything(world.ma)
    # The requester's receipt of the answer proved that its own copy is gone too.
    assert not AttachmentPart.objects.using("be").exists()
    assert case(world.be, thread).request is None
    assert len(outstanding(world.be, DPO)) == 1


def test_a_restored_backup_is_purged_again(memo: tuple[World, str]) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    kept = list(AttachmentPart.objects.using("ma"))
    row = Attachment.objects.using("ma").get()
    answered(world, thread, Result.NOT_IDENTIFIED, ResultGround.NOT_REGISTERED)
    work(world)
    row.save(using="ma")
    for part in kept:
        part.save(using="ma", force_insert=True)
    erasures.replay(world.ma, (0, ""))
    assert Attachment.objects.using("ma").get().state == "gone"
    assert not AttachmentPart.objects.using("ma").exists()


def test_return_suspended_takes_request_and_files_back(memo: tuple[World, str]) -> None:
    """S5 on the requester's side: what waits does not leave, what left is recalled, the partner's receipt proves it."""
    world, agreement = memo
    thread = request(world, agreement, files=[prints(nist(2_000_000))])
    work(world, 1)
    assert send_parts(world.be) == 11
    hold(world.be, person(BE, Taint.RETURN_SUSPENDED), PERSON, version=2)
    work(world, 3)
    assert Case.objects.using("ma").get().request is None
    assert not AttachmentPart.objects.using("ma").exists()
    assert "octets" not in everything(world.ma)
    assert case(world.be, thread).rejected == case(world.ma, thread).rejected == "case.recalled"
    assert outstanding(world.be, DPO) == []
    assert send_parts(world.be) == 0
    assert Taint.RETURN_SUSPENDED.value not in everything(world.ma)


def test_no_part_leaves_once_the_register_protects(memo: tuple[World, str]) -> None:
    """Before the worker has looked at the register, the policy stops each part by the marks of that moment."""
    world, agreement = memo
    request(world, agreement)
    work(world, 1)
    hold(world.be, person(BE, Taint.RETURN_SUSPENDED), PERSON, version=2)
    assert send_parts(world.be) == 0
    assert Attachment.objects.using("be").get().code == "law.protected"


def test_a_part_that_was_read_before_a_recall_does_not_leave_after_it(
    memo: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sends parts and who recalls are two processes."""
    world, agreement = memo
    thread = request(world, agreement, files=[prints(nist(2_000_000))])
    work(world, 1)
    read = attachments.to_send("be", 50)
    assert read
    recall(world.be, DPO, thread)
    before = ExchangedMessage.objects.using("be").filter(kind="attachment-part").count()
    monkeypatch.setattr(attachments, "to_send", lambda *_: read)
    assert send_parts(world.be) == 0
    assert ExchangedMessage.objects.using("be").filter(kind="attachment-part").count() == before


@pytest.mark.parametrize("erase", [True, False])
def test_a_recall_takes_the_files_back(memo: tuple[World, str], erase: bool) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    recall(world.be, ELS, thread, erase=erase)
    work(world)
    assert not AttachmentPart.objects.using("ma").exists()
    assert not AttachmentPart.objects.using("be").exists()
    with pytest.raises(Refused, match=r"case\.recalled"):
        answered(world, thread, Result.NOT_IDENTIFIED, ResultGround.NOT_REGISTERED)


def test_answers_need_persons_grounds_and_whole_files(memo: tuple[World, str]) -> None:
    world, agreement = memo
    thread = request(world, agreement)
    work(world, 1)
    tell = answer_identification
    with pytest.raises(Refused, match=r"attachment\.incomplete"):
        answered(world, thread, Result.NOT_IDENTIFIED, ResultGround.PRINTS_DIFFER)
    work(world)
    with pytest.raises(Refused, match=r"case\.second"):
        tell(world.ma, SAMIRA, thread, Result.NOT_IDENTIFIED, [ResultGround.PRINTS_DIFFER])
    with pytest.raises(InputError, match=r"identification\.grounds"):
        answered(world, thread, Result.NOT_IDENTIFIED, ResultGround.PRINTS_MATCH)
    with pytest.raises(InputError, match=r"identification\.grounds"):
        answer_identification(world.ma, SAMIRA, thread, Result.IDENTIFIED, [], second=TARIQ)
    with pytest.raises(Refused, match=r"case\.changed"):
        answered(world, thread, Result.IDENTIFIED, ResultGround.REGISTER, subject=KNOWN, shown="0" * 64)
    for actor in (ELS, HEAD, DPO):
        with pytest.raises(Refused, match=r"case\.approver"):
            tell(world.ma, actor, thread, Result.MORE_NEEDED, [ResultGround.PAPERS])
    assert case(world.ma, thread).closing is None


def test_an_answer_with_more_than_was_asked_is_refused(
    memo: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, agreement = memo
    thread = request(world, agreement, categories={DataCategory.BIRTH})
    work(world)
    real = answering.IdentificationBody.model_validate

    def wider(found: Any) -> Any:
        return real({**found, "categories": sorted({*found["categories"], "names"})})

    monkeypatch.setattr(answering.IdentificationBody, "model_validate", wider)
    message = answered(world, thread, Result.IDENTIFIED, ResultGround.REGISTER, subject=KNOWN)
    monkeypatch.undo()
    work(world)
    assert code_of(world.ma, message) == ("refused", "case.beyond-request")
    assert case(world.be, thread).closing is None
    assert case(world.ma, thread).closing is None
    assert AttachmentPart.objects.using("ma").exists()


def test_the_memorandum_gives_45_days() -> None:
    clause = shipped("memorandum_2016").clause("identification.request")
    assert clause is not None
    assert [span.days for span in clause.deadlines.values()] == [45]
