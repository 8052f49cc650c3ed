"""L7: a correction reaches every recipient; the old text is gone, both versions are committed to.

Enforced in `services/protection/received.py`: without the line `put_words(...)` in `replace` the recipient keeps the
old text in the case, without `forget_content(...)` in the signed message; both fail
`test_the_recipient_holds_the_right_text_only`. Without `_check_header(...)` in `receive_rectification` the hostile
partner of `test_a_correction_is_no_way_in` gets in. Without `Act.RECTIFY` in `_DECIDED_WITH_DATA` (core/policy/law.py)
a correction without a person's decision passes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.agreement.samples import TODAY
from tests.cases.cast import DPO, LOTTE, OPERATOR, SALMA, YOUSSEF, ask, deliver
from tests.federation.world import BE, MA, World, set_state
from tests.policy.scene import (
    NEW,
    OLD,
    case,
    code_of,
    everything,
    leaves,
    passage,
    put_right,
)
from tests.told import released

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend, terminate
from comity.services.cases.answer import answer
from comity.services.cases.inbox import list_cases
from comity.services.cases.recall import recall
from comity.services.cases.views import show_case
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.correct import correct, correct_words, propose_correction
from comity.services.protection.outstanding import Waiting, outstanding, take_note

RULE = {
    "enforced": (
        "services/protection/received.py:replace",
        "services/protection/received.py:receive_rectification",
        "core/policy/law.py:_DECIDED_WITH_DATA",
    ),
    "core": ("test_the_law_looks_at_a_correction_on_both_sides",),
    "wire": ("test_a_correction_is_no_way_in",),
    "api": (
        "api/test_reading.py::test_a_corrected_text_is_the_only_one_that_is_read",
        "api/test_threads.py::test_what_is_outstanding_and_what_a_system_never_does",
    ),
    "desk": (
        "test_the_recipient_holds_the_right_text_only",
        "web/test_protection.py::test_a_correction_from_the_register",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
WRONG = ProtectionGround.INACCURATE


def test_the_recipient_holds_the_right_text_only(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    assert OLD in everything(world.be)
    put_right(world.ma)
    seen = propose_correction(world.ma, SALMA, thread)
    assert OLD in str(seen.before)
    assert NEW in str(seen.after)
    message = correct(world.ma, SALMA, thread, WRONG, shown=seen.digest)
    deliver(world)
    assert code_of(world.ma, message) == ("delivered", None)
    for node in (world.be, world.ma):
        assert OLD not in everything(node)
        assert NEW in everything(node)
    assert NEW in str(show_case(world.be, LOTTE, thread)["reply"])


def test_both_versions_are_committed_to_on_both_sides_without_words(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    put_right(world.ma)
    correct(world.ma, SALMA, thread, WRONG)
    deliver(world)
    for node in (world.be, world.ma):
        [before], [after] = leaves(node, "case.corrected-from"), leaves(node, "case.corrected-to")
        for leaf in (before, after):
            assert thread in leaf
            assert OLD not in leaf
            assert NEW not in leaf
            assert '"commitment":"' in leaf


@pytest.mark.parametrize("stopped", ["agreement-suspended", "agreement-terminated", "partner", "both"])
def test_nothing_stops_a_correction(answered: tuple[World, str, str], stopped: str) -> None:
    world, agreement, thread = answered
    if stopped == "agreement-suspended":
        suspend(world.be, OPERATOR, agreement, "test")
    if stopped == "agreement-terminated":
        terminate(world.ma, OPERATOR, agreement, "test")
    if stopped in ("partner", "both"):
        set_state(world.be, MA, "suspended")
    if stopped == "both":
        set_state(world.ma, BE, "suspended")
    deliver(world)
    put_right(world.ma)
    correct(world.ma, SALMA, thread, WRONG)
    deliver(world)
    assert NEW in str(case(world.be, thread).reply)


def test_the_owner_is_told_and_takes_note(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    show_case(world.be, LOTTE, thread)
    put_right(world.ma)
    correct(world.ma, SALMA, thread, WRONG)
    deliver(world)
    [shown] = show_case(world.be, LOTTE, thread)["notices"]
    assert (shown["act"], shown["ground"], shown["settled_at"]) == ("rectify", "inaccurate", None)
    [line] = outstanding(world.be, DPO)
    assert (line.waiting, line.thread) == (Waiting.OURSELVES, thread)
    assert line.notice is not None
    take_note(world.be, LOTTE, line.notice)
    assert outstanding(world.be, DPO) == []
    with pytest.raises(Refused, match=r"protection\.settled"):
        take_note(world.be, LOTTE, line.notice)
    [entry] = list_cases(world.be, LOTTE)
    assert entry.changed_at > entry.opened_at


def test_a_change_in_the_register_shows_as_due_before_anybody_acts(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    assert outstanding(world.ma, DPO) == []
    put_right(world.ma)
    [line] = outstanding(world.ma, DPO)
    assert (line.waiting, line.thread, line.notice) == (Waiting.CORRECTION, thread, None)
    correct(world.ma, SALMA, thread, WRONG)
    deliver(world)
    assert outstanding(world.ma, DPO) == []


def test_who_may_and_what_is_no_correction(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    with pytest.raises(Refused, match=r"protection\.unchanged"):
        correct(world.ma, SALMA, thread, WRONG)
    put_right(world.ma)
    with pytest.raises(Refused, match=r"case\.approver"):
        correct(world.ma, YOUSSEF, thread, WRONG)
    with pytest.raises(Refused, match=r"case\.approver"):
        correct(world.ma, OPERATOR, thread, WRONG)
    with pytest.raises(InputError, match=r"protection\.ground"):
        correct(world.ma, SALMA, thread, ProtectionGround.UNLAWFUL)
    with pytest.raises(Refused, match=r"case\.changed"):
        correct(world.ma, SALMA, thread, WRONG, shown="0" * 64)
    with pytest.raises(InputError, match=r"case\.message-unknown"):
        correct(world.ma, SALMA, thread, WRONG, message="0" * 32)


def test_ones_own_request_is_written_anew(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    correct_words(
        world.be,
        LOTTE,
        thread,
        thread,
        WRONG,
        {"facts": "a van loaded at noon", "assertions": {"facts": "fact"}},
    )
    deliver(world)
    for node in (world.be, world.ma):
        assert "a car loaded at night" not in everything(node)
        assert "a van loaded at noon" in everything(node)
    with pytest.raises(InputError, match=r"case\.request-field"):
        correct_words(world.be, LOTTE, thread, thread, WRONG, {"reference": "8" * 32})
    answer(world.ma, SALMA, thread)
    deliver(world)
    message = case(world.ma, thread).closing
    assert message is not None
    with pytest.raises(Refused, match=r"case\.nothing-sent"):
        correct_words(world.be, LOTTE, thread, message, WRONG, {"note": "x"})


def test_what_was_recalled_is_not_brought_back_by_a_correction(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    recall(world.ma, SALMA, thread)
    put_right(world.ma)
    correct(world.ma, SALMA, thread, WRONG)
    deliver(world)
    assert case(world.be, thread).reply is None
    assert NEW not in everything(world.be), "nor is the correction itself kept: it tells what was taken back"


def _body(world: World, thread: str, **changes: Any) -> dict[str, Any]:
    row = case(world.be, thread)
    assert row.reply is not None
    return {"message": row.closing, "ground": "inaccurate", "corrected": {**row.reply, **changes}}


@pytest.mark.parametrize(
    ("change", "header", "code"),
    [
        ({}, {"data": frozenset()}, "case.header"),
        ({}, {"decision": None}, "law.decision"),
        ({}, {"handling": Handling("H3/no-court")}, "case.header"),
        ({}, {"subjects": frozenset({SubjectCategory.CONVICTED})}, "case.header"),
        ({}, {"subjects": frozenset({SubjectCategory.INFORMANT})}, "law.fields"),
        ({"handling": "H0"}, {"handling": Handling.H0}, "case.correction-widens"),
        ({"more": 1}, {}, "case.message-malformed"),
        (
            {"subject": released({"fingerprints": ["x"]})},
            {"data": frozenset({DataCategory.FINGERPRINTS})},
            "case.beyond-request",
        ),
    ],
)
def test_a_correction_is_no_way_in(
    answered: tuple[World, str, str], change: dict[str, Any], header: dict[str, Any], code: str
) -> None:
    """A hostile partner: its own node's policy is not asked, ours is."""
    world, _, thread = answered
    before = case(world.be, thread).reply
    assert before is not None
    claims: dict[str, Any] = {
        "data": frozenset(DataCategory(each) for each in before["subject"]["fields"]),
        "subjects": frozenset({SubjectCategory.SUSPECT}),
        "handling": Handling.H1,
        "decision": "0" * 64,
    }
    outgoing = Outgoing(
        BE,
        Regime.POLICE,
        "rectification",
        Act.RECTIFY,
        _body(world, thread, **change),
        thread=thread,
        **{**claims, **header},
    )
    if code.startswith("law."):
        with pytest.raises(Refused, match=code.replace(".", r"\.")):
            submit(world.ma, outgoing, SALMA)
    else:
        message = submit(world.ma, outgoing, SALMA)
        deliver(world)
        assert code_of(world.ma, message) == ("refused", code)
    assert case(world.be, thread).reply == before


def test_nobody_corrects_what_another_said(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    body = {"message": thread, "ground": "inaccurate", "corrected": {}}
    outgoing = Outgoing(BE, Regime.POLICE, "rectification", Act.RECTIFY, body, thread=thread)
    message = submit(world.ma, outgoing, SALMA)
    deliver(world)
    assert code_of(world.ma, message) == ("refused", "case.header")
    assert passage(world.be, thread).corrections == 0


def test_the_law_looks_at_a_correction_on_both_sides() -> None:
    act = ProposedAct(
        act=Act.RECTIFY,
        regime=Regime.POLICE,
        sender=MA,
        recipient=BE,
        data=frozenset({DataCategory.NAMES}),
        subjects=frozenset({SubjectCategory.SUSPECT}),
        decision="0" * 64,
    )
    assert isinstance(decide(None, act, TODAY), Permit)
    for change in ({"decision": None}, {"taints": frozenset({Taint.ASYLUM})}, {"subjects": frozenset()}):
        assert isinstance(decide(None, replace(act, **change), TODAY), Refuse)
