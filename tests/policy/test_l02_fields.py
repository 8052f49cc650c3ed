"""L2: of each category of person only its fields are told, whatever the agreement says and whoever sends.

Enforced by the row ``L2`` of `PROHIBITIONS` in `core/policy/law.py` (without it `test_in_the_core` and
`test_from_a_hostile_partner` fail) and by `releasable` in `core/register/release.py`, which offers no field beyond the
ceiling (without its use of `ALLOWED`, `test_an_answer_holds_no_field_beyond` fails).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.cast import SALMA, UID, ask, deliver, hold, subject
from tests.federation.world import World
from tests.policy.hostile import sent_lawless, telling
from tests.policy.scene import everything
from tests.policy.transfers import TO_MA, grounds, plan, signed_world

from comity.core.agreement.model import Agreement
from comity.core.codes.marks import DataCategory, SubjectCategory
from comity.core.policy.law import FIELD_CEILING, prohibited
from comity.core.register.subject import Account
from comity.errors import Refused
from comity.services.cases.answer import answer, propose_answer
from comity.storage.models.cases import Case

RULE = {
    "enforced": ("core/policy/law.py:_fields_beyond", "core/register/release.py:releasable"),
    "core": ("test_in_the_core", "test_no_agreement_raises_the_ceiling"),
    "wire": ("test_from_a_hostile_partner",),
    "api": ("api/test_law.py::test_no_field_beyond_the_category_is_asked_for",),
    "desk": (
        "test_an_answer_holds_no_field_beyond",
        "web/test_answer.py::test_a_category_that_was_not_asked_for_is_not_offered",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
BEYOND = [
    (SubjectCategory.WITNESS, DataCategory.ACCOUNTS),
    (SubjectCategory.WITNESS, DataCategory.PHONES),
    (SubjectCategory.VICTIM, DataCategory.ADDRESSES),
    (SubjectCategory.INFORMANT, DataCategory.NAMES),
    (SubjectCategory.CONTACT, DataCategory.ACCOUNTS),
    (SubjectCategory.ASSOCIATE, DataCategory.CRIMINAL_RECORD),
]
WITNESS = SubjectCategory.WITNESS


def wide() -> Agreement:
    """Return the plan with clauses that name every field of every category of person."""
    every = {
        "data": tuple(sorted(DataCategory)),
        "subjects": tuple(sorted(SubjectCategory)),
        "necessity": "none",
    }
    clauses = tuple(clause.model_copy(update=every) for clause in plan().clauses)
    return plan().model_copy(update={"clauses": clauses})


@pytest.mark.parametrize(("person", "field"), BEYOND)
def test_in_the_core(person: SubjectCategory, field: DataCategory) -> None:
    act = replace(TO_MA, data=frozenset({field}), subjects=frozenset({person, SubjectCategory.SUSPECT}))
    assert [ground.rule for ground in prohibited(act, None, None)] == ["L2"]


@pytest.mark.parametrize(("person", "field"), BEYOND)
def test_no_agreement_raises_the_ceiling(person: SubjectCategory, field: DataCategory) -> None:
    act = replace(TO_MA, data=frozenset({field}), subjects=frozenset({person}))
    assert ("law.fields", "law", "L2") in grounds(wide(), act)
    lawful = replace(act, data=FIELD_CEILING[person], subjects=frozenset({person}))
    assert grounds(wide(), lawful) == []


def test_from_a_hostile_partner() -> None:
    world, agreement = signed_world(wide())
    body = {"subject": {"fields": {"phones": ["+212600000000"]}}, "subject_category": "witness"}
    header = {"data": frozenset({DataCategory.PHONES}), "subjects": frozenset({WITNESS})}
    assert sent_lawless(world, telling(agreement, body, **header)) == ("refused", "law.fields")
    assert not Case.objects.using("be").exists()
    assert "+212600000000" not in everything(world.be)
    body = {"subject": {"fields": {"names": ["x"]}}, "subject_category": "witness"}
    header = {"data": frozenset({DataCategory.NAMES}), "subjects": frozenset({WITNESS})}
    assert sent_lawless(world, telling(agreement, body, **header)) == ("delivered", None)


def test_an_answer_holds_no_field_beyond() -> None:
    world, agreement = signed_world(wide())
    hold(
        world.ma,
        subject(category=WITNESS).model_copy(update={"accounts": (Account(kind="iban", number="MA64"),)}),
    )
    thread = ask(
        world,
        agreement,
        reference=None,
        about="the driver",
        categories=tuple(sorted({DataCategory.NAMES, DataCategory.ACCOUNTS})),
    )
    deliver(world)
    offered = propose_answer(world.ma, SALMA, thread, UID)
    assert "accounts" not in offered.document["fields"]
    with pytest.raises(Refused, match=r"law\.fields"):
        answer(world.ma, SALMA, thread, UID, categories={DataCategory.ACCOUNTS})
    answer(world.ma, SALMA, thread, UID)
    deliver(world)
    reply = Case.objects.using("be").get().reply
    assert set(reply["subject"]["fields"]) == {"names"}
    assert "MA64" not in everything(world.be)


def test_the_control(desks: tuple[World, str]) -> None:
    """Without anything beyond, the same message is taken: the tests above do not fail for another reason."""
    world, agreement = desks
    assert sent_lawless(world, telling(agreement)) == ("delivered", None)
