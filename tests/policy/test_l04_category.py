"""L4: no person without a category, and "unknown" is none.

Enforced by the row ``L4`` of `PROHIBITIONS` in `core/policy/law.py` (without it `test_in_the_core` and
`test_from_a_hostile_partner` fail) and by the type of `Marks.category` in `core/register/subject.py`: with a default
there, `test_the_register_takes_nobody_without_one` fails.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError
from tests.cases.cast import subject
from tests.federation.world import World
from tests.policy.hostile import sent_lawless, telling
from tests.policy.transfers import TO_MA

from comity.core.codes.exchange import Act
from comity.core.codes.marks import SubjectCategory
from comity.core.policy.law import prohibited
from comity.core.register.subject import Marks
from comity.storage.models.cases import Case

RULE = {
    "enforced": ("core/policy/law.py:_without_category", "core/register/subject.py:Marks"),
    "core": ("test_in_the_core", "test_the_register_takes_nobody_without_one"),
    "wire": ("test_from_a_hostile_partner",),
    "api": ("api/test_rest.py::test_a_request_names_the_category_of_the_person",),
    "desk": ("web/test_request.py::test_a_category_of_person_is_chosen",),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.mark.parametrize("act", [Act.REPLY, Act.INFORM, Act.REQUEST, Act.RECTIFY, Act.BE_FOUND, Act.ATTACH])
def test_in_the_core(act: Act) -> None:
    nobody = replace(TO_MA, act=act, subjects=frozenset())
    assert [ground.rule for ground in prohibited(nobody, None, None)] == ["L4"]
    assert prohibited(replace(nobody, subjects=TO_MA.subjects), None, None) == ()
    assert prohibited(replace(nobody, data=frozenset()), None, None) == ()


def test_the_register_takes_nobody_without_one() -> None:
    whole = json.loads(subject().marks.model_dump_json())
    assert Marks.model_validate_json(json.dumps(whole)).category is SubjectCategory.SUSPECT
    for category in ("unknown", "", None):
        with pytest.raises(ValidationError):
            Marks.model_validate_json(json.dumps({**whole, "category": category}))
    with pytest.raises(ValidationError):
        Marks.model_validate_json(
            json.dumps({name: each for name, each in whole.items() if name != "category"})
        )
    assert "unknown" not in set(SubjectCategory)


def test_from_a_hostile_partner(desks: tuple[World, str]) -> None:
    world, agreement = desks
    for body in ({}, {"subject_category": None}):
        outgoing = telling(agreement, body, subjects=frozenset())
        assert sent_lawless(world, outgoing) == ("refused", "law.category")
    unknown = telling(agreement, {"subject_category": "unknown"})
    assert sent_lawless(world, unknown) == ("refused", "case.message-malformed")
    assert not Case.objects.using("be").exists()
    assert sent_lawless(world, telling(agreement)) == ("delivered", None)
