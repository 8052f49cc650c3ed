"""L22, L25: words of ours that mean a person who comes under protection later are taken back like a release.

Enforced by `_follow_quote` in `services/protection/follow.py` (without it the partner keeps the words) and by `quotes.keep`
in `services/exchange/submit.py` (without it nobody knows whom they mean).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.cases.cast import DPO, LOTTE, SALMA, YOUSSEF, ask, deliver
from tests.egress.scene import HIDDEN, enter, protected
from tests.federation.world import BE, World
from tests.policy.scene import case, code_of, everything, passage
from tests.told import FACTS

from comity.core.cases.consent import Use
from comity.core.cases.delay import DelayGround
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import RefusalGround, Taint
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.inform import inform
from comity.services.cases.views import show_case
from comity.services.clocks.delay import explain
from comity.services.context import Node
from comity.services.protection.consent import ask_consent
from comity.services.protection.correct import correct_words
from comity.services.protection.follow import follow_register, note_earlier
from comity.services.protection.outstanding import outstanding
from comity.services.protection.owe import chase_due
from comity.storage.exchange.inbox import forget_contents
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.protection import Quote, Unquoted
from comity.storage.models.register import RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
NUMBER = "AB 123 456"
STATUS = [Taint.ASYLUM, Taint.RETURN_SUSPENDED, Taint.TORTURE_RISK, Taint.QUARANTINED]


def marked(world: World, *taints: Taint, alias: str = "ma") -> None:
    node = world.ma if alias == "ma" else world.be
    enter(node, protected(*taints))
    RegisterSubject.objects.using(alias).filter(uid=HIDDEN).update(version=2)


@pytest.fixture
def questioned(desks: tuple[World, str]) -> tuple[World, str, str]:
    """A question of the Moroccan desk that names somebody whom nothing protects yet; it has arrived."""
    world, agreement = desks
    enter(world.ma, protected())
    thread = ask(world, agreement)
    deliver(world)
    said = ask_clarification(world.ma, SALMA, thread, f"do you mean the holder of passport {NUMBER}?")
    deliver(world)
    return world, thread, said


@pytest.mark.parametrize("taint", STATUS)
def test_what_was_said_is_recalled(questioned: tuple[World, str, str], taint: Taint) -> None:
    world, thread, said = questioned
    assert NUMBER in everything(world.be)
    assert follow_register(world.ma) == 0
    marked(world, taint)
    assert follow_register(world.ma) == 1
    [line] = outstanding(world.ma, DPO)
    assert (line.act, line.ground) == ("recall", "provider-decision")
    chase_due(world.ma)
    deliver(world)
    assert passage(world.be, said).state == "gone"
    assert NUMBER not in everything(world.be)
    assert taint.value not in everything(world.be)
    assert follow_register(world.ma) == 0
    # The rule is the data-protection officer's; a refusal that follows bears the ordinary ground.
    [made] = show_case(world.ma, DPO, thread)["decisions"]
    assert made["true_ground"] in ("L23", "L25", "L27", "L30")
    assert show_case(world.ma, SALMA, thread)["decisions"] == []
    refuse(world.ma, SALMA, thread, RefusalGround.F2)
    deliver(world)
    assert case(world.be, thread).ground == "a"


def test_what_waits_does_not_leave(desks: tuple[World, str]) -> None:
    world, agreement = desks
    enter(world.ma, protected())
    thread = ask(world, agreement)
    deliver(world)
    world.network.cut_off.add(BE)
    said = ask_clarification(world.ma, SALMA, thread, f"do you mean the holder of passport {NUMBER}?")
    marked(world, Taint.RETURN_SUSPENDED)
    assert follow_register(world.ma) == 1
    world.network.cut_off.clear()
    deliver(world, 400)
    assert code_of(world.ma, said) == ("withdrawn", "law.protected")
    assert NUMBER not in everything(world.be)
    assert outstanding(world.ma, DPO) == []


@pytest.mark.parametrize("taint", [Taint.RETURN_SUSPENDED, Taint.SIS, Taint.EURODAC])
def test_a_request_that_names_somebody_is_taken_back(desks: tuple[World, str], taint: Taint) -> None:
    world, agreement = desks
    enter(world.be, protected())
    thread = ask(world, agreement, facts=f"the driver showed passport {NUMBER}")
    deliver(world)
    marked(world, taint, alias="be")
    assert follow_register(world.be) == 1
    chase_due(world.be)
    deliver(world)
    assert case(world.ma, thread).request is None
    assert case(world.be, thread).rejected == "case.recalled"
    assert NUMBER not in everything(world.ma)


def test_what_has_a_source_of_its_own_stays(desks: tuple[World, str]) -> None:
    """The same passport stands in another entry of ours that bears no mark of origin: it was known without the system."""
    world, agreement = desks
    enter(world.be, protected())
    enter(world.be, protected(), uid="b" * 32)
    thread = ask(world, agreement, facts=f"the driver showed passport {NUMBER}")
    deliver(world)
    assert Quote.objects.using("be").count() == 2
    marked(world, Taint.SIS, alias="be")
    assert follow_register(world.be) == 0
    assert case(world.ma, thread).request is not None
    enter(world.be, protected(Taint.ASYLUM))
    RegisterSubject.objects.using("be").filter(uid=HIDDEN).update(version=3)
    assert follow_register(world.be) == 1, "a mark of the person has no second source"


def test_an_ordinary_change_takes_nothing_back(questioned: tuple[World, str, str]) -> None:
    world, _, said = questioned
    marked(world)
    assert follow_register(world.ma) == 0
    assert passage(world.be, said).state == "held"


def test_whom_words_mean_goes_with_the_words(questioned: tuple[World, str, str]) -> None:
    world, thread, _ = questioned
    assert Quote.objects.using("ma").get().subject == HIDDEN
    recall(world.ma, SALMA, thread, erase=True)
    deliver(world)
    assert not Quote.objects.using("ma").exists()


def test_words_that_mean_nobody_are_followed_by_nothing(desks: tuple[World, str]) -> None:
    world, agreement = desks
    enter(world.be, protected())
    ask(world, agreement, facts="a car loaded at night")
    assert not Quote.objects.using("be").exists()
    assert LOTTE.name not in str(list(Quote.objects.using("be").values()))


def delayed(world: World, agreement: str) -> Node:
    """The Moroccan desk says why it is late, and names somebody."""
    thread = ask(world, agreement)
    deliver(world)
    world.clock.forward(days=30)
    explain(world.ma, SALMA, thread, DelayGround.COMPLEXITY, f"the holder of {NUMBER} is still heard")
    return world.ma


def consented(world: World, agreement: str) -> Node:
    """The Belgian desk asks for consent, and names somebody."""
    told = inform(
        world.ma, YOUSSEF, BE, agreement, Purpose.TERRORISM, "crates", "marked in red", assertions=FACTS
    )
    deliver(world)
    why = f"the holder of passport {NUMBER} carries them"
    ask_consent(world.be, LOTTE, told, told, Use.PURPOSE, Purpose.DRUGS, why)
    return world.be


def corrected(world: World, agreement: str) -> Node:
    """The Belgian desk corrects its request, which named nobody before."""
    thread = ask(world, agreement)
    deliver(world)
    changes = {"facts": f"the driver showed passport {NUMBER}", "assertions": {"facts": "fact"}}
    correct_words(world.be, LOTTE, thread, thread, ProtectionGround.INCOMPLETE, changes)
    return world.be


WRITERS = [delayed, consented, corrected]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("arrived", [True, False])
def test_words_that_stand_in_the_message_alone_are_followed(
    desks: tuple[World, str], write: Callable[[World, str], Node], arrived: bool
) -> None:
    """Reasons of a delay, of a question for consent, a correction: what arrived is recalled, what waits does not leave."""
    world, agreement = desks
    enter(world.ma, protected())
    enter(world.be, protected())
    writer = write(world, agreement)
    partner = world.be if writer is world.ma else world.ma
    if arrived:
        deliver(world)
        assert NUMBER in everything(partner)
    assert follow_register(writer) == 0
    marked(world, Taint.RETURN_SUSPENDED, alias=writer.alias)
    assert follow_register(writer) == 1
    for _ in range(2):
        chase_due(writer)
        deliver(world, 400)
    assert NUMBER not in everything(partner)
    # A correction that may not leave as it was written stays due: a person writes it anew.
    due = ["rectify"] if write is corrected and not arrived else []
    assert [line.act for line in outstanding(writer, DPO)] == due
    assert follow_register(writer) == 0


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_messages_from_before_this_was_noted_are_followed(
    desks: tuple[World, str], write: Callable[[World, str], Node], when: str
) -> None:
    """The mark came before somebody looked at them, or comes after."""
    world, agreement = desks
    enter(world.ma, protected())
    enter(world.be, protected())
    writer = write(world, agreement)
    deliver(world)
    partner = world.be if writer is world.ma else world.ma
    Quote.objects.using(writer.alias).all().delete()
    for row in ExchangedMessage.objects.using(writer.alias).filter(direction="out", thread__isnull=False):
        Unquoted.objects.using(writer.alias).create(partner=row.partner, message=row.message)
    if when == "before":
        marked(world, Taint.RETURN_SUSPENDED, alias=writer.alias)
        assert follow_register(writer) == 0
    assert note_earlier(writer) > 0
    assert note_earlier(writer) == 0
    if when == "after":
        marked(world, Taint.RETURN_SUSPENDED, alias=writer.alias)
    assert follow_register(writer) >= 1
    for _ in range(2):
        chase_due(writer)
        deliver(world, 400)
    assert NUMBER not in everything(partner)


@pytest.mark.parametrize("write", [delayed, consented])
def test_whom_such_words_mean_goes_with_them(
    desks: tuple[World, str], write: Callable[[World, str], Node]
) -> None:
    world, agreement = desks
    enter(world.ma, protected())
    enter(world.be, protected())
    writer = write(world, agreement)
    deliver(world)
    quote = Quote.objects.using(writer.alias).get()
    sent = ExchangedMessage.objects.using(writer.alias).get(direction="out", message=quote.message)
    forget_contents(writer.alias, sent.partner, str(sent.thread), "out")
    assert not Quote.objects.using(writer.alias).exists()
