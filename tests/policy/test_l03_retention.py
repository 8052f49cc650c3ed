"""L3: nothing is kept beyond its date: not in the register, not in a case, on neither side; a tombstone stays.

Enforced by `erase_due` in `services/register/erase.py` and in `services/cases/erase.py` (without their calls of `_gone` and
`_erase` the words stay: `test_after_its_date_an_entry_is_gone`, `test_three_years_after_the_answer_the_words_are_gone`), by
the type of `Marks.erase_at` (an entry without a date is none), and by `hidden_by` in `core/register/findable.py`, which
hides what is due before anybody has erased it (without its line on retention `test_in_the_core` fails).
"""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from pydantic import ValidationError
from tests.cases.cast import SALMA, UID, ask, deliver, hold, subject
from tests.federation.world import MA, START, World
from tests.policy.scene import OLD, everything, leaves

from comity.core.codes.exchange import PurposeGroup, Regime
from comity.core.register.findable import Hidden, hidden_by
from comity.core.register.subject import Marks
from comity.errors import InputError, Refused
from comity.services.cases import erase as cases
from comity.services.cases.answer import answer
from comity.services.register import erase as register
from comity.services.register.read import held
from comity.storage.models.register import RegisterSubject

RULE = {
    "enforced": (
        "services/register/erase.py:erase_due",
        "services/cases/erase.py:erase_due",
        "core/register/findable.py:hidden_by",
        "core/register/subject.py:Marks",
    ),
    "core": ("test_in_the_core", "test_no_entry_without_a_date"),
    "wire": ("test_three_years_after_the_answer_the_words_are_gone",),
    "api": (
        "api/test_reading.py::test_after_three_years_a_system_reads_nothing",
        "api/test_reading.py::test_what_is_erased_from_the_register_is_not_found_over_rest",
    ),
    "desk": ("test_after_its_date_an_entry_is_gone", "test_what_is_erased_is_not_answered"),
    "lacks": "a review that prolongs a date with reasons: a date ends in erasure, a new date comes with the next import",
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


def test_in_the_core() -> None:
    found, due = subject(), subject().marks.erase_at
    scope = {"service": MA, "regime": Regime.POLICE, "group": PurposeGroup.SERIOUS_CRIME}
    assert hidden_by(found, **scope, today=due - timedelta(days=1)) == frozenset()
    assert hidden_by(found, **scope, today=due) == {Hidden.RETENTION}


def test_no_entry_without_a_date() -> None:
    whole = json.loads(subject().marks.model_dump_json())
    for wrong in ({**whole, "erase_at": None}, {k: v for k, v in whole.items() if k != "erase_at"}):
        with pytest.raises(ValidationError):
            Marks.model_validate_json(json.dumps(wrong))


def test_after_its_date_an_entry_is_gone(desks: tuple[World, str]) -> None:
    world, _ = desks
    hold(world.ma, subject(erase_at=date(2029, 11, 23)))
    world.clock.forward(days=365 * 3 - 1)
    assert register.erase_due(world.ma) == 0
    world.clock.forward(days=2)
    assert register.erase_due(world.ma) == 1
    row = RegisterSubject.objects.using("ma").get(uid=UID)
    assert (row.state, row.content, row.digest, row.groups) == ("erased", None, "", "")
    assert held(world.ma, UID).subject is None
    [entry] = leaves(world.ma, "register.erased")
    assert '"ground":"retention"' in entry
    assert register.erase_due(world.ma) == 0
    assert world.clock() > START


def test_what_is_erased_is_not_answered(desks: tuple[World, str]) -> None:
    world, agreement = desks
    hold(world.ma, subject(erase_at=date(2026, 11, 23)))
    by_hit, described = ask(world, agreement), ask(world, agreement, reference=None, about="the driver")
    deliver(world)
    register.erase_due(world.ma)
    with pytest.raises(Refused, match=r"probe\.reference-recalled"):
        answer(world.ma, SALMA, by_hit)
    with pytest.raises(InputError, match=r"register\.erased"):
        answer(world.ma, SALMA, described, UID)


def test_three_years_after_the_answer_the_words_are_gone(answered: tuple[World, str, str]) -> None:
    """Each node erases by itself, whether or not its partner does."""
    world, _, _ = answered
    world.clock.forward(days=1094)
    cases.erase_due(world.be)
    assert OLD in everything(world.be)
    world.clock.forward(days=2)
    assert cases.erase_due(world.be) > 0
    assert OLD not in everything(world.be)
    assert OLD in everything(world.ma)
    cases.erase_due(world.ma)
    assert OLD not in everything(world.ma)
    assert len(leaves(world.be, "case.erased")) == 1
