"""L6: each transmission says how source and information are evaluated; silence is X4; the receiver changes nothing.

Enforced by `DEFAULT_EVALUATION` in `Marks` (`core/register/subject.py`: with another default `test_silence_is_x4` fails), by
`evaluation` of `ReplyBody` and `InformationBody` (with a default there `test_from_a_hostile_partner` fails), by
`onward_body` in `services/protection/onward.py` (with another evaluation there `test_the_receiver_changes_nothing` fails) and by
`correct` of `services/protection/correct.py`, which knows only what this node itself said
(`test_the_receiver_changes_nothing`). As-of date and completeness are not marks of their own yet.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases.cast import DPO, LOTTE, SALMA, ask, deliver, hold, subject
from tests.federation.world import THIRD, World
from tests.policy.hostile import sent_lawless, telling
from tests.policy.scene import case, passage
from tests.policy.test_l17_onward import consented, onward, rounds

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.marks import InformationEvaluation, SourceEvaluation
from comity.errors import ComityError
from comity.services.cases.answer import answer
from comity.services.protection.correct import correct
from comity.storage.models.cases import Case

RULE = {
    "enforced": (
        "core/register/subject.py:Marks",
        "core/cases/messages.py:ReplyBody",
        "core/cases/information.py:InformationBody",
        "services/protection/correct.py:correct",
        "services/protection/onward.py:pass_on",
    ),
    "core": ("test_silence_is_x4",),
    "wire": ("test_from_a_hostile_partner",),
    "api": (
        "api/test_reading.py::test_the_evaluation_is_read_as_it_came",
        "api/test_law.py::test_a_system_tells_of_no_person",
    ),
    "desk": ("test_it_travels_as_the_register_has_it", "test_the_receiver_changes_nothing"),
    "lacks": "an as-of date and a statement of completeness do not travel as marks of their own",
}

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


def test_silence_is_x4() -> None:
    marks = subject().marks
    assert (marks.source_evaluation.value, marks.information_evaluation.value) == ("X", "4")


def test_it_travels_as_the_register_has_it(desks: tuple[World, str]) -> None:
    world, agreement = desks
    changes = {"source_evaluation": SourceEvaluation.B, "information_evaluation": InformationEvaluation.TWO}
    hold(world.ma, subject(**changes))
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    reply = case(world.be, thread).reply
    assert (reply["evaluation"], reply["subject"]["evaluation"]) == ("B2", "B2")


@pytest.mark.parametrize("evaluation", ["", "B", "2B", "Z1", "A5", "B2 ", None])
def test_from_a_hostile_partner(desks: tuple[World, str], evaluation: Any) -> None:
    world, agreement = desks
    outgoing = telling(agreement, {"evaluation": evaluation})
    assert sent_lawless(world, outgoing) == ("refused", "case.message-malformed")
    silent = telling(agreement)
    del silent.body["evaluation"]  # type: ignore[attr-defined]  # a dict in fact
    assert sent_lawless(world, silent) == ("refused", "case.message-malformed")
    assert not Case.objects.using("be").exists()


def test_the_receiver_changes_nothing(three: tuple[World, str, str, str]) -> None:
    """There is no act by which a receiver evaluates anew: not by a correction, not by passing it on."""
    world, thread, message, _ = three
    before = case(world.be, thread).reply
    for actor in (LOTTE, SALMA, DPO):
        with pytest.raises(ComityError):
            correct(world.be, actor, thread, ProtectionGround.INACCURATE, message)
    consented(three)
    told = onward(three)
    rounds(world)
    assert passage(world.nodes[THIRD], told).body["evaluation"] == before["evaluation"] == "X4"
    assert case(world.be, thread).reply == before
