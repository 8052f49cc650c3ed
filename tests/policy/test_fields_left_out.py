"""L11, field by field: an entry is told to the person but for single fields, each with a reason that stays here.

Enforced by `told_to_person` in `core/register/release.py` (without `- left_out` the field is told), `_recipients` in
`services/rights/answering.py` (without its filter the categories of a recipient name it), and `_require_fields` there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import UID, subject
from tests.federation.world import World
from tests.policy.persons import (
    MOROCCAN,
    REASONING,
    keys_found,
    letter_of,
    registered,
    searched,
    with_keys,
)
from tests.policy.scene import leaves

from comity.core.codes.marks import DataCategory
from comity.core.register.release import held_of, told_to_person
from comity.core.rights.codes import Outcome, RestrictionReason, RightsKind
from comity.core.rights.letter import verify_outcome
from comity.errors import InputError
from comity.services.rights.answering import Decision, LeftOut, decide, hand_out
from comity.storage.models.rights import RightsRequest

wired = pytest.mark.django_db(databases=["be", "ma"])
Desks = tuple[World, str, str]
KEY = f"register:{UID}"
NUMBER = "+212661234567"
INQUIRY, OTHERS = RestrictionReason.INQUIRY, RestrictionReason.OTHERS
PHONES = LeftOut(KEY, DataCategory.PHONES, INQUIRY)


def test_in_the_core_the_rest_is_told_as_if_nothing_more_were_held() -> None:
    whole, less = told_to_person(subject()), told_to_person(subject(), {DataCategory.PHONES})
    bare = subject().model_copy(update={"phones": ()})
    assert NUMBER in str(whole)
    assert less == told_to_person(bare)


@pytest.mark.parametrize("withheld", [held_of(subject()), {DataCategory.ACCOUNTS}, set(DataCategory)])
def test_in_the_core_a_field_that_stays_out_is_held_and_another_is_told(withheld: set[DataCategory]) -> None:
    with pytest.raises(InputError, match=r"rights\.field"):
        told_to_person(subject(), withheld)


@pytest.mark.parametrize(
    ("outcome", "reasons", "reasoning", "fits"),
    [
        (Outcome.PARTIAL, (), REASONING, True),
        (Outcome.FULL, (), REASONING, False),
        (Outcome.PARTIAL, (), "", False),
        (Outcome.PARTIAL, (), "short", False),
        (Outcome.PARTIAL, (INQUIRY,), REASONING, False),
    ],
)
def test_in_the_core_it_is_a_partial_answer_and_explained(
    outcome: Outcome, reasons: tuple[RestrictionReason, ...], reasoning: str, fits: bool
) -> None:
    try:
        verify_outcome(outcome, 1, 1, reasons, reasoning, fields=1)
    except InputError:
        assert not fits
    else:
        assert fits


@pytest.fixture
def asked(answered: Desks, tmp_path: Path) -> tuple[World, str, tuple[str, ...]]:
    """Return two nodes, a request of the suspect that was searched for, and the findings beside the entry."""
    world = answered[0]
    with_keys(world, tmp_path)
    number = registered(world.ma, MOROCCAN)
    search = searched(world.ma, MOROCCAN, number, tmp_path)
    [entry] = [each for each in search["found"] if each["key"] == KEY]
    assert "phones" in entry["fields"]
    return world, number, tuple(key for key in keys_found(search) if key != KEY)


def letter(world: World, number: str, decision: Decision) -> dict[str, Any]:
    world.clock.now = decide(world.ma, MOROCCAN, number, decision)
    return letter_of(hand_out(world.ma, MOROCCAN, number))


@wired
def test_it_stands_nowhere_in_the_letter_and_its_reason_is_kept(
    asked: tuple[World, str, tuple[str, ...]],
) -> None:
    world, number, others = asked
    said = letter(world, number, Decision(Outcome.PARTIAL, (KEY,), others, (), REASONING, (PHONES,)))
    [entry] = said["told"]
    assert "الخطابي" in str(entry["content"])
    for word in (NUMBER, "phones", "inquiry", "partial", REASONING):
        assert word not in str(said)
    [recipient] = said["recipients"]
    assert "names" in recipient["categories"]
    kept = RightsRequest.objects.using("ma").get().decision
    assert kept["fields"] == [{"key": KEY, "field": "phones", "reason": "inquiry"}]
    assert all("phones" not in leaf for leaf in leaves(world.ma, "rights.decided"))


@wired
def test_without_it_everything_is_told(asked: tuple[World, str, tuple[str, ...]]) -> None:
    world, number, others = asked
    said = letter(world, number, Decision(Outcome.FULL, (KEY,), others))
    assert NUMBER in str(said["told"])
    assert "phones" in said["recipients"][0]["categories"]


@wired
@pytest.mark.parametrize(
    "fields",
    [
        (LeftOut("register:x", DataCategory.PHONES, OTHERS),),
        (LeftOut(KEY, DataCategory.ACCOUNTS, OTHERS),),
        (PHONES, PHONES),
        tuple(LeftOut(KEY, each, OTHERS) for each in held_of(subject())),
    ],
    ids=["not found", "not held", "twice", "all"],
)
def test_what_cannot_stay_out(asked: tuple[World, str, tuple[str, ...]], fields: tuple[LeftOut, ...]) -> None:
    world, number, others = asked
    with pytest.raises(InputError, match=r"rights\.field"):
        decide(
            world.ma,
            MOROCCAN,
            number,
            Decision(Outcome.PARTIAL, (KEY,), others, (), REASONING, fields),
        )


@wired
def test_of_words_exchanged_no_field_stays_out(asked: tuple[World, str, tuple[str, ...]]) -> None:
    world, number, others = asked
    told = next(key for key in others if key.startswith("cases:"))
    rest = tuple(key for key in others if key != told)
    fields = (LeftOut(told, DataCategory.PHONES, OTHERS),)
    with pytest.raises(InputError, match=r"rights\.field"):
        decide(
            world.ma,
            MOROCCAN,
            number,
            Decision(Outcome.PARTIAL, (KEY, told), rest, (), REASONING, fields),
        )


@wired
def test_what_is_restricted_or_corrected_is_so_with_all_its_fields(answered: Desks, tmp_path: Path) -> None:
    world = answered[0]
    with_keys(world, tmp_path)
    number = registered(world.ma, MOROCCAN, kind=RightsKind.RESTRICTION)
    others = tuple(key for key in keys_found(searched(world.ma, MOROCCAN, number, tmp_path)) if key != KEY)
    with pytest.raises(InputError, match=r"rights\.field"):
        decide(
            world.ma,
            MOROCCAN,
            number,
            Decision(Outcome.PARTIAL, (KEY,), others, (), REASONING, (PHONES,)),
        )
