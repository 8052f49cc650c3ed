"""L3: nothing is kept beyond its date: not in the register, not in a case, on neither side; a tombstone stays.

Enforced by `erase_due` in `services/register/erase.py` and in `services/cases/erase.py` (without their calls of `_gone` and
`_erase` the words stay: `test_after_its_date_an_entry_is_gone`, `test_three_years_after_the_answer_the_words_are_gone`), by
the type of `Marks.erase_at` (an entry without a date is none), and by `hidden_by` in `core/register/findable.py`, which
hides what is due before anybody has erased it (without its line on retention `test_in_the_core` fails). A review puts a
date off: `prolonged` in `core/register/review.py` says how far (without its lines `test_how_far_a_review_carries` fails), and
`prolong` in `services/register/reviewing/prolong.py` who (without `_decides` `test_only_a_head_of_desk_in_person` fails).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    OPERATOR,
    SALMA,
    SYSTEM_ACCOUNT,
    UID,
    ask,
    deliver,
    hold,
    subject,
)
from tests.federation.world import BE, MA, START, World
from tests.policy.scene import OLD, everything, leaves

from comity.core.codes.exchange import PurposeGroup, Regime
from comity.core.codes.marks import Role, Taint
from comity.core.register.findable import Hidden, hidden_by
from comity.core.register.review import prolonged
from comity.core.register.subject import Marks, SubjectState, open_subject
from comity.errors import InputError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.cases import erase as cases
from comity.services.cases.answer import answer
from comity.services.cases.handlers import request_receipted
from comity.services.register import erase as register
from comity.services.register.read import held
from comity.services.register.reviewing.prolong import due_for, prolong
from comity.storage.models.cases import Case
from comity.storage.models.register import RegisterAct, RegisterSubject

RULE = {
    "enforced": (
        "services/register/erase.py:erase_due",
        "services/cases/erase.py:erase_due",
        "core/register/findable.py:hidden_by",
        "core/register/subject.py:Marks",
        "core/register/review.py:prolonged",
        "services/register/reviewing/prolong.py:prolong",
    ),
    "core": ("test_in_the_core", "test_no_entry_without_a_date", "test_how_far_a_review_carries"),
    "wire": ("test_three_years_after_the_answer_the_words_are_gone",),
    "api": (
        "api/test_reading.py::test_after_three_years_a_system_reads_nothing",
        "api/test_reading.py::test_what_is_erased_from_the_register_is_not_found_over_rest",
    ),
    "desk": (
        "test_after_its_date_an_entry_is_gone",
        "test_what_is_erased_is_not_answered",
        "test_a_request_that_nobody_answers_is_not_kept_for_ever",
        "test_a_review_with_reasons_puts_the_date_off",
        "test_only_a_head_of_desk_in_person",
        "web/test_review.py::test_the_head_of_desk_keeps_an_entry",
    ),
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
    assert len(leaves(world.ma, "case.decisions-erased")) == 1, (
        "what goes by its date alone leaves its entry too"
    )


def test_a_request_that_nobody_answers_is_not_kept_for_ever(desks: tuple[World, str]) -> None:
    """Both nodes reckon from the deadline, which they have from the same receipt."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    rows = [Case.objects.using(alias).get(thread=thread) for alias in ("be", "ma")]
    assert rows[0].erase_at == rows[1].erase_at > rows[0].due_at
    world.clock.now = rows[0].erase_at - timedelta(seconds=1)
    assert [cases.erase_due(node) for node in (world.be, world.ma)] == [0, 0]
    world.clock.forward(seconds=1)
    assert [cases.erase_due(node) for node in (world.be, world.ma)] == [1, 1]
    for alias in ("be", "ma"):
        row = Case.objects.using(alias).get(thread=thread)
        assert (row.request, row.rejected, row.erase_at) == (None, "case.erased-unanswered", None)
    with pytest.raises(Refused, match="case.erased-unanswered"):
        answer(world.ma, SALMA, thread, UID)


