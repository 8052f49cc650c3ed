"""L23: a status is told by nothing: not by words, codes, size, time, and not by their absence.

Enforced in `core/policy/law.py` (rule L23), in `services/cases/refuse.py` (without `rules or ...` in the choice of the wire
ground a refusal behind a block bears what the officer chose), in `services/egress/examine.py` (by value) and in
`services/protection/follow.py` (ground of the recall). Two persons that are equal in all that may travel are handled side
by side over two nodes: what the partner gets, keeps and countersigns must not depend on the marks of one of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, SALMA, UID, ask, deliver, hold, subject
from tests.egress.scene import HIDDEN, enter, protected, true_grounds
from tests.federation.world import World
from tests.plans.samples import signed
from tests.policy.scene import case, everything

from comity.core.cases.protection import ProtectionGround
from comity.core.cases.thread import NegativeResult
from comity.core.codes.marks import RefusalGround, Taint
from comity.core.envelope.batch import payload_of
from comity.core.register.subject import Subject
from comity.errors import Refused
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.negative import answer_negative
from comity.services.cases.views import show_case
from comity.services.evidence.sequence import sequence
from comity.services.plans.follow import enter as enter_plan
from comity.services.protection.follow import follow_register
from comity.services.protection.owe import chase_due
from comity.storage.models.cases import CaseDecision
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage, OutboxRow
from comity.storage.models.probe import ProbeReference
from comity.storage.models.register import RegisterSubject

RULE = {
    "enforced": (
        "core/policy/law.py:PROHIBITIONS",
        "services/cases/refuse.py:refuse",
        "services/cases/thread/negative.py:answer_negative",
        "services/egress/examine.py:examine",
        "services/protection/follow.py:follow_register",
    ),
    "core": ("policy/test_decide.py::test_the_public_ground_is_the_same_whatever_the_status",),
    "wire": (
        "test_a_refusal_looks_the_same",
        "test_a_recall_looks_the_same",
        "test_an_entry_of_a_plan_tells_of_nobody_protected",
    ),
    "api": (
        "api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",
        "api/test_threads.py::test_a_protected_value_is_refused_over_rest_too",
    ),
    "desk": ("web/test_refuse.py::test_a_protected_ground_reaches_the_partner_as_an_ordinary_one",),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

OTHER, OTHER_REFERENCE = "6" * 32, "8" * 32
STATUS = [Taint.ASYLUM, Taint.RETURN_SUSPENDED, Taint.TORTURE_RISK, Taint.QUARANTINED]
RANDOM = {"id", "thread", "decision", "kid", "sent_at", "expires_at", "message"}
"""Fields of a header that are drawn or counted anew for every message; their sizes are compared."""


@dataclass(frozen=True)
class Told:
    """All that the partner gets of a message, what is drawn anew replaced by its length."""

    header: tuple[tuple[str, Any], ...]
    body: str
    size: int


@pytest.fixture
def twins(desks: tuple[World, str]) -> tuple[World, str, str]:
    """Return nodes and two threads: on the suspect, and on a second person with the same words."""
    world, agreement = desks
    hold(world.ma, subject(), OTHER)
    refer_again(world)
    first = ask(world, agreement)
    second = ask(world, agreement, reference=OTHER_REFERENCE)
    deliver(world)
    return world, first, second


def refer_again(world: World) -> None:
    """Let a second reference of the partner mean the second person."""
    known = ProbeReference.objects.using("ma").get(subject=UID)
    known.pk, known.reference, known.subject = None, OTHER_REFERENCE, OTHER
    known.save(using="ma", force_insert=True)


def mark(world: World, taint: Taint, uid: str = OTHER) -> None:
    found: Subject = subject(taints=(taint,))
    hold(world.ma, found, uid)
    RegisterSubject.objects.using("ma").filter(uid=uid).update(version=2)


def told(world: World, thread: str, kind: str) -> Told:
    """Return what waits to leave for Belgium: the last message of a kind in a thread."""
    row = ExchangedMessage.objects.using("ma").filter(thread=thread, kind=kind, direction="out").latest("id")
    waiting = OutboxRow.objects.using("ma").get(message=row.message)
    header = json.loads(bytes(waiting.header))
    shown = {name: len(str(value)) if name in RANDOM else value for name, value in header.items()}
    whole = json.loads(payload_of(row.content))
    return Told(
        tuple(sorted((name, str(value)) for name, value in shown.items())),
        f"{sorted(whole)} {whole['body']}",
        waiting.size,
    )


def waited(world: World, thread: str, kind: str) -> float:
    """Return the seconds that a message took, by the partner's own clock."""
    row = ExchangedMessage.objects.using("be").filter(thread=thread, kind=kind, direction="in").latest("id")
    assert row.received_at is not None
    return float((row.received_at - row.sent_at).total_seconds())


