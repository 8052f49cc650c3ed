"""L17, L35: nothing is passed on without its owner's consent, and what was passed on is followed ever after.

Enforced by the row ``L17`` of `PROHIBITIONS` in `core/policy/law.py`: without it
`test_nothing_moves_without_consent` passes the words on. Without `_ask_back(...)` in
`services/protection/consent.py` a withdrawn consent leaves the recipient its copy. Without the loops over
`passages.passed_on(...)` in `services/protection/received.py` corrections, restrictions and recalls stop at the first
recipient. Without the test of the regime in `pass_on` another regime is reached (L35).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.agreement.samples import TODAY, between, in_force, shipped
from tests.cases.cast import DPO, LOTTE, OPERATOR, SALMA, YOUSSEF, deliver, officer
from tests.federation.world import BE, MA, THIRD, World, set_state, sign_between
from tests.policy.scene import NEW, OLD, case, code_of, everything, leaves, passage, put_right
from tests.told import FACTS

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Role, SubjectCategory
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend
from comity.services.cases.recall import recall
from comity.services.cases.views import show_case
from comity.services.exchange import submit as submitting
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.consent import ask_consent, decide_consent, withdraw_again, withdraw_consent
from comity.services.protection.correct import correct
from comity.services.protection.onward import pass_on
from comity.services.protection.outstanding import outstanding
from comity.services.protection.owe import chase_due
from comity.services.protection.restrict import lift_sent, restrict_sent
from comity.storage.models.protection import Consent, Passage, PassageState
from comity.storage.transaction import atomic
from comity.transport.memory import Fault

RULE = {
    "enforced": (
        "core/policy/law.py:_onward_without_consent",
        "services/protection/consent.py:_ask_back",
        "services/protection/consent.py:_beyond_owner",
        "services/protection/onward.py:pass_on",
    ),
    "core": ("test_the_policy_itself",),
    "wire": ("test_a_hostile_partner_gets_no_consent",),
    "api": ("api/test_law.py::test_no_other_purpose_than_a_clause_names",),
    "desk": (
        "test_nothing_moves_without_consent",
        "policy/test_consent_of_the_owner.py::test_nobody_consents_for_the_owner",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
LIES = officer("lies", Role.OFFICER, Role.APPROVER)
BELGIAN_DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)
Scene = tuple[World, str, str, str]


def rounds(world: World, seconds: float = 1) -> None:
    """Let every worker chase and deliver, a few times."""
    for _ in range(3):
        world.clock.forward(seconds=seconds)
        for node in world.nodes.values():
            chase_due(node)
            deliver_due(node, world.network.channels)


def consented(scene: Scene, purpose: Purpose = Purpose.TERRORISM) -> str:
    """Ask for consent to pass the reply on, and get it."""
    world, thread, message, _ = scene
    asked = ask_consent(world.be, LOTTE, thread, message, Use.ONWARD, purpose, "they hold his brother", THIRD)
    deliver(world)
    decide_consent(world.ma, SALMA, thread, asked, given=True)
    deliver(world)
    return asked


def onward(scene: Scene, **changes: Any) -> str:
    world, thread, message, beyond = scene
    usual: dict[str, Any] = {
        "actor": LIES,
        "agreement": beyond,
        "partner": THIRD,
        "purpose": Purpose.TERRORISM,
        "matter": "a driver",
        "reasons": "his brother is in your custody",
        "assertions": FACTS,
    }
    return pass_on(world.be, thread=thread, message=message, **{**usual, **changes})


def at_third(world: World) -> str:
    return everything(world.nodes[THIRD])


def test_nothing_moves_without_consent(three: Scene) -> None:
    world, thread, message, _ = three
    with pytest.raises(Refused, match=r"law\.consent"):
        onward(three)
    asked = ask_consent(
        world.be, LOTTE, thread, message, Use.ONWARD, Purpose.TERRORISM, "they hold his brother", THIRD
    )
    deliver(world)
    with pytest.raises(Refused, match=r"law\.consent"):
        onward(three)
    decide_consent(world.ma, SALMA, thread, asked, given=False)
    deliver(world)
    with pytest.raises(Refused, match=r"law\.consent"):
        onward(three)
    rounds(world)
    assert OLD not in at_third(world)


def test_what_is_taken_back_while_it_is_passed_on_does_not_move(
    three: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _, message, _ = three
    consented(three)
    seal = submitting._write

    def meanwhile(*given: Any) -> Any:
        Passage.objects.using("be").filter(message=message).update(state=PassageState.RESTRICTED)
        return seal(*given)

    monkeypatch.setattr(submitting, "_write", meanwhile)
    with pytest.raises(Refused, match=r"case\.restricted"):
        onward(three)
    monkeypatch.undo()
    rounds(world)
    assert OLD not in at_third(world)


def test_with_consent_it_moves_with_its_owner_and_marks(three: Scene) -> None:
    world, thread, _, _ = three
    asked = consented(three)
    sent = onward(three)
    rounds(world)
    assert OLD in at_third(world)
    body = passage(world.nodes[THIRD], sent).body
    given = Consent.objects.using("be").get(asked=asked)
    assert body["origin"] == {"owner": MA, "consent": given.digest}
    assert body["handling"] == "H1"
    assert Consent.objects.using("ma").get(asked=asked).digest == given.digest
    assert show_case(world.ma, SALMA, thread)["consents"][0]["state"] == "given"
    [decided] = leaves(world.ma, "case.consent-decided")
    assert str(given.digest) in decided
    assert len(leaves(world.be, "consent.given")) == 1


@pytest.mark.parametrize(
    "other",
    [{"purpose": Purpose.DRUGS}, {"partner": ServiceId("FR.dcpj")}, {"actor": LOTTE}, {"actor": OPERATOR}],
)
def test_consent_covers_one_purpose_one_recipient_and_a_named_person(
    three: Scene, other: dict[str, Any]
) -> None:
    consented(three)
    with pytest.raises(Refused, match=r"law\.purpose|law\.consent|agreement\.parties|case\.approver"):
        onward(three, **other)


@pytest.mark.parametrize("stopped", ["nothing", "agreement", "partner"])
def test_a_withdrawn_consent_is_enforced_at_once(three: Scene, stopped: str) -> None:
    world, thread, _, beyond = three
    asked = consented(three)
    sent = onward(three)
    rounds(world)
    assert OLD in at_third(world)
    if stopped == "agreement":
        suspend(world.be, OPERATOR, beyond, "test")
        suspend(world.be, OPERATOR, case(world.be, thread).agreement, "test")
    if stopped == "partner":
        set_state(world.be, MA, "suspended")
        set_state(world.nodes[THIRD], BE, "suspended")
    rounds(world)
    withdraw_consent(world.ma, SALMA, thread, asked)
    rounds(world)
    assert OLD not in at_third(world)
    assert passage(world.nodes[THIRD], sent).ground == "consent-withdrawn"
    with pytest.raises(Refused, match=r"law\.consent|agreement\.suspended"):
        onward(three)
    assert OLD in everything(world.be)


def test_a_correction_reaches_the_recipients_of_the_recipient(three: Scene) -> None:
    world, thread, _, _ = three
    consented(three)
    sent = onward(three)
    rounds(world)
    put_right(world.ma)
    world.network.cut_off.add(THIRD)
    correct(world.ma, SALMA, thread, ProtectionGround.INACCURATE)
    rounds(world)
    [line] = [each for each in outstanding(world.be, BELGIAN_DPO) if each.partner == THIRD]
    assert (line.act, line.passed_on, line.thread) == ("rectify", True, sent)
    world.clock.forward(hours=80)
    world.network.cut_off.clear()
    rounds(world, seconds=400)
    assert [each for each in outstanding(world.be, BELGIAN_DPO) if each.partner == THIRD] == []
    for node in world.nodes.values():
        assert OLD not in everything(node)
    assert NEW in at_third(world)


def test_a_restriction_and_its_end_reach_them_too(three: Scene) -> None:
    world, thread, _, _ = three
    consented(three)
    sent = onward(three)
    rounds(world)
    restrict_sent(world.ma, DPO, thread, ProtectionGround.CONTESTED)
    rounds(world)
    there = world.nodes[THIRD]
    assert passage(there, sent).state == "restricted"
    with pytest.raises(Refused, match=r"case\.restricted"):
        onward(three)
    lift_sent(world.ma, DPO, thread)
    rounds(world)
    assert passage(there, sent).state == "held"


@pytest.mark.parametrize("erase", [False, True])
def test_a_recall_reaches_them_too(three: Scene, erase: bool) -> None:
    world, thread, _, _ = three
    consented(three)
    onward(three)
    recall(world.ma, SALMA, thread, erase=erase)
    rounds(world)
    rounds(world)
    assert OLD not in at_third(world)
    with pytest.raises(Refused, match=r"case\.recalled"):
        onward(three)


@pytest.mark.parametrize("stage", ["waits", "tried", "arrived"])
@pytest.mark.parametrize("end", ["recalled", "consent-withdrawn"])
def test_what_is_passed_on_does_not_leave_after_its_end(three: Scene, end: str, stage: str) -> None:
    """The third service holds it by then and loses it, or has never had it and is told nothing."""
    world, thread, _, _ = three
    asked = consented(three)
    sent = onward(three)
    arrived = stage == "arrived"
    left = [Fault.LOSE_ANSWER if arrived else Fault.DROP]
    world.network.draw = lambda: left.pop() if left else Fault.NONE
    if stage != "waits":
        deliver_due(world.be, world.network.channels)
    world.network.draw = lambda: Fault.NONE
    world.network.cut_off.add(THIRD)
    if end == "recalled":
        recall(world.ma, SALMA, thread)
    else:
        withdraw_consent(world.ma, SALMA, thread, asked)
    deliver_due(world.ma, world.network.channels)
    rounds(world)
    world.network.cut_off.clear()
    rounds(world, 400)
    rounds(world, 400)
    assert OLD not in at_third(world)
    assert code_of(world.be, sent)[0] == ("delivered" if arrived else "withdrawn")
    assert len(leaves(world.nodes[THIRD], "case.recalled")) == arrived


def test_another_regime_is_never_reached(three: Scene) -> None:
    world, _, _, _ = three
    consented(three)
    memorandum = between(shipped("memorandum_2016"), (BE, THIRD))
    other = sign_between((world.be, world.nodes[THIRD]), memorandum)
    with pytest.raises(Refused, match=r"case\.regime"):
        onward(three, agreement=other, purpose=Purpose.IDENTIFICATION)


def test_who_asks_and_who_decides(three: Scene) -> None:
    world, thread, message, _ = three
    with pytest.raises(Refused, match=r"consent\.own"):
        ask_consent(world.ma, SALMA, thread, message, Use.ONWARD, Purpose.TERRORISM, "why not", THIRD)
    with pytest.raises(InputError, match=r"consent\.recipient"):
        ask_consent(world.be, LOTTE, thread, message, Use.PURPOSE, Purpose.DRUGS, "why not", THIRD)
    asked = ask_consent(world.be, LOTTE, thread, message, Use.PURPOSE, Purpose.DRUGS, "same network")
    deliver(world)
    for actor in (YOUSSEF, OPERATOR):
        with pytest.raises(Refused, match=r"case\.approver"):
            decide_consent(world.ma, actor, thread, asked, given=True)
    with pytest.raises(InputError, match=r"consent\.unknown"):
        decide_consent(world.be, LIES, thread, asked, given=True)
    with pytest.raises(Refused, match=r"consent\.not-given"):
        withdraw_consent(world.ma, SALMA, thread, asked)
    decide_consent(world.ma, SALMA, thread, asked, given=True)
    with pytest.raises(Refused, match=r"consent\.decided"):
        decide_consent(world.ma, SALMA, thread, asked, given=False)


def test_a_consent_after_its_withdrawal_counts_no_more(three: Scene) -> None:
    """Withdrawal passes a suspended partner, the consent before it does not: it comes late, and is refused."""
    world, thread, message, _ = three
    asked = ask_consent(
        world.be, LOTTE, thread, message, Use.ONWARD, Purpose.TERRORISM, "they hold his brother", THIRD
    )
    deliver(world)
    set_state(world.ma, BE, "suspended")
    set_state(world.ma, BE, "confirmed")
    world.network.cut_off.add(BE)
    given = decide_consent(world.ma, SALMA, thread, asked, given=True)
    deliver(world)
    set_state(world.ma, BE, "suspended")
    withdraw_consent(world.ma, SALMA, thread, asked)
    world.network.cut_off.clear()
    deliver(world, 400)
    set_state(world.ma, BE, "confirmed")
    deliver(world, 400)
    assert code_of(world.ma, given) == ("refused", "consent.unasked")
    with pytest.raises(Refused, match=r"law\.consent"):
        onward(three)


def test_a_restored_backup_brings_no_consent_back(three: Scene) -> None:
    world, _, _, _ = three
    asked = consented(three)
    with atomic("be"):
        withdraw_again(world.be, [f"{MA}/{asked}", f"{MA}/{'0' * 32}"])
    with pytest.raises(Refused, match=r"law\.consent"):
        onward(three)


@pytest.mark.parametrize(
    ("sender", "kind", "act", "body", "decision", "code"),
    [
        (MA, "consent", Act.CONSENT, {"asked": "0" * 32, "given": True}, "0" * 64, "consent.unasked"),
        (BE, "consent-request", Act.ASK_CONSENT, {"message": "0" * 32}, None, "case.header"),
        (BE, "consent-request", Act.ASK_CONSENT, {"message": "x"}, None, "case.message-malformed"),
        (BE, "consent-request", Act.WITHDRAW_CONSENT, {"message": "0" * 32}, None, "message.act"),
        (MA, "consent-withdrawal", Act.WITHDRAW_CONSENT, {"asked": "x"}, None, "case.message-malformed"),
    ],
)
def test_a_hostile_partner_gets_no_consent(
    three: Scene,
    sender: ServiceId,
    kind: str,
    act: Act,
    body: dict[str, Any],
    decision: str | None,
    code: str,
) -> None:
    world, thread, _, _ = three
    row = case(world.be, thread)
    if kind == "consent-request":
        body = {"use": "onward-transfer", "purpose": "terrorism", "recipient": THIRD, "reasons": "x", **body}
    outgoing = Outgoing(
        MA if sender == BE else BE,
        Regime.POLICE,
        kind,
        act,
        body,
        agreement=row.agreement,
        clause=row.clause,
        purpose=Purpose(row.purpose),
        thread=thread,
        decision=decision,
    )
    message = submit(world.nodes[sender], outgoing, SALMA)
    deliver(world)
    assert code_of(world.nodes[sender], message) == ("refused", code)


def test_the_policy_itself() -> None:
    act = ProposedAct(
        act=Act.INFORM,
        regime=Regime.POLICE,
        sender=BE,
        recipient=MA,
        purpose=Purpose.TERRORISM,
        data=frozenset({DataCategory.NAMES}),
        subjects=frozenset({SubjectCategory.SUSPECT}),
        decision="0" * 64,
        owner=THIRD,
        collected_for=Purpose.TERRORISM,
    )
    plan = in_force(shipped("plan_2025"))
    refused = decide(plan, act, TODAY)
    assert isinstance(refused, Refuse)
    assert refused.code == "law.consent"
    with_consent = replace(act, consent="1" * 64, consented_for=Purpose.TERRORISM)
    assert isinstance(decide(plan, with_consent, TODAY), Permit)
    other = decide(
        plan, replace(with_consent, collected_for=Purpose.DRUGS, consented_for=Purpose.DRUGS), TODAY
    )
    assert isinstance(other, Refuse)
    assert other.code == "law.purpose"
