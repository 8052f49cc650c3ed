"""L12: the ledger of disclosures, third countries too, equals the message log and the evidence, whatever was done.

Enforced by `_disclosed` in `services/exchange/submit.py`: every message that carries data of a person is noted in the
transaction that stores it. Without that call `test_whatever_is_done_the_ledger_equals_the_message_log` fails.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.cast import HEAD, LOTTE, OPERATOR, SALMA, UID, ask, deliver, officer
from tests.federation.world import BE, MA, THIRD, World
from tests.policy.hostile import sent_unbound, telling
from tests.policy.persons import MOROCCAN
from tests.policy.scene import leaves, put_right
from tests.policy.test_l17_onward import rounds
from tests.told import FACTS

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import RefusalGround, Role
from comity.errors import ComityError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.protection.consent import ask_consent, decide_consent
from comity.services.protection.correct import correct
from comity.services.protection.onward import pass_on
from comity.services.protection.restrict import restrict_sent
from comity.services.rights.keeping import erase_requests
from comity.services.rights.ledger import differences, ledger, verify_ledger
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.rights import Disclosure

wired = pytest.mark.django_db(databases=["be", "ma", "third"])
RULE = {
    "enforced": ("services/exchange/submit.py:_disclosed", "services/exchange/submit.py:tells"),
    "core": "not applicable: the ledger is rows, written with the message that tells; the core writes none",
    "wire": ("test_a_partner_that_denies_it_takes_nothing_off_the_ledger",),
    "api": ("api/test_law.py::test_what_a_system_sends_stands_on_no_ledger_since_it_tells_of_nobody",),
    "desk": (
        "test_whatever_is_done_the_ledger_equals_the_message_log",
        "test_what_is_missing_invented_or_altered_shows",
        "test_only_the_officer_reads_it_and_it_goes_after_three_years",
        "identification/test_entries.py::test_each_answer_stands_in_the_ledger",
    ),
}

EQUAL = ((), (), ())
WHY = "spot check of November"
LIES = officer("lies", Role.OFFICER, Role.APPROVER)
AUDITOR = officer("ali", Role.AUDITOR)


def compared(world: World) -> list[tuple[tuple[str, ...], ...]]:
    """Return the differences at every node."""
    found = [differences(node) for node in world.nodes.values()]
    return [(each.missing, each.unfounded, each.unproven) for each in found]


@wired
def test_a_reply_its_correction_and_what_a_third_country_got(three: tuple[World, str, str, str]) -> None:
    world, thread, message, beyond = three
    put_right(world.ma)
    correct(world.ma, SALMA, thread, ProtectionGround.INACCURATE)
    rounds(world)
    asked = ask_consent(world.be, LOTTE, thread, message, Use.ONWARD, Purpose.TERRORISM, "a trial", THIRD)
    rounds(world)
    decide_consent(world.ma, SALMA, thread, asked, given=True)
    rounds(world)
    sent = pass_on(
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
    rounds(world)
    told = ledger(world.ma, MOROCCAN, Regime.POLICE, UID, WHY)
    assert [(each.recipient, each.kind) for each in told if each.kind != "index"] == [
        (BE, "reply"),
        (BE, "rectification"),
    ]
    assert {each.recipient for each in told if each.kind == "index"} == {BE}
    reply = next(each for each in told if each.kind == "reply")
    assert (reply.message, reply.thread, reply.third_country, reply.state) == (
        message,
        thread,
        False,
        "delivered",
    )
    assert reply.ground
    assert "names" in reply.categories
    [onward] = Disclosure.objects.using("be").all()
    assert (onward.message, onward.subject, onward.partner) == (sent, "", THIRD)
    assert compared(world) == [EQUAL] * 3


@wired
def test_it_outlives_the_recall_of_what_was_told(three: tuple[World, str, str, str]) -> None:
    world, thread, message, _ = three
    recall(world.ma, SALMA, thread)
    rounds(world)
    told = [each for each in ledger(world.ma, MOROCCAN, Regime.POLICE, UID, WHY) if each.kind == "reply"]
    assert [each.message for each in told] == [message]
    assert compared(world) == [EQUAL] * 3


@wired
def test_what_is_missing_invented_or_altered_shows(three: tuple[World, str, str, str]) -> None:
    world, _, message, _ = three
    rows = Disclosure.objects.using("ma")
    rows.all().delete()
    assert verify_ledger(world.ma, AUDITOR, Regime.POLICE).missing == (message,)
    rows.create(partner=BE, message=message, subject=UID, at=world.clock())
    rows.create(partner=BE, message="0" * 32, subject=UID, at=world.clock())
    assert verify_ledger(world.ma, MOROCCAN, Regime.POLICE).unfounded == ("0" * 32,)
    ExchangedMessage.objects.using("ma").filter(message=message).update(digest="0" * 64)
    assert differences(world.ma).unproven == (message,)


@wired
def test_only_the_officer_reads_it_and_it_goes_after_three_years(three: tuple[World, str, str, str]) -> None:
    world = three[0]
    for actor in (LOTTE, HEAD, OPERATOR, AUDITOR):
        with pytest.raises(Refused, match=r"actor\.(role|person)"):
            ledger(world.ma, actor, Regime.POLICE, UID, WHY)
    world.clock.forward(days=1094)
    assert erase_requests(world.ma) == 0
    assert leaves(world.ma, "rights.ledger-erased") == []
    world.clock.forward(days=2)
    assert [erase_requests(world.ma) for _ in range(2)] == [1, 0]
    assert not Disclosure.objects.using("ma").exists()
    [entry] = leaves(world.ma, "rights.ledger-erased")
    assert '"facts":{"disclosures":1}' in entry
    assert compared(world)[1] == EQUAL


@wired
def test_a_partner_that_denies_it_takes_nothing_off_the_ledger(desks: tuple[World, str]) -> None:
    """Its node refuses what it got: what left has left, and stands on the ledger with how it ended. Nothing it sends does."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    recall(world.be, LOTTE, thread)
    message = answer(world.ma, SALMA, thread)
    deliver(world)
    [told] = [each for each in ledger(world.ma, MOROCCAN, Regime.POLICE, UID, WHY) if each.kind == "reply"]
    assert (told.message, told.state) == (message, "refused")
    assert sent_unbound(world, world.be, replace(telling(agreement), partner=MA))[0] == "delivered"
    assert Disclosure.objects.using("ma").count() == 1
    assert compared(world)[1] == EQUAL


