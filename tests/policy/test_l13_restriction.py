"""L13: what is restricted is kept and not used: not shown, answered, exported or corrected into use; its ground shows.

Enforced in `services/protection/passages.py`: `readable` (without its test of the state the words are shown) and
`require_usable` (without it a restricted request is answered); on arrival by `restrict_passage(...)` in
`receive_restriction`. Without the comparison of `restricted_by` in `receive_lifting` the partner gives free what we
restricted. A restricted entry is no recall: without the test of the state in `services/protection/follow.py:_protected` its
recipients lose what they are to keep.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    OPERATOR,
    SALMA,
    UID,
    YOUSSEF,
    ask,
    deliver,
    hold,
    subject,
)
from tests.federation.world import BE, World, set_state
from tests.policy.scene import NEW, OLD, case, code_of, everything, leaves, passage, put_right

from comity.core.cases.protection import ProtectionGround
from comity.core.cases.thread import NegativeResult
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import Taint
from comity.core.register.subject import SubjectState
from comity.errors import InputError, Refused
from comity.services.agreements.stop import resume, suspend
from comity.services.cases.answer import answer, propose_answer
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.negative import answer_negative
from comity.services.cases.views import show_case
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.again import correct_again, lift_again, restrict_again
from comity.services.protection.correct import correct
from comity.services.protection.follow import follow_register
from comity.services.protection.outstanding import outstanding
from comity.services.protection.owe import chase_due
from comity.services.protection.restrict import (
    lift_received,
    lift_sent,
    restrict_received,
    restrict_sent,
)
from comity.services.register.state import lift_restriction, restrict
from comity.services.register.state import restrict_again as restrict_entry_again
from comity.storage.models.register import RegisterSubject
from comity.storage.transaction import atomic

RULE = {
    "enforced": (
        "services/protection/passages.py:readable",
        "services/protection/passages.py:require_usable",
        "services/protection/received.py:receive_lifting",
        "services/protection/subject.py:restrict_sent",
        "services/protection/follow.py:_protected",
        "core/policy/law.py:PROHIBITIONS",
    ),
    "core": ("policy/test_decide.py::test_protected_origin_and_status_never_leave",),
    "wire": (
        "test_malicious_restrictions",
        "test_what_we_restricted_the_partner_does_not_give_free",
    ),
    "api": (
        "api/test_reading.py::test_what_is_restricted_is_neither_read_nor_used",
        "api/test_reading.py::test_a_restricted_question_is_not_clarified",
        "api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",
    ),
    "desk": (
        "test_a_restricted_request_is_not_answered",
        "test_recipients_of_a_restricted_entry_keep_what_they_have",
        "web/test_protection.py::test_a_restriction_shows_its_ground_and_no_words",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
CONTESTED = ProtectionGround.CONTESTED


def reply_of(world: World, thread: str) -> str:
    message = case(world.be, thread).closing
    assert message is not None
    return str(message)


def test_a_restricted_reply_is_withheld_from_everybody_with_its_ground(
    answered: tuple[World, str, str],
) -> None:
    world, _, thread = answered
    restrict_sent(world.ma, DPO, thread, CONTESTED)
    deliver(world)
    for node, actor in ((world.be, LOTTE), (world.be, DPO), (world.ma, SALMA)):
        shown = show_case(node, actor, thread)
        assert shown["reply"] is None
        assert OLD not in str(shown)
        [said] = [each for each in shown["passages"] if each["kind"] == "reply"]
        assert (said["state"], said["ground"]) == ("restricted", "accuracy-contested")
    assert OLD in everything(world.be)
    assert len(leaves(world.be, "case.restricted")) == 1


def test_a_restricted_request_is_not_answered(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    restrict_received(world.ma, DPO, thread, CONTESTED)
    assert show_case(world.ma, SALMA, thread)["request"] is None
    for act in (
        lambda: propose_answer(world.ma, SALMA, thread),
        lambda: answer(world.ma, SALMA, thread),
        lambda: answer_negative(world.ma, SALMA, thread, NegativeResult.NOT_HELD),
        lambda: ask_clarification(world.ma, SALMA, thread, "what?"),
    ):
        with pytest.raises(Refused, match=r"case\.restricted"):
            act()
    lift_received(world.ma, HEAD, thread)
    answer(world.ma, SALMA, thread)


def test_a_restriction_is_applied_whatever_is_stopped_and_lifted_only_in_force(
    answered: tuple[World, str, str],
) -> None:
    world, agreement, thread = answered
    suspend(world.be, OPERATOR, agreement, "test")
    set_state(world.be, world.ma.service, "suspended")
    deliver(world)
    restrict_sent(world.ma, DPO, thread, ProtectionGround.PROVIDER)
    deliver(world)
    assert passage(world.be, reply_of(world, thread)).state == "restricted"
    set_state(world.be, world.ma.service, "confirmed")
    # Restricted while the agreement was suspended; what gives free again waits for it and is chased.
    lift_sent(world.ma, HEAD, thread)
    deliver(world)
    assert passage(world.be, reply_of(world, thread)).state == "held"
    resume(world.be, OPERATOR, agreement)


def test_what_the_provider_restricted_only_the_provider_gives_free(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    restrict_sent(world.ma, DPO, thread, CONTESTED)
    deliver(world)
    with pytest.raises(Refused, match=r"protection\.not-ours"):
        lift_received(world.be, DPO, thread)
    lift_sent(world.ma, DPO, thread)
    deliver(world)
    assert OLD in str(show_case(world.be, LOTTE, thread)["reply"])


def test_what_we_restricted_the_partner_does_not_give_free(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    restrict_received(world.be, DPO, thread, CONTESTED)
    row = case(world.ma, thread)
    outgoing = Outgoing(
        BE,
        Regime.POLICE,
        "restriction-lifted",
        Act.LIFT,
        {"message": row.closing},
        agreement=agreement,
        clause=row.clause,
        purpose=Purpose(row.purpose),
        thread=thread,
    )
    message = submit(world.ma, outgoing, SALMA)
    deliver(world)
    assert code_of(world.ma, message) == ("delivered", None)
    assert passage(world.be, reply_of(world, thread)).state == "restricted"


def test_a_correction_does_not_give_free(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    restrict_received(world.be, DPO, thread, CONTESTED)
    put_right(world.ma)
    correct(world.ma, SALMA, thread, ProtectionGround.INACCURATE)
    deliver(world)
    assert show_case(world.be, LOTTE, thread)["reply"] is None
    lift_received(world.be, DPO, thread)
    assert NEW in str(show_case(world.be, LOTTE, thread)["reply"])


def test_roles_and_grounds(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    with pytest.raises(Refused, match=r"actor\.role"):
        restrict_sent(world.ma, YOUSSEF, thread, CONTESTED)
    with pytest.raises(Refused, match=r"actor\.role"):
        restrict_received(world.be, LOTTE, thread, CONTESTED)
    with pytest.raises(InputError, match=r"protection\.ground"):
        restrict_sent(world.ma, DPO, thread, ProtectionGround.INACCURATE)
    with pytest.raises(Refused, match=r"protection\.not-restricted"):
        lift_sent(world.ma, DPO, thread)
    with pytest.raises(Refused, match=r"protection\.not-restricted"):
        lift_received(world.be, DPO, thread)


@pytest.mark.parametrize(
    ("kind", "act", "body", "code"),
    [
        ("restriction", Act.RECALL, {}, "message.act"),
        ("restriction", Act.RESTRICT, {"message": "0" * 31}, "case.message-malformed"),
        (
            "restriction",
            Act.RESTRICT,
            {"message": "0" * 32, "ground": "inaccurate"},
            "case.message-malformed",
        ),
        ("restriction-lifted", Act.RESTRICT, {"message": "0" * 32}, "message.act"),
    ],
)
def test_malicious_restrictions(
    answered: tuple[World, str, str], kind: str, act: Act, body: dict[str, str], code: str
) -> None:
    world, _, thread = answered
    message = submit(world.ma, Outgoing(BE, Regime.POLICE, kind, act, body, thread=thread), SALMA)
    deliver(world)
    assert code_of(world.ma, message) == ("refused", code)


def test_nobody_restricts_what_another_said(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    body = {"message": thread, "ground": "provider-decision"}
    outgoing = Outgoing(BE, Regime.POLICE, "restriction", Act.RESTRICT, body, thread=thread)
    message = submit(world.ma, outgoing, SALMA)
    deliver(world)
    assert code_of(world.ma, message) == ("refused", "case.header")
    assert passage(world.be, thread).state == "held"


def test_a_restored_backup_does_not_give_free(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    message = reply_of(world, thread)
    name = f"{world.ma.service}/{message}"
    with atomic("be"):
        correct_again(world.be, [f"{name}/1", f"{world.ma.service}/{'0' * 32}/1"])
        assert passage(world.be, message).state == "restricted"
        lift_again(world.be, [f"{name}/lifted"])
        assert passage(world.be, message).state == "held"
        restrict_again(world.be, [f"{name}/{world.ma.service}"])
    assert passage(world.be, message).restricted_by == world.ma.service
    assert show_case(world.be, LOTTE, thread)["reply"] is None


def test_the_chase_does_not_repeat_what_is_under_way(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    world.network.cut_off.add(BE)
    restrict_sent(world.ma, DPO, thread, CONTESTED)
    assert chase_due(world.ma) == 0
    world.clock.now += timedelta(hours=5)
    assert chase_due(world.ma) == 0


def followed(world: World) -> int:
    """Let the worker follow the register, chase and deliver; return how much was recalled."""
    taken = 0
    for _ in range(2):
        taken += follow_register(world.ma)
        chase_due(world.ma)
        deliver(world, 400)
    return taken


def test_recipients_of_a_restricted_entry_keep_what_they_have(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    message = reply_of(world, thread)
    restrict(world.ma, HEAD, UID, "the person contests the accuracy")
    assert followed(world) == 0
    assert (passage(world.be, message).state, OLD in everything(world.be)) == ("restricted", True)
    assert leaves(world.be, "case.recalled") == []
    assert outstanding(world.ma, DPO) == []
    lift_restriction(world.ma, HEAD, UID, "it was right")
    assert followed(world) == 0
    assert OLD in str(show_case(world.be, LOTTE, thread)["reply"])


def test_a_restriction_that_nobody_ordered_here_reaches_the_recipients(
    answered: tuple[World, str, str],
) -> None:
    """It came with an import, or a restore carried it out again."""
    world, _, thread = answered
    with atomic("ma"):
        restrict_entry_again(world.ma, [UID])
    assert followed(world) == 0
    for node in (world.ma, world.be):
        assert passage(node, reply_of(world, thread)).state == "restricted"
    assert len(leaves(world.be, "case.restricted")) == 1


def test_what_protects_besides_is_recalled_also_of_a_restricted_entry(
    answered: tuple[World, str, str],
) -> None:
    world, _, _ = answered
    restrict(world.ma, HEAD, UID, "the person contests the accuracy")
    assert followed(world) == 0
    hold(world.ma, subject(taints=(Taint.ASYLUM,), state=SubjectState.RESTRICTED))
    RegisterSubject.objects.using("ma").filter(uid=UID).update(version=9)
    assert followed(world) == 1
    assert OLD not in everything(world.be)
