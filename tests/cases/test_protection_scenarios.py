"""S5 and S6 of the acceptance scenarios, over two nodes with a controlled clock.

S5: a person was identified and told of; return is then suspended for non-refoulement: what is pending is cancelled, what
was sent is recalled, the partner's receipt is obtained, the note that was made from it is gone.
S6: an officer copies a date of birth of Eurodac origin into a free note and tries to send it: blocked, and the reason is
shown to those only who are entitled to it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    SALMA,
    UID,
    ask,
    deliver,
    hold,
    make_desks,
    tainted,
    with_suspect,
)
from tests.egress.scene import HIDDEN, drafts, enter, protected
from tests.federation.world import BE, World
from tests.policy.conftest import with_homes
from tests.policy.scene import OLD, case, code_of, everything, leaves

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Assertion, Taint
from comity.errors import Refused
from comity.services.cases.answer import answer
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.notes import note_channel
from comity.services.cases.views import show_case
from comity.services.egress.grounds import true_grounds
from comity.services.protection.follow import follow_register
from comity.services.protection.outstanding import outstanding
from comity.services.protection.owe import chase_due
from comity.services.register.read import consult
from comity.storage.models.cases import CaseNote
from comity.storage.models.register import RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def desks(tmp_path: Path) -> tuple[World, str]:
    world, agreement = make_desks()
    with_suspect(world)
    with_homes(world, tmp_path)
    return world, agreement


def test_s5_return_is_suspended_after_something_was_sent(desks: tuple[World, str]) -> None:
    world, agreement = desks
    # Day 1: asked and answered; the Belgian officer writes down what matters.
    first = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, first)
    deliver(world)
    note_channel(world.be, LOTTE, first, "border police", "Youssef El Khattabi, 02.03.1984: told to the post")
    note_channel(world.be, LOTTE, first, "court", "reference 2026/44")
    # Day 2: a second answer waits, because the line is down.
    world.clock.forward(days=1)
    second = ask(world, agreement, case="BE-2026-118")
    deliver(world)
    world.network.cut_off.add(BE)
    pending = answer(world.ma, SALMA, second)
    # Day 3: the register knows of the suspension.
    world.clock.forward(days=1)
    hold(world.ma, tainted(Taint.RETURN_SUSPENDED))
    RegisterSubject.objects.using("ma").filter(uid=UID).update(version=2)
    assert follow_register(world.ma) == 2
    [owed] = outstanding(world.ma, DPO)
    assert (owed.act, owed.thread, owed.ground) == ("recall", first, "provider-decision")
    # Three days without a line: it is chased, and visible.
    for _ in range(3):
        world.clock.forward(days=1)
        chase_due(world.ma)
        deliver(world)
    assert outstanding(world.ma, DPO)[0].thread == first
    assert OLD in everything(world.be)
    # The line is back: cancelled, recalled, receipted; the note made from the answer is gone, the other one is not.
    world.network.cut_off.clear()
    deliver(world, 4000)
    chase_due(world.ma)
    deliver(world, 4000)
    assert code_of(world.ma, pending) == ("withdrawn", "law.protected")
    assert case(world.be, first).reply is None
    assert case(world.be, second).reply is None
    assert outstanding(world.ma, DPO) == []
    assert len(leaves(world.ma, "protection.complied")) == 1
    assert OLD not in everything(world.be)
    left = [row.content for row in CaseNote.objects.using("be").order_by("id")]
    assert left[0] is None
    assert left[1]["reference"] == "reference 2026/44"
    # Why stands with the data-protection officer of the owner, and nowhere else.
    grounds = true_grounds(world.ma, DPO, Regime.POLICE, "weekly check")
    assert [(one.ground, one.thread) for one in grounds] == [("L25", second), ("L25", first)]
    for shown in (show_case(world.be, LOTTE, first), show_case(world.ma, SALMA, first), everything(world.be)):
        assert "L25" not in str(shown)
        assert "suspended" not in str(shown)


def test_s6_a_date_of_birth_of_eurodac_origin_is_pasted(desks: tuple[World, str]) -> None:
    world, agreement = desks
    found = protected(Taint.EURODAC)
    enter(world.be, found.model_copy(update={"marks": found.marks.model_copy(update={"owner": BE})}))
    thread = ask(world, agreement)
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, "when was he born?")
    deliver(world)
    # The officer looks the person up, copies the date into a note, and later into the answer.
    consult(world.be, LOTTE, HIDDEN, "same man?")
    note_channel(world.be, LOTTE, thread, "own note", "né le 12 mars 1985 selon la fiche consultée hier")
    world.clock.forward(days=2)
    for text in (
        "né le 12 mars 1985",
        "12/03/85",
        "١٢ مارس ١٩٨٥",
        "selon la fiche consultée hier, né le 12 mars 85",
    ):
        with pytest.raises(Refused) as refused:
            clarify(world.be, LOTTE, thread, text, assertion=Assertion.FACT)
        assert refused.value.code == "law.protected"
        assert "L22" not in str(refused.value)
        assert "eurodac" not in str(refused.value)
    deliver(world)
    for form in ("1985", "12/03", "١٩٨٥"):
        assert form not in everything(world.ma)
    assert len(drafts(world.be)) == 4
    grounds = true_grounds(world.be, DPO, Regime.POLICE, "weekly check")
    assert {one.ground for one in grounds} == {"L22"}
    assert "L22" not in str(show_case(world.be, LOTTE, thread))
    assert "L22" not in str(show_case(world.be, HEAD, thread))
    assert "L22" in str(show_case(world.be, DPO, thread)["decisions"])
    # Without the date the answer goes.
    clarify(world.be, LOTTE, thread, "he is about forty", assertion=Assertion.FACT)
    deliver(world)
    assert "forty" in everything(world.ma)
