"""L18, S9: an emergency stands in for the owner's consent, never without telling it, and for nothing else.

Enforced by the row ``L18`` of `PROHIBITIONS` in `core/policy/law.py`, which looks for the notice that `_told` in
`services/exchange/submit.py` finds in the same submission. Without the row, information leaves without its notice
(`test_without_its_notice_it_cannot_be_submitted`); without `require_approver` or the second factor in
`services/transfers/emergency.py` anybody declares one. H1 before a court: the row ``L8`` (`law.court`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.agreement.samples import TODAY, in_force, shipped
from tests.cases.cast import DPO, HEAD, LOTTE, OPERATOR, SALMA, SYSTEM_ACCOUNT, ask, deliver, officer
from tests.federation.world import BE, MA, THIRD, World, set_state
from tests.policy.scene import OLD, case, code_of, everything, leaves, passage
from tests.policy.test_l17_onward import rounds
from tests.policy.transfers import TO_MA, grounds
from tests.told import FACTS

from comity.core.cases.consent import OVERRIDE_NOTICE, Use
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, Role, SubjectCategory, Taint
from comity.core.codes.transfer import OverrideGround
from comity.core.policy.decide import ProposedAct
from comity.errors import ComityError, InputError, Refused
from comity.services.cases.recall import recall
from comity.services.exchange.submit import Outgoing, submit, submit_many
from comity.services.protection.consent import ask_consent, decide_consent, withdraw_consent
from comity.services.protection.onward import pass_on
from comity.services.protection.outstanding import outstanding, take_note
from comity.services.protection.restrict import restrict_sent
from comity.services.transfers.court import give_to_court
from comity.services.transfers.emergency import pass_on_at_once
from comity.services.transfers.records import Period, report
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.protection import Notice

RULE = {
    "enforced": (
        "core/policy/law.py:_override_beyond",
        "services/transfers/emergency.py:pass_on_at_once",
    ),
    "core": ("test_in_the_core_it_is_one_narrow_act_of_which_the_owner_is_told",),
    "wire": (
        "test_a_hostile_notice_is_refused",
        "test_a_notice_stands_in_the_thread_and_the_regime_of_what_it_is_about",
    ),
    "api": ("api/test_transfers.py::test_neither_emergency_nor_court_is_a_system_s",),
    "desk": ("web/test_transfers.py::test_s9_an_emergency_leaves_with_its_notice_and_not_without_the_code",),
}

wired = pytest.mark.django_db(databases=["be", "ma", "third"])
LIES = officer("lies", Role.OFFICER, Role.APPROVER)
BELGIAN_DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)
REASON = "he drives to the market with explosives, arrival within the hour"
Scene = tuple[World, str, str, str]
CLAIMED = replace(
    TO_MA,
    act=Act.INFORM,
    owner=THIRD,
    collected_for=Purpose.TERRORISM,
    override=OverrideGround.THREAT_TO_LIFE,
    notified=THIRD,
)
PLAN = in_force(shipped("plan_2025"))


def at_once(scene: Scene, **changes: Any) -> str:
    world, thread, message, beyond = scene
    usual: dict[str, Any] = {
        "actor": LIES,
        "thread": thread,
        "message": message,
        "partner": THIRD,
        "agreement": beyond,
        "ground": OverrideGround.THREAT_TO_LIFE,
        "matter": "a driver",
        "reason": REASON,
        "assertions": FACTS,
        "confirmed_at": world.clock(),
    }
    return pass_on_at_once(world.be, **{**usual, **changes})


def onward(scene: Scene) -> str:
    world, thread, message, beyond = scene
    return pass_on(
        world.be,
        LIES,
        thread,
        message,
        THIRD,
        beyond,
        Purpose.TERRORISM,
        "a driver",
        "his brother",
        assertions=FACTS,
    )


def at_third(world: World) -> str:
    return everything(world.nodes[THIRD])


def test_in_the_core_it_stands_in_for_the_consent() -> None:
    assert grounds(PLAN, CLAIMED, TODAY) == []
    assert ("law.consent", "law", "L17") in grounds(PLAN, replace(CLAIMED, override=None), TODAY)


@pytest.mark.parametrize(
    "change",
    [
        {"notified": None},
        {"notified": MA},
        {"notified": ServiceId("FR.dcpj")},
        {"owner": None},
        {"owner": BE},
        {"act": Act.REPLY},
        {"subjects": frozenset({SubjectCategory.SUSPECT, SubjectCategory.CONVICTED})},
        {"decision": None},
        {"judicial": True},
        {"data": frozenset({DataCategory.NAMES, DataCategory.FINGERPRINTS})},
    ],
)
def test_in_the_core_it_is_one_narrow_act_of_which_the_owner_is_told(change: dict[str, Any]) -> None:
    found = grounds(PLAN, replace(CLAIMED, **change), TODAY)
    assert ("law.override", "law", "L18") in found


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"data": frozenset({DataCategory.FINGERPRINTS})}, "law.special"),
        ({"decision": None}, "law.decision"),
        ({"subjects": frozenset()}, "law.category"),
        ({"collected_for": Purpose.DRUGS}, "law.purpose"),
        *(
            ({"taints": frozenset({taint})}, "law.protected")
            for taint in (
                Taint.EURODAC,
                Taint.SIS,
                Taint.ASYLUM,
                Taint.RETURN_SUSPENDED,
                Taint.TORTURE_RISK,
                Taint.QUARANTINED,
                Taint.RESTRICTED,
            )
        ),
    ],
)
def test_in_the_core_it_overrides_nothing_else(change: dict[str, Any], code: str) -> None:
    assert code in [each for each, _, _ in grounds(PLAN, replace(CLAIMED, **change), TODAY)]


def test_in_the_core_a_capital_offence_without_assurances_stays_blocked() -> None:
    bare = PLAN.agreement.model_copy(update={"assurances": ()})
    act: ProposedAct = replace(CLAIMED, taints=frozenset({Taint.CAPITAL_OFFENCE}))
    assert "law.protected" in [code for code, _, _ in grounds(bare, act, TODAY)]


@wired
def test_s9_forwarding_is_blocked_and_an_imminent_threat_goes_with_instant_notice(three: Scene) -> None:
    world, thread, message, _ = three
    with pytest.raises(Refused, match=r"law\.consent"):
        onward(three)
    sent = at_once(three)
    rounds(world)
    assert OLD in at_third(world)
    told = Notice.objects.using("ma").get(act="notify")
    assert (told.thread, told.target, told.ground) == (thread, message, "threat-to-life")
    assert (told.content["recipient"], told.content["reason"]) == (THIRD, REASON)
    assert told.settled_at is None
    origin = passage(world.nodes[THIRD], sent).body["origin"]
    assert set(origin) == {"owner", "override"}
    notice = ExchangedMessage.objects.using("be").get(kind=OVERRIDE_NOTICE)
    assert f'"decision":"{origin["override"]}"'.encode() in bytes(notice.header)
    assert Notice.objects.using("be").get(act="notify").settled_at is not None


@wired
def test_both_are_stored_in_one_transaction_or_neither(three: Scene) -> None:
    world, _, _, _ = three
    before = ExchangedMessage.objects.using("be").count()
    with pytest.MonkeyPatch.context() as patched:

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("the notice could not be written")

        patched.setattr("comity.services.transfers.emergency.owe_sent", broken)
        with pytest.raises(RuntimeError):
            at_once(three)
    assert ExchangedMessage.objects.using("be").count() == before
    rounds(world)
    assert OLD not in at_third(world)


@wired
def test_without_its_notice_it_cannot_be_submitted(three: Scene) -> None:
    world, thread, message, _ = three
    kept: list[Outgoing] = []
    with pytest.MonkeyPatch.context() as patched:

        def caught(node: object, outgoing: list[Outgoing], *_: object, **__: object) -> list[str]:
            kept.extend(outgoing)
            return ["0" * 32]

        patched.setattr("comity.services.transfers.emergency.submit_many", caught)
        at_once(three)
    information, notice = kept
    for wrong in (
        [information],
        [information, replace(notice, partner=THIRD, thread=None)],
        [information, replace(notice, decision="1" * 64)],
        [information, replace(notice, kind="restriction", act=Act.RESTRICT)],
    ):
        with pytest.raises(Refused, match=r"law\.override"):
            submit_many(world.be, wrong, LIES)
    assert not ExchangedMessage.objects.using("be").filter(kind=OVERRIDE_NOTICE).exists()
    assert len(submit_many(world.be, [information, notice], LIES)) == 2
    assert message == case(world.be, thread).closing


@wired
@pytest.mark.parametrize("actor", [LOTTE, OPERATOR, SYSTEM_ACCOUNT, officer("h", Role.HEAD_OF_DESK)])
def test_only_a_named_approver(three: Scene, actor: Any) -> None:
    with pytest.raises(Refused, match=r"case\.approver"):
        at_once(three, actor=actor)
    assert not Notice.objects.using("be").filter(act="notify").exists()


@wired
def test_only_who_has_just_given_the_second_factor(three: Scene) -> None:
    world = three[0]
    now = world.clock()
    for confirmed in (None, now - timedelta(minutes=6), now + timedelta(seconds=1)):
        with pytest.raises(Refused, match=r"override\.unconfirmed"):
            at_once(three, confirmed_at=confirmed)
    for reason in ("", "urgent", "x" * 9000):
        with pytest.raises(InputError, match=r"override\.reason"):
            at_once(three, reason=reason)
    rounds(world)
    assert OLD not in at_third(world)


@wired
def test_what_is_restricted_or_recalled_stays_where_it_is(three: Scene) -> None:
    world, thread, _, _ = three
    restrict_sent(world.ma, DPO, thread, _contested())
    rounds(world)
    with pytest.raises(Refused, match=r"case\.restricted"):
        at_once(three)
    recall(world.ma, SALMA, thread)
    rounds(world)
    with pytest.raises(Refused, match=r"case\.recalled"):
        at_once(three)


def _contested() -> Any:
    from comity.core.cases.protection import ProtectionGround

    return ProtectionGround.CONTESTED


@wired
@pytest.mark.parametrize("state", ["away", "suspended"])
def test_the_notice_is_chased_until_the_owner_has_it(three: Scene, state: str) -> None:
    world = three[0]
    if state == "away":
        world.network.cut_off.add(MA)
    else:
        set_state(world.be, MA, "suspended")
        set_state(world.ma, BE, "suspended")
    at_once(three)
    rounds(world)
    if state == "away":
        assert OLD in at_third(world)
        lines = [each for each in outstanding(world.be, BELGIAN_DPO) if each.act == "notify"]
        assert [(each.partner, each.waiting.value) for each in lines] == [(MA, "partner")]
        world.clock.forward(days=8)
        world.network.cut_off.clear()
        rounds(world, seconds=4000)
    assert Notice.objects.using("ma").filter(act="notify").count() == 1
    assert [each for each in outstanding(world.be, BELGIAN_DPO) if each.act == "notify"] == []


@wired
def test_the_owner_sees_it_takes_note_and_may_take_it_all_back(three: Scene) -> None:
    world, thread, _, _ = three
    at_once(three)
    rounds(world)
    [line] = [each for each in outstanding(world.ma, DPO) if each.act == "notify"]
    assert (line.waiting.value, line.ground, line.partner) == ("ourselves", "threat-to-life", BE)
    take_note(world.ma, HEAD, line.notice or 0)
    recall(world.ma, SALMA, thread)
    rounds(world)
    rounds(world)
    assert OLD not in at_third(world)


@wired
def test_the_evidence_and_the_report_show_it_without_words(three: Scene) -> None:
    world = three[0]
    at_once(three)
    rounds(world)
    [ours] = leaves(world.be, "transfer.overridden")
    [theirs] = leaves(world.ma, "transfer.override-told")
    for leaf in (ours, theirs):
        assert '"ground":"threat-to-life"' in leaf
        assert "explosives" not in leaf
    period = Period(first=world.clock() - timedelta(days=1), before=world.clock() + timedelta(days=1))
    [line] = report(world.be, BELGIAN_DPO, period)["emergencies"]
    assert (line["owner"], line["by"], line["state"]) == (MA, BE, "delivered")
    [line] = report(world.ma, DPO, period)["emergencies"]
    assert (line["owner"], line["by"]) == (MA, BE)


@wired
def test_a_second_emergency_is_told_again(three: Scene) -> None:
    world = three[0]
    at_once(three)
    at_once(three, reason=REASON + ", a second car")
    rounds(world)
    assert Notice.objects.using("ma").filter(act="notify").count() == 2


@wired
@pytest.mark.parametrize(
    ("body", "decision", "code"),
    [
        ({"message": "0" * 32}, "1" * 64, "case.header"),
        ({"message": "request"}, "1" * 64, "case.header"),
        ({"recipient": MA}, "1" * 64, "case.header"),
        ({"recipient": BE}, "1" * 64, "case.header"),
        ({"recipient": "nobody"}, "1" * 64, "case.message-malformed"),
        ({"ground": "convenience"}, "1" * 64, "case.message-malformed"),
        ({"reason": ""}, "1" * 64, "case.message-malformed"),
        ({}, None, "case.header"),
    ],
)
def test_a_hostile_notice_is_refused(
    three: Scene, body: dict[str, Any], decision: str | None, code: str
) -> None:
    world, thread, message, _ = three
    if body.get("message") == "request":
        body = {"message": thread}
    assert noticed(world, thread, {**notice(message), **body}, decision) == ("refused", code)
    assert not Notice.objects.using("ma").filter(act="notify").exists()


@wired
def test_a_notice_stands_in_the_thread_and_the_regime_of_what_it_is_about(three: Scene) -> None:
    world, thread, message, _ = three
    other = ask(world, case(world.be, thread).agreement, case="BE-2026-118")
    deliver(world)
    refused = ("refused", "case.header")
    assert noticed(world, other, notice(message)) == refused
    assert noticed(world, thread, notice(message), regime=Regime.RETURN_IDENTIFICATION) == refused
    assert not Notice.objects.using("ma").filter(act="notify").exists()
    assert noticed(world, thread, notice(message)) == ("delivered", None)


def notice(message: str) -> dict[str, Any]:
    """Return what a partner tells of an emergency, well formed."""
    return {
        "message": message,
        "recipient": THIRD,
        "ground": "threat-to-life",
        "reason": REASON,
        "at": "2026-11-23T12:00:00.000Z",
    }


def noticed(
    world: World,
    thread: str,
    body: dict[str, Any],
    decision: str | None = "1" * 64,
    regime: Regime = Regime.POLICE,
) -> tuple[str, str | None]:
    """Let the Belgian node tell of an emergency; return how the notice ended."""
    told = Outgoing(MA, regime, OVERRIDE_NOTICE, Act.NOTIFY, body, thread=thread, decision=decision)
    sent = submit(world.be, told, LIES)
    deliver(world)
    return code_of(world.be, sent)


@wired
def test_s9_a_court_gets_nothing_before_the_provider_permits_it(three: Scene) -> None:
    world, thread, message, _ = three
    given = (world.be, LIES, thread, message, "Court of Brussels", "2026/117")
    assert passage(world.be, message).direction == "in"
    with pytest.raises(Refused, match=r"law\.court"):
        give_to_court(*given)
    for use in (Use.ONWARD, Use.COURT):
        to = THIRD if use is Use.ONWARD else None
        asked = ask_consent(world.be, LOTTE, thread, message, use, Purpose.TERRORISM, "the trial", to)
        deliver(world)
        with pytest.raises(Refused, match=r"law\.court"):
            give_to_court(*given)
        decide_consent(world.ma, SALMA, thread, asked, given=True)
        deliver(world)
    assert OLD in str(give_to_court(*given))
    [leaf] = leaves(world.be, "case.given-to-court")
    assert "Brussels" not in leaf
    withdraw_consent(world.ma, SALMA, thread, asked)
    deliver(world)
    with pytest.raises(Refused, match=r"law\.court"):
        give_to_court(*given)


@wired
def test_a_court_is_named_and_an_approver_answers_for_it(three: Scene) -> None:
    world, thread, message, _ = three
    for actor in (LOTTE, OPERATOR):
        with pytest.raises(Refused, match=r"case\.approver"):
            give_to_court(world.be, actor, thread, message, "Court", "1")
    for court, proceedings in ((" ", "1"), ("Court", ""), ("x" * 300, "1")):
        with pytest.raises(InputError, match=r"court\.named"):
            give_to_court(world.be, LIES, thread, message, court, proceedings)


@pytest.mark.parametrize(
    "handling", [None, "H0", "H0 TLP:CLEAR", "H0 TLP:GREEN", "H1", "H2", "H3/consult-first"]
)
def test_in_the_core_only_h0_goes_to_a_court_unasked(handling: str | None) -> None:
    held = None if handling is None else Handling(handling)
    act = replace(
        TO_MA, act=Act.INFORM, owner=THIRD, collected_for=Purpose.TERRORISM, judicial=True, held_under=held
    )
    expected = [] if handling in ("H0", "H0 TLP:CLEAR") else ["law.court"]
    assert [code for code, _, _ in grounds(PLAN, act, TODAY)] == expected
    permitted = replace(act, consent="1" * 64, consented_for=Purpose.TERRORISM)
    assert grounds(PLAN, permitted, TODAY) == []
    assert issubclass(Refused, ComityError)