def kinds_in_log(world: World, thread: str) -> list[str]:
    """Return the kinds of the entries of the Belgian log that name a thread, in order."""
    sequence(world.be)
    rows = EvidenceEntry.objects.using("be").order_by("id")
    found = [json.loads(bytes(row.leaf)) for row in rows]
    return [leaf["kind"] for leaf in found if leaf["facts"].get("thread") == thread]


@pytest.mark.parametrize("taint", STATUS)
def test_a_refusal_looks_the_same(twins: tuple[World, str, str], taint: Taint) -> None:
    world, first, second = twins
    mark(world, taint)
    # The ordinary one is not available. The protected one is tried, does not go, and is refused for what it is.
    refuse(world.ma, SALMA, first, RefusalGround.A)
    with pytest.raises(Refused):
        answer(world.ma, SALMA, second)
    refuse(world.ma, SALMA, second, RefusalGround.N1)
    assert told(world, first, "refusal") == told(world, second, "refusal")
    deliver(world)
    assert waited(world, first, "refusal") == waited(world, second, "refusal")
    assert kinds_in_log(world, first) == kinds_in_log(world, second)
    shown = [show_case(world.be, LOTTE, thread) for thread in (first, second)]
    assert [each["ground"] for each in shown] == ["a", "a"]
    assert shown[0]["clock"] == shown[1]["clock"]
    assert taint.value not in everything(world.be)


@pytest.mark.parametrize("result", list(NegativeResult))
@pytest.mark.parametrize("taint", STATUS)
def test_who_is_protected_is_refused_and_never_denied(
    twins: tuple[World, str, str], taint: Taint, result: NegativeResult
) -> None:
    """Without the question of `protecting` in `answer_negative` a desk could say of a person that it holds nobody."""
    world, first, second = twins
    mark(world, taint)
    with pytest.raises(Refused, match=r"law\.protected"):
        answer_negative(world.ma, SALMA, second, result)
    answer_negative(world.ma, SALMA, first, result)
    refuse(world.ma, SALMA, second, RefusalGround.A)
    deliver(world)
    assert (case(world.be, first).negative, case(world.be, second).ground) == (result.value, "a")


@pytest.mark.parametrize("ground", [RefusalGround.F2, RefusalGround.B, RefusalGround.E, RefusalGround.A])
def test_whatever_the_officer_chooses_behind_a_block(
    twins: tuple[World, str, str], ground: RefusalGround
) -> None:
    world, first, second = twins
    mark(world, Taint.ASYLUM)
    refuse(world.ma, SALMA, second, ground)
    refuse(world.ma, SALMA, first, ground)
    deliver(world)
    assert case(world.be, second).ground == "a"
    assert case(world.be, first).ground == ground.value
    kept = CaseDecision.objects.using("ma").get(thread=second, kind="refusal")
    assert kept.true_ground == f"{ground.value} L23"


def test_a_true_ground_given_beside_an_ordinary_one_goes_out_as_not_available(
    twins: tuple[World, str, str],
) -> None:
    world, first, _ = twins
    refuse(world.ma, SALMA, first, RefusalGround.F2, true_ground=RefusalGround.N1)
    deliver(world)
    assert case(world.be, first).ground == "a"


@pytest.mark.parametrize("taint", STATUS)
def test_a_recall_looks_the_same(twins: tuple[World, str, str], taint: Taint) -> None:
    world, first, second = twins
    for thread in (first, second):
        answer(world.ma, SALMA, thread)
    deliver(world)
    # A person withdraws the one; the register's new mark takes the other back.
    mark(world, taint)
    recall(world.ma, SALMA, first, ground=ProtectionGround.PROVIDER)
    assert follow_register(world.ma) == 1
    chase_due(world.ma)
    assert told(world, first, "recall") == told(world, second, "recall")
    deliver(world)
    assert waited(world, first, "recall") == waited(world, second, "recall")
    assert kinds_in_log(world, first) == kinds_in_log(world, second)
    assert [case(world.be, thread).reply for thread in (first, second)] == [None, None]
    assert taint.value not in everything(world.be)