ACTS = (
    "answer",
    "partly",
    "refuse",
    "recall",
    "erase",
    "correct",
    "restrict",
    "request",
    "away",
    "back",
    "days",
)


@wired
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(ACTS), min_size=3, max_size=9))
def test_whatever_is_done_the_ledger_equals_the_message_log(
    desks: tuple[World, str], tmp_path: Path, acts: list[str]
) -> None:
    world, agreement = desks
    threads = [ask(world, agreement)]
    deliver(world)
    for act in acts:
        with suppress(ComityError):  # what is refused is told to nobody
            _do(world, agreement, threads, act)
        deliver(world)
        assert compared(world) == [EQUAL] * 2
    assert tmp_path.exists()


def _do(world: World, agreement: str, threads: list[str], act: str) -> None:
    thread = threads[-1]
    doing = {
        "answer": lambda: answer(world.ma, SALMA, thread),
        "partly": lambda: answer(world.ma, SALMA, thread, final=False),
        "refuse": lambda: refuse(world.ma, SALMA, thread, RefusalGround.F2),
        "recall": lambda: recall(world.ma, SALMA, thread),
        "erase": lambda: recall(world.ma, SALMA, thread, erase=True),
        "correct": lambda: (
            put_right(world.ma),
            correct(world.ma, SALMA, thread, ProtectionGround.INACCURATE),
        ),
        "restrict": lambda: restrict_sent(world.ma, HEAD, thread, ProtectionGround.CONTESTED),
        "request": lambda: threads.append(ask(world, agreement)),
        "away": lambda: world.network.cut_off.add(MA),
        "back": lambda: world.network.cut_off.clear(),
        "days": lambda: world.clock.forward(days=4),
    }
    doing[act]()
