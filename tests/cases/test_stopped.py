"""What the policy does not permit to leave is kept, sealed, for its writer and the data-protection officer, with its ground.

Enforced by `_refused` in `services/exchange/submit.py`; without its `keep_stop` the text is lost. What protects nobody must
change nothing on the wire: `protecting` in `services/egress/grounds.py` looks at blocks alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.agreement.samples import in_force
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    OPERATOR,
    SALMA,
    SYSTEM_ACCOUNT,
    YOUSSEF,
    ask,
    deliver,
    make_desks,
    officer,
    with_suspect,
)
from tests.cases.clocked import recorded
from tests.egress.scene import drafts, enter, protected
from tests.federation.world import START, World
from tests.policy.scene import everything
from tests.policy.transfers import stating

from comity.core.cases.statistics import Period
from comity.core.cases.thread import CLARIFICATION_REQUEST
from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import Assertion, DataCategory, RefusalGround, Role, Taint
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend
from comity.services.cases.answer import answer
from comity.services.cases.refuse import refuse
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.say import in_thread
from comity.services.cases.views import show_case
from comity.services.context import Actor
from comity.services.egress.blocked import DRAFT_LIFE, draft_of, drafts_of, drop_old_blocked
from comity.services.egress.grounds import read_grounds, true_grounds
from comity.services.exchange.submit import submit
from comity.storage.models.cases import Case, CaseDecision

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("amal", Role.AUDITOR)
WHY = "monthly check"
TEXT = "a car loaded at night"


@pytest.fixture
def stopped() -> tuple[World, str]:
    """A request that the suspended agreement did not permit."""
    world, agreement = make_desks()
    with_suspect(world)
    suspend(world.be, OPERATOR, agreement, "an incident")
    with pytest.raises(Refused, match=r"agreement\.suspended"):
        ask(world, agreement)
    return world, agreement


def test_the_text_is_kept_for_its_writer(stopped: tuple[World, str]) -> None:
    world, _ = stopped
    [kept] = drafts_of(world.be, LOTTE)
    assert (kept.code, kept.kind, kept.partner) == ("agreement.suspended", "request", str(world.ma.service))
    assert kept.content["facts"] == TEXT
    assert draft_of(world.be, LOTTE, kept.reference) == kept
    assert drafts_of(world.be, YOUSSEF) == []
    for other in (YOUSSEF, SALMA, HEAD, DPO):
        with pytest.raises(InputError, match=r"egress\.draft-unknown"):
            draft_of(world.be, other, kept.reference)
    assert not Case.objects.using("be").exists(), "nothing else changed"


def test_the_data_protection_officer_reads_ground_and_text(stopped: tuple[World, str]) -> None:
    world, _ = stopped
    [one] = true_grounds(world.be, DPO, Regime.POLICE, WHY)
    assert (one.kind, one.ground, one.by) == ("stopped", "agreement.suspended", "lotte")
    assert TEXT in one.texts
    [one] = true_grounds(world.be, AUDITOR, Regime.POLICE, WHY)
    assert (one.ground, one.texts) == ("agreement.suspended", ())
    assert len(recorded("be", "egress.grounds-read")) == 2
    for other in (LOTTE, SALMA, HEAD, OPERATOR):
        with pytest.raises(Refused):
            read_grounds(world.be, other, Regime.POLICE, WHY)


def test_it_stands_in_the_internal_log_without_words(stopped: tuple[World, str]) -> None:
    world, _ = stopped
    [facts] = recorded("be", "case.sending-stopped")
    assert set(facts) == {"thread", "decision"}
    assert recorded("ma", "case.sending-stopped") == []
    assert TEXT not in everything(world.ma)


def test_the_same_text_is_kept_once_another_too(stopped: tuple[World, str]) -> None:
    world, agreement = stopped
    for _ in range(3):
        with pytest.raises(Refused):
            ask(world, agreement)
    assert len(drafts(world.be)) == 1
    assert CaseDecision.objects.using("be").count() == 1
    with pytest.raises(Refused):
        ask(world, agreement, facts="another car")
    assert len(drafts(world.be)) == 2


def test_a_system_gets_its_text_back_too(stopped: tuple[World, str]) -> None:
    world, agreement = stopped
    with pytest.raises(Refused):
        ask(world, agreement, actor=SYSTEM_ACCOUNT)
    [kept] = drafts_of(world.be, SYSTEM_ACCOUNT)
    assert kept.content["facts"] == TEXT


def test_it_is_gone_after_its_time(stopped: tuple[World, str]) -> None:
    world, _ = stopped
    world.clock.now = START + DRAFT_LIFE + timedelta(minutes=1)
    assert drop_old_blocked(world.be) == 1
    assert drafts_of(world.be, LOTTE) == []
    [one] = true_grounds(world.be, DPO, Regime.POLICE, WHY)
    assert (one.ground, one.texts) == ("agreement.suspended", ())


@pytest.fixture
def asked() -> tuple[World, str, str]:
    world, agreement = make_desks()
    with_suspect(world)
    thread = ask(world, agreement)
    deliver(world)
    return world, agreement, thread


def stop_a_question(world: World, thread: str) -> None:
    """Let a question in the thread be refused: it says that it carries what no question may."""
    row = Case.objects.using("ma").get(thread=thread)
    question = in_thread(row, CLARIFICATION_REQUEST, Act.CLARIFY, {"question": "which of the two?"})
    with pytest.raises(Refused, match=r"policy\.data-not-expected"):
        submit(world.ma, replace(question, data=frozenset({DataCategory.NAMES})), SALMA)


def test_particulars_of_the_register_are_not_kept_again(asked: tuple[World, str, str]) -> None:
    """Of an answer that may not leave stay the words of the officer; without any, the ground alone, once."""
    world, _, thread = asked
    silent = in_force(stating("MA", grounds=()))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("comity.services.exchange.trust.standing", lambda node, name: silent)
        for note in (None, None, "he was seen at the port"):
            with pytest.raises(Refused, match=r"transfer\.ground"):
                answer(world.ma, SALMA, thread, note=note, assertion=Assertion.FACT if note else None)
    assert [row.true_ground for row in CaseDecision.objects.using("ma")] == ["transfer.ground"] * 2
    [kept] = drafts_of(world.ma, SALMA)
    assert kept.content["note"] == "he was seen at the port"
    assert "subject" not in kept.content


def test_a_stop_changes_no_ground_on_the_wire(asked: tuple[World, str, str]) -> None:
    """What was stopped for the agreement protects nobody: a refusal after it goes out on the ground that was chosen."""
    world, _, thread = asked
    stop_a_question(world, thread)
    assert [row.kind for row in CaseDecision.objects.using("ma")] == ["stopped"]
    refuse(world.ma, SALMA, thread, RefusalGround.F2)
    assert Case.objects.using("ma").get(thread=thread).ground == "f2"


def test_a_stop_shows_in_the_case_to_the_data_protection_officer_alone(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    stop_a_question(world, thread)
    assert show_case(world.ma, SALMA, thread)["decisions"] == []
    [made] = show_case(world.ma, DPO, thread)["decisions"]
    assert made["kind"] == "stopped"


def counted(
    world: World, actor: Actor = DPO, period: Period | None = None
) -> dict[tuple[str, str, str | None], int]:
    read = read_grounds(world.ma, actor, Regime.POLICE, WHY, period)
    return {(each.kind, each.ground, each.wire): each.number for each in read.counts}


def test_true_grounds_are_counted_in_our_own_report(asked: tuple[World, str, str]) -> None:
    world, agreement, first = asked
    threads = [ask(world, agreement, facts=f"car {number}") for number in range(2)]
    deliver(world)
    enter(world.ma, protected(Taint.ASYLUM))
    with pytest.raises(Refused, match=r"law\.protected"):
        ask_clarification(world.ma, SALMA, first, "is it Karim Tazi, né le 12 mars 1985?")
    refuse(world.ma, SALMA, first, RefusalGround.F2)
    refuse(world.ma, SALMA, threads[0], RefusalGround.N1)
    refuse(world.ma, SALMA, threads[1], RefusalGround.F2)
    deliver(world)
    found = counted(world)
    assert found == {
        ("block", "L23", None): 1,
        ("refusal", "L23", "a"): 1,
        ("refusal", "f2", "a"): 1,
        ("refusal", "f2", "f2"): 1,
        ("refusal", "n1", "a"): 1,
    }
    assert counted(world, AUDITOR) == found
    assert "L23" not in everything(world.be)


def test_they_are_counted_by_day(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    refuse(world.ma, SALMA, thread, RefusalGround.N1)
    now = world.clock()
    whole = Period(first=now - timedelta(days=1), before=now + timedelta(days=1))
    assert counted(world, period=whole) == {("refusal", "n1", "a"): 1}
    assert counted(world, period=Period(first=whole.first, before=now)) == {}
    assert (
        read_grounds(world.ma, DPO, Regime.POLICE, WHY, Period(first=whole.first, before=now)).grounds == []
    )


def test_another_regime_counts_for_itself(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    refuse(world.ma, SALMA, thread, RefusalGround.N1)
    other = officer("els", Role.DATA_PROTECTION_OFFICER, regime=Regime.RETURN_IDENTIFICATION)
    assert read_grounds(world.ma, other, Regime.RETURN_IDENTIFICATION, WHY).counts == []
    with pytest.raises(Refused, match=r"actor\.role"):
        read_grounds(world.ma, other, Regime.POLICE, WHY)
