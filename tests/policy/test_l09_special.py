"""L9: special categories leave with a stated necessity and by two persons, and nobody is looked for by them alone.

Enforced by the row ``L9`` of `PROHIBITIONS` in `core/policy/law.py` (without it `test_in_the_core_*` and
`test_from_a_hostile_partner` fail) and by `_require_second` in `services/cases/answer.py` (without it one person releases
fingerprints: `test_one_person_alone_releases_none`). Origin, religion, opinion and the like are no category of data and no
column of a search, so they can be neither asked for nor searched by (`test_there_is_no_word_for_them`).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cases.cast import SALMA, ask, deliver
from tests.policy.hostile import sent_lawless, telling
from tests.policy.test_l02_fields import wide
from tests.policy.transfers import TO_MA, grounds, signed_world

from comity.core.agreement.model import Agreement
from comity.core.codes.exchange import Act
from comity.core.codes.marks import DataCategory
from comity.core.policy.law import prohibited
from comity.core.probe.query import ACCEPTED, read_query
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.storage.models.cases import Case

RULE = {
    "enforced": ("core/policy/law.py:_special_without_need", "services/cases/answer.py:_require_second"),
    "core": (
        "test_in_the_core_a_necessity_is_stated",
        "test_in_the_core_never_the_only_key",
        "test_there_is_no_word_for_them",
    ),
    "wire": ("test_from_a_hostile_partner",),
    "api": ("api/test_law.py::test_special_categories_need_their_necessity_and_are_no_key",),
    "desk": (
        "test_one_person_alone_releases_none",
        "web/test_answer.py::test_two_approvers_release_special_categories",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
PRINTS = frozenset({DataCategory.FINGERPRINTS})
SENSITIVE = (
    "ethnicity",
    "religion",
    "race",
    "opinion",
    "union",
    "health",
    "orientation",
    "genetic",
    "belief",
)


def unneeded() -> Agreement:
    """Return an agreement whose clauses name fingerprints and no necessity."""
    return wide().model_copy(
        update={"clauses": tuple(c.model_copy(update={"necessity": None}) for c in wide().clauses)}
    )


def test_in_the_core_a_necessity_is_stated() -> None:
    act = replace(TO_MA, data=PRINTS | {DataCategory.NAMES})
    assert grounds(wide(), act) == []
    assert set(grounds(unneeded(), act)) == {("law.special", "law", "L9")}
    assert grounds(unneeded(), TO_MA) == []


@pytest.mark.parametrize("act", [Act.PROBE, Act.PUBLISH_INDEX, Act.BE_FOUND])
def test_in_the_core_never_the_only_key(act: Act) -> None:
    alone = replace(TO_MA, act=act, data=PRINTS)
    assert [ground.rule for ground in prohibited(alone, wide(), wide().clauses[0])] == ["L9"]
    beside = replace(alone, data=PRINTS | {DataCategory.NAMES})
    assert prohibited(beside, wide(), wide().clauses[0]) == ()


def test_there_is_no_word_for_them() -> None:
    for word in SENSITIVE:
        assert not [each for each in (*DataCategory, *ACCEPTED) if word in each]
        with pytest.raises(InputError, match=r"probe\.subject-unknown-column"):
            read_query({word: "x", "given": "Youssef"})


def test_from_a_hostile_partner() -> None:
    world, agreement = signed_world(unneeded())
    body = {"subject": {"fields": {"fingerprints": ["x"]}}}
    assert sent_lawless(world, telling(agreement, body, data=PRINTS)) == ("refused", "law.special")
    assert not Case.objects.using("be").exists()
    assert sent_lawless(world, telling(agreement)) == ("delivered", None)


def test_one_person_alone_releases_none() -> None:
    world, agreement = signed_world(wide())
    thread = ask(world, agreement, categories=(DataCategory.FINGERPRINTS, DataCategory.NAMES))
    deliver(world)
    chosen = {DataCategory.FINGERPRINTS, DataCategory.NAMES}
    for second in (None, SALMA):
        with pytest.raises(Refused, match=r"case\.second"):
            answer(world.ma, SALMA, thread, categories=chosen, second=second)
    answer(world.ma, SALMA, thread, categories={DataCategory.NAMES})
