"""Every act of a case × every role × whose case, which regime and agreement: as the table of `tests/roles.py` says.

One world holds a case of every stage under three agreements; each attempt is rolled back. Whoever loosens a check
(`actor.require`, `require_approver`, `known_case`) or forgets one in a new service sees its cells named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from tests.agreement.samples import between, shipped
from tests.cases.cast import HEAD, LOTTE, SALMA, ask, deliver, make_desks, officer, with_suspect
from tests.federation.world import BE, START, THIRD, World, introduce, sign_between
from tests.identification.cast import JAN, PERSON, RETURN, TARIQ, nist, person, prints, request, work
from tests.identification.cast import hold as hold_person
from tests.roles import READERS, ROWS, Answer, Row, Situation, Stage, table

from comity.core.cases.consent import Use
from comity.core.cases.protection import CaseOutcome, ProtectionGround
from comity.core.cases.thread import NegativeResult
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Assertion, DelayGround, RefusalGround, Role
from comity.core.codes.transfer import OverrideGround
from comity.core.identification.messages import Result, ResultGround
from comity.errors import ComityError, InputError
from comity.services.cases.answer import answer
from comity.services.cases.conclude import conclude
from comity.services.cases.inbox import assign, list_cases
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.cases.thread.acknowledge import acknowledge
from comity.services.cases.thread.cited import file_under
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.inform import close_information, inform
from comity.services.cases.thread.negative import answer_negative
from comity.services.cases.thread.notes import hand_over, note_channel
from comity.services.cases.views import show_case
from comity.services.clocks.delay import explain, extend
from comity.services.context import Actor, Node
from comity.services.identification.answer import answer_identification
from comity.services.identification.read import open_file
from comity.services.identification.request import supplement
from comity.services.protection.consent import ask_consent, decide_consent, withdraw_consent
from comity.services.protection.correct import correct, correct_words
from comity.services.protection.onward import pass_on, use_for
from comity.services.protection.outstanding import take_note
from comity.services.protection.restrict import lift_received, lift_sent, restrict_received, restrict_sent
from comity.services.transfers.court import give_to_court
from comity.services.transfers.emergency import pass_on_at_once
from comity.storage.models.cases import Case
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.protection import Notice
from comity.storage.models.register import RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
OTHER = officer("another", Role.OFFICER)
FACTS = {"matter": Assertion.FACT, "reasons": Assertion.FACT}
CONTESTED = ProtectionGround.CONTESTED
AFTER = START + timedelta(days=3)
LATE = START + timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Scene:
    """Two desks; the threads by stage and agreement; of consents, the message that asks; an agreement with a third."""

    world: World
    threads: Mapping[tuple[Stage, Situation], str]
    consents: Mapping[str, str]
    beyond: str

    def reply(self, thread: str) -> str:
        return str(Case.objects.using("be").get(thread=thread).closing)


Do = Callable[[Scene, Node, Actor, str], object]


def listed(scene: Scene, node: Node, actor: Actor, thread: str) -> None:
    if thread not in [each.thread for each in list_cases(node, actor)]:
        raise InputError("case.unknown")


def put_right(scene: Scene, node: Node, actor: Actor, thread: str) -> object:
    """Correct an answer after the register has changed."""
    row = RegisterSubject.objects.using(node.alias).get()
    octets = bytes(row.content).replace(b"+212661234567", b"+212661234999")
    RegisterSubject.objects.using(node.alias).filter(pk=row.pk).update(
        content=octets, version=row.version + 1
    )
    return correct(node, actor, thread, ProtectionGround.INACCURATE)


def late(scene: Scene, node: Node, actor: Actor, thread: str) -> object:
    scene.world.clock.now = LATE
    return explain(node, actor, thread, DelayGround.TECHNICAL, "the line was down")


def free_again(scene: Scene, node: Node, actor: Actor, thread: str) -> object:
    """End a restriction that the head of desk has just made."""
    restrict_received(node, HEAD, thread, CONTESTED)
    return lift_received(node, actor, thread)


def anew(scene: Scene, node: Node, actor: Actor, thread: str) -> object:
    sent = ExchangedMessage.objects.using(node.alias).get(thread=thread, kind="clarification-request")
    changes = {"question": "which of the three?"}
    return correct_words(node, actor, thread, sent.message, ProtectionGround.INACCURATE, changes)


def note(scene: Scene, node: Node, actor: Actor, thread: str) -> None:
    notice = Notice.objects.using(node.alias).get(thread=thread, direction="in")
    take_note(node, actor, notice.pk)


ACTS: dict[str, Do] = {
    "read it": lambda s, n, a, t: show_case(n, a, t),
    "see it in the list": listed,
    "take it": lambda s, n, a, t: assign(n, a, t, a),
    "give it to somebody": lambda s, n, a, t: assign(n, a, t, OTHER),
    "hand it over with a note": lambda s, n, a, t: hand_over(n, a, t, OTHER, "please go on"),
    "note another channel": lambda s, n, a, t: note_channel(n, a, t, "interpol", "X-1"),
    "file it under a case of our own": lambda s, n, a, t: file_under(n, a, t, "MA-7"),
    "file information under a case of our own": lambda s, n, a, t: file_under(n, a, t, "BE-7"),
    "ask what is meant": lambda s, n, a, t: ask_clarification(n, a, t, "which of the two?"),
    "answer it": lambda s, n, a, t: answer(n, a, t),
    "answer that nothing was found": lambda s, n, a, t: answer_negative(
        n, a, t, NegativeResult.NOT_IDENTIFIED
    ),
    "refuse it": lambda s, n, a, t: refuse(n, a, t, RefusalGround.F2),
    "take more time": lambda s, n, a, t: extend(
        n, a, t, DelayGround.JUDICIAL_AUTHORISATION, timedelta(days=2), "a judge"
    ),
    "say why it is late": late,
    "correct what was answered": put_right,
    "restrict what was answered": lambda s, n, a, t: restrict_sent(n, a, t, CONTESTED),
    "give it free again": lambda s, n, a, t: lift_sent(n, a, t),
    "recall what was answered": lambda s, n, a, t: recall(n, a, t),
    "decide on consent": lambda s, n, a, t: decide_consent(n, a, t, s.consents[t], given=True),
    "withdraw consent": lambda s, n, a, t: withdraw_consent(n, a, t, s.consents[t]),
    "clarify our request": lambda s, n, a, t: clarify(n, a, t, "the younger", assertion=Assertion.FACT),
    "recall our request": lambda s, n, a, t: recall(n, a, t),
    "acknowledge conditions": lambda s, n, a, t: acknowledge(n, a, t, s.reply(t)),
    "restrict what we received": lambda s, n, a, t: restrict_received(n, a, t, CONTESTED),
    "ask for consent": lambda s, n, a, t: ask_consent(
        n, a, t, s.reply(t), Use.COURT, Purpose.TERRORISM, "for the trial"
    ),
    "use it for its purpose": lambda s, n, a, t: use_for(n, a, t, s.reply(t), Purpose.TERRORISM),
    "take note of a notice": note,
    "use it for a purpose consented to": lambda s, n, a, t: use_for(
        n, a, t, s.reply(t), Purpose.MONEY_LAUNDERING
    ),
    "pass it on with consent": lambda s, n, a, t: pass_on(
        n, a, t, s.reply(t), THIRD, s.beyond, Purpose.TERRORISM, "a driver", "he was seen", assertions=FACTS
    ),
    "pass it on in an emergency": lambda s, n, a, t: pass_on_at_once(
        n,
        a,
        t,
        s.reply(t),
        THIRD,
        s.beyond,
        OverrideGround.THREAT_TO_LIFE,
        "a driver",
        "the attack is planned for tonight",
        assertions=FACTS,
        confirmed_at=n.clock(),
    ),
    "give it to a court": lambda s, n, a, t: give_to_court(n, a, t, s.reply(t), "Brussels", "B-1"),
    "give free what we received": free_again,
    "write our question anew": anew,
    "end our case without a conviction": lambda s, n, a, t: conclude(
        n, a, "BE-2026-117", CaseOutcome.DROPPED, "judgment 12"
    ),
    "file information away": lambda s, n, a, t: close_information(n, a, t),
    "read a request for identification": lambda s, n, a, t: show_case(n, a, t),
    "take one of its files": lambda s, n, a, t: open_file(n, a, t, 1, "to compare it"),
    "answer it with a result": lambda s, n, a, t: answer_identification(
        n, a, t, Result.NOT_IDENTIFIED, [ResultGround.PRINTS_DIFFER], second=TARIQ
    ),
    "answer that more is needed": lambda s, n, a, t: answer_identification(
        n, a, t, Result.MORE_NEEDED, [ResultGround.PARTICULARS]
    ),
    "send further files for it": lambda s, n, a, t: supplement(n, a, t, [prints(nist(900))], second=JAN),
    "recall it": lambda s, n, a, t: recall(n, a, t),
}

ROLE_CODES = frozenset({"actor.role", "case.approver", "case.person", "clock.person"})
UNKNOWN_CODES = frozenset({"case.unknown", "protection.unknown"})


@pytest.fixture
def scene() -> Scene:
    world, first = make_desks()
    with_suspect(world)
    plan = shipped("plan_2025")
    both = (world.be, world.ma)
    second = sign_between(both, plan.model_copy(update={"code": "BE-MA-OTHER"}))
    ended = sign_between(
        both, plan.model_copy(update={"code": "BE-MA-SHORT", "valid_before": START + timedelta(days=2)})
    )
    agreements = {
        Situation.OWN: first,
        Situation.OTHER_AGREEMENT: second,
        Situation.ENDED: ended,
    }
    threads = {
        (stage, situation): ask(world, agreement, facts=f"car {stage} {situation}")
        for situation, agreement in agreements.items()
        for stage in Stage
        if stage not in (Stage.TOLD, Stage.IDENTIFYING)
    }
    deliver(world)
    introduce(world.be, THIRD)
    beyond = sign_between((world.be,), between(plan, (BE, THIRD)))
    for (stage, _), thread in threads.items():
        act_before(world, stage, thread)
    for situation, agreement in agreements.items():
        threads[Stage.TOLD, situation] = inform(
            world.ma,
            SALMA,
            BE,
            agreement,
            Purpose.TERRORISM,
            "a warehouse",
            "near the border",
            assertions=FACTS,
        )
    deliver(world)
    consents = consented(world, threads)
    identify(world, threads)
    return Scene(world, threads, consents, beyond)


def consented(world: World, threads: Mapping[tuple[Stage, Situation], str]) -> dict[str, str]:
    """Ask for consent where a stage wants it, and give it; return the message that asks for another purpose, by thread."""
    consents: dict[str, str] = {}
    given: list[tuple[str, str]] = []
    for (stage, _), thread in threads.items():
        if stage not in (Stage.ANSWERED, Stage.CONSENTED):
            continue
        reply = str(Case.objects.using("be").get(thread=thread).closing)
        asking = (thread, reply, Use.PURPOSE, Purpose.MONEY_LAUNDERING, "same accounts")
        consents[thread] = ask_consent(world.be, LOTTE, *asking)
        if stage is Stage.CONSENTED:
            given.append((thread, consents[thread]))
            for use, whom in ((Use.COURT, None), (Use.ONWARD, THIRD)):
                further = (thread, reply, use, Purpose.TERRORISM, "for the trial", whom)
                given.append((thread, ask_consent(world.be, LOTTE, *further)))
    deliver(world)
    for thread, asked in given:
        decide_consent(world.ma, SALMA, thread, asked, given=True)
    for (stage, _), thread in threads.items():
        if stage is Stage.RESTRICTED:
            restrict_sent(world.ma, HEAD, thread, CONTESTED)
    deliver(world)
    return consents


def identify(world: World, threads: dict[tuple[Stage, Situation], str]) -> None:
    """Ask for an identification under three agreements; the files have come."""
    hold_person(world.be, person(), PERSON)
    memorandum = shipped("memorandum_2016")
    for situation, changes in (
        (Situation.OWN, {}),
        (Situation.OTHER_AGREEMENT, {"code": "BE-MA-OTHER-RETURN"}),
        (Situation.ENDED, {"code": "BE-MA-SHORT-RETURN", "valid_before": START + timedelta(days=2)}),
    ):
        name = sign_between((world.be, world.ma), memorandum.model_copy(update=changes))
        threads[Stage.IDENTIFYING, situation] = request(world, name, files=[prints(nist(900))])
    work(world)


def act_before(world: World, stage: Stage, thread: str) -> None:
    """Bring a request to its stage."""
    if stage in (Stage.ANSWERED, Stage.CONSENTED, Stage.RESTRICTED):
        answer(world.ma, SALMA, thread)
    elif stage is Stage.CONDITIONAL:
        answer(world.ma, SALMA, thread, conditions="for the trial only")
    elif stage is Stage.ASKED_BACK:
        ask_clarification(world.ma, SALMA, thread, "which of the two?")


def attempt(scene: Scene, row: Row, situation: Situation, role: Role) -> str:
    """Try an act, take it back, and return what became of it."""
    world = scene.world
    world.clock.now = AFTER
    returning = row.stage is Stage.IDENTIFYING
    elsewhere = situation is Situation.OTHER_REGIME
    actor = officer("ines", role, regime=RETURN if returning != elsewhere else Regime.POLICE)
    under = situation if situation in (Situation.OTHER_AGREEMENT, Situation.ENDED) else Situation.OWN
    thread = scene.threads[row.stage, under]
    node = world.be if row.asker else world.ma
    with transaction.atomic(using=node.alias):
        owner = "colleague" if situation is Situation.COLLEAGUE else actor.name
        Case.objects.using(node.alias).filter(thread=thread).update(owner=owner)
        try:
            ACTS[row.act](scene, node, actor, thread)
            found: str = Answer.DONE
        except ComityError as error:
            found = named(error.code)
        transaction.set_rollback(True, using=node.alias)
    return found


def named(code: str) -> str:
    if code in ROLE_CODES:
        return Answer.ROLE
    if code in UNKNOWN_CODES:
        return Answer.UNKNOWN
    return Answer.ENDED if code.startswith("agreement.") else code


def test_every_cell_is_as_the_table_says(scene: Scene) -> None:
    wrong = []
    for row in ROWS:
        for situation in Situation:
            for role in Role:
                found, due = attempt(scene, row, situation, role), row.expected(situation, role)
                if found != due:
                    wrong.append(f"{row.act}; {situation}; {role}: {found}, not {due}")
    assert not wrong, "\n".join(wrong)


def test_an_attempt_leaves_nothing(scene: Scene) -> None:
    """The control of the matrix: what is rolled back cannot make a later cell pass or fail."""
    row = next(each for each in ROWS if each.act == "refuse it")
    assert [attempt(scene, row, Situation.OWN, Role.APPROVER) for _ in range(2)] == [Answer.DONE, Answer.DONE]


def test_opening_a_request_needs_role_regime_and_agreement(scene: Scene) -> None:
    """What is no act of a case yet: the same three questions."""
    world = scene.world
    world.clock.now = AFTER
    agreements = {
        situation: Case.objects.using("be").get(thread=thread).agreement
        for (stage, situation), thread in scene.threads.items()
        if stage is Stage.OPEN
    }
    for role in Role:
        for situation in (Situation.OWN, Situation.OTHER_AGREEMENT, Situation.ENDED, Situation.OTHER_REGIME):
            elsewhere = situation is Situation.OTHER_REGIME
            actor = officer("ines", role, regime=Regime.RETURN_IDENTIFICATION if elsewhere else Regime.POLICE)
            under = agreements[Situation.OWN if elsewhere else situation]
            with transaction.atomic(using="be"):
                try:
                    ask(world, under, actor=actor, facts="a new one")
                    found: str = Answer.DONE
                except ComityError as error:
                    found = named(error.code)
                transaction.set_rollback(True, using="be")
            may = not elsewhere and role in READERS - {Role.DATA_PROTECTION_OFFICER}
            ended = situation is Situation.ENDED
            due = (Answer.ENDED if ended else Answer.DONE) if may else Answer.ROLE
            assert found == due, (situation, role)


def test_every_act_of_the_table_is_tried_and_has_a_role() -> None:
    assert {row.act for row in ROWS} == set(ACTS)
    assert all(row.may for row in ROWS)


def test_the_page_is_what_the_table_says() -> None:
    from tests.rules import ROOT

    written = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    assert written == table(), "make roles"