@pytest.mark.parametrize("taint", [Taint.WITNESS, Taint.VICTIM, Taint.MINOR])
def test_an_answer_that_may_be_given_does_not_depend_on_marks(desks: tuple[World, str], taint: Taint) -> None:
    """What the law lets travel travels alike: a mark changes neither fields, nor their order, nor the size."""
    world, agreement = desks
    hold(world.ma, subject(), OTHER)
    first, second = (ask(world, agreement, reference=None, about="the driver") for _ in range(2))
    deliver(world)
    mark(world, taint)
    answer(world.ma, SALMA, first, UID)
    answer(world.ma, SALMA, second, OTHER)
    assert told(world, first, "reply") == told(world, second, "reply")
    deliver(world)
    assert kinds_in_log(world, first) == kinds_in_log(world, second)


@pytest.mark.parametrize("taint", [Taint.WITNESS, Taint.VICTIM, Taint.MINOR])
def test_of_a_witness_a_victim_and_a_minor_only_a_release_tells(
    desks: tuple[World, str], taint: Taint
) -> None:
    """Enforced by `RELEASED_ONLY` in `core/policy/law.py`."""
    world, agreement = desks
    enter(world.ma, protected(taint))
    thread = ask(world, agreement)
    deliver(world)
    with pytest.raises(Refused, match=r"law\.protected"):
        ask_clarification(world.ma, SALMA, thread, "do you mean the one with passport AB123456?")
    assert true_grounds(world.ma) == ["L13-27"]


def test_silence_in_the_mere_words_of_a_thread(desks: tuple[World, str]) -> None:
    """By value: a person in asylum is named in no question, by whoever has looked."""
    world, agreement = desks
    enter(world.ma, protected(Taint.ASYLUM))
    thread = ask(world, agreement)
    deliver(world)
    with pytest.raises(Refused, match=r"law\.protected"):
        ask_clarification(world.ma, SALMA, thread, "do you mean Karim Tazi, born 12-03-1985?")
    assert true_grounds(world.ma) == ["L23"]
    assert HIDDEN not in everything(world.be)
    assert "L23" in str(show_case(world.ma, DPO, thread)["decisions"])
    assert "L23" not in str(show_case(world.ma, SALMA, thread))


def test_who_was_told_of_in_part_and_is_protected_now_is_refused_with_an_ordinary_ground(
    desks: tuple[World, str],
) -> None:
    """The request only describes somebody, and nothing was blocked: what tells whom it concerns is our own decision."""
    world, agreement = desks
    thread = ask(world, agreement, reference=None, about="somebody who was seen at the port")
    deliver(world)
    answer(world.ma, SALMA, thread, UID, final=False)
    deliver(world)
    hold(world.ma, subject(taints=(Taint.ASYLUM,)))
    refuse(world.ma, SALMA, thread, RefusalGround.F2)
    deliver(world)
    assert case(world.be, thread).ground == "a"
    kept = CaseDecision.objects.using("ma").get(kind="refusal")
    assert (kept.true_ground or "").split() == ["f2", "L23"]


def test_an_entry_of_a_plan_tells_of_nobody_protected(desks: tuple[World, str]) -> None:
    """Entries of plans travel under an act that needs no agreement in force; their words are looked through all the same."""
    world, agreement = desks
    plan = signed(world, agreement)
    enter(world.ma, protected(Taint.ASYLUM))
    said = {"entry": "decision", "owner": "MA.dgsn", "due": date(2026, 12, 20)}
    with pytest.raises(Refused, match=r"law\.protected"):
        enter_plan(world.ma, HEAD, plan, **said, text="Karim Tazi, born 12/03/1985, stays with his sister")
    assert not ExchangedMessage.objects.using("ma").filter(kind="plan-entry").exists()
    enter_plan(world.ma, HEAD, plan, **said, text="the two heads of desk meet in Rabat")