def test_nor_is_one_that_was_not_taken(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    request_receipted(world.be, thread, None, "agreement.suspended")
    row = Case.objects.using("be").get(thread=thread)
    assert row.rejected == "agreement.suspended"
    assert row.erase_at is not None


TODAY = date(2026, 11, 23)
SOON, LATEST = date(2026, 12, 24), TODAY + timedelta(days=1095)


@pytest.mark.parametrize(
    ("changes", "until", "code"),
    [
        ({}, SOON + timedelta(days=1), None),
        ({}, LATEST, None),
        ({"state": SubjectState.RESTRICTED}, LATEST, None),
        ({}, LATEST + timedelta(days=1), "register.review-ceiling"),
        ({}, SOON, "register.review-sooner"),
        ({}, TODAY, "register.review-sooner"),
        ({"erase_at": TODAY}, LATEST, "register.review-late"),
        ({"taints": (Taint.SIS,)}, LATEST, "register.review-barred"),
        ({"state": SubjectState.QUARANTINED}, LATEST, "register.review-barred"),
        ({"owner": BE}, LATEST, "register.review-barred"),
    ],
)
def test_how_far_a_review_carries(changes: dict[str, Any], until: date, code: str | None) -> None:
    found = subject(**{"erase_at": SOON, **changes})
    if code is None:
        kept = prolonged(found, service=MA, today=TODAY, until=until)
        assert kept == subject(**{**changes, "erase_at": until})
        return
    with pytest.raises(Refused) as refused:
        prolonged(found, service=MA, today=TODAY, until=until)
    assert refused.value.code == code


def test_a_review_with_reasons_puts_the_date_off(desks: tuple[World, str]) -> None:
    world, _ = desks
    hold(world.ma, subject(erase_at=SOON))
    assert [(each.uid, each.ends) for each in due_for(world.ma, HEAD)] == [(UID, SOON)]
    until = date(2028, 1, 1)
    for missing in ("", "  ", "x"):
        with pytest.raises(InputError, match=r"register\.reason"):
            prolong(world.ma, HEAD, UID, until, missing)
    version = prolong(world.ma, HEAD, UID, until, "the trial goes on")
    row = RegisterSubject.objects.using("ma").get(uid=UID)
    assert (row.version, row.erase_at) == (version, until)
    marks = open_subject(row.content).marks
    assert marks.erase_at == until
    [entry] = leaves(world.ma, "register.reviewed")
    assert f'"ended":"{SOON}","ends":"{until}"' in entry
    assert "trial" not in entry
    [act] = RegisterAct.objects.using("ma").filter(kind="reviewed")
    assert act.statement == {"by": HEAD.name, "reason": "the trial goes on", "until": until.isoformat()}
    assert due_for(world.ma, HEAD) == []
    world.clock.forward(days=60)
    assert register.erase_due(world.ma) == 0
    world.clock.forward(days=365)
    assert register.erase_due(world.ma) == 1
    with pytest.raises(InputError, match=r"register\.erased"):
        prolong(world.ma, HEAD, UID, date(2029, 1, 1), "too late")


def test_only_a_head_of_desk_in_person(desks: tuple[World, str]) -> None:
    world, _ = desks
    hold(world.ma, subject(erase_at=SOON))
    system = replace(SYSTEM_ACCOUNT, roles=HEAD.roles)
    other = replace(HEAD, roles=frozenset({(Regime.INTELLIGENCE, Role.HEAD_OF_DESK)}))
    for actor in (LOTTE, SALMA, DPO, OPERATOR, system, other):
        with pytest.raises(Refused, match=r"register\.review-person"):
            prolong(world.ma, actor, UID, LATEST, "needed still")
        with pytest.raises(Refused, match=r"register\.review-person"):
            due_for(world.ma, actor)
    assert RegisterSubject.objects.using("ma").get(uid=UID).erase_at == SOON
    assert leaves(world.ma, "register.reviewed") == []


def test_a_partners_words_have_no_review(answered: tuple[World, str, str]) -> None:
    """The clause's retention is the ceiling, and the date of what was received stands there from the first day."""
    world, agreement, thread = answered
    row = Case.objects.using("be").get(thread=thread)
    clause = stored_standing(world.be, agreement).agreement.clause(row.clause)
    assert clause is not None
    assert row.closing_received_at is not None
    assert row.erase_at == row.closing_received_at + clause.retention
