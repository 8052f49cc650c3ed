"""Every code that a page can show has words, in each language."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import pytest
from django.utils import translation

from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.core.agreement.standing import State
from comity.core.cases.clock import ClockState
from comity.core.cases.hit.report import HitReportBody, Measure, Outcome
from comity.core.cases.information import InformationBody
from comity.core.cases.messages import ReplyBody, RequestBody, UrgencyGround
from comity.core.cases.thread import ClarificationBody
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.handling import HandlingCode, SubCode, Tlp
from comity.core.codes.marks import (
    DataCategory,
    DelayGround,
    RefusalGround,
    Role,
    SubjectCategory,
    Urgency,
)
from comity.core.codes.sex import Sex
from comity.core.codes.transfer import Assurance, OverrideGround, TransferGround, Treaty, TreatyStanding
from comity.core.probe.rules.profile import CP1
from comity.core.register.birth import BirthPrecision
from comity.core.register.subject import NameRole, PlaceRole
from comity.services.cases.thread.todo import Todo
from comity.services.exchange.status import Standing
from comity.storage.models.exchange import MessageState
from comity.web import labels
from comity.web.answers.released import WORDS
from comity.web.register.evaluations import INFORMATION, SOURCES
from comity.web.templatetags.desk import evaluated, grounded, ordered

CODES: tuple[type[StrEnum], ...] = (
    Act,
    DataCategory,
    DelayGround,
    HandlingCode,
    Purpose,
    RefusalGround,
    Regime,
    Role,
    SubCode,
    SubjectCategory,
    Tlp,
    Urgency,
    UrgencyGround,
)
TRANSFERS: dict[str, type[StrEnum]] = {
    "transfer-ground": TransferGround,
    "assurance": Assurance,
    "treaty": Treaty,
    "treaty-standing": TreatyStanding,
    "change": ChangeKind,
    "effect": ChangeEffect,
    "protection-ground": OverrideGround,
    "hit-outcome": Outcome,
    "measure": Measure,
}
STATES: tuple[Iterable[str], ...] = (State, ClockState, Standing, list(MessageState.values))


@pytest.mark.parametrize("codes", CODES)
def test_each_member_of_the_tables_has_words(codes: type[StrEnum]) -> None:
    with translation.override("ar"):
        silent = [member.value for member in codes if labels.label(member) == member.value]
    assert silent == []


@pytest.mark.parametrize("table", sorted(TRANSFERS))
def test_each_code_of_transfers_has_words(table: str) -> None:
    with translation.override("ar"):
        silent = [each.value for each in TRANSFERS[table] if labels.words(table, each.value) == each.value]
    assert silent == []


def test_each_state_has_words() -> None:
    assert [each for states in STATES for each in states if str(each) not in labels.STATES] == []


def test_each_thing_to_do_has_words() -> None:
    assert [each for each in Todo if labels.words("todo", each) == each.value] == []


def test_each_rule_and_each_detail_of_a_released_field_has_words() -> None:
    assert [rule.id for rule in CP1.rules if rule.id not in labels.RULES] == []
    details = [*NameRole, *PlaceRole, *Sex, *BirthPrecision]
    assert [each.value for each in details if each.value not in WORDS] == []


def test_an_unknown_code_of_a_newer_partner_is_shown_as_it_is() -> None:
    assert labels.label("new\u202estate") == "newstate"
    assert labels.words("ground", "z9") == "z9"


def test_every_text_that_bears_a_mark_has_words() -> None:
    bodies = (RequestBody, ReplyBody, InformationBody, ClarificationBody, HitReportBody)
    marked = {name for body in bodies for name in body.STATEMENTS} | {each.value for each in DataCategory}
    with translation.override("ar"):
        assert [name for name in marked if labels.words("statement", name) == name] == []
        silent = [each for each in (*SOURCES.values(), *INFORMATION.values()) if str(each).isascii()]
    assert silent == []


def test_an_evaluation_says_what_it_means() -> None:
    with translation.override("en"):
        shown = evaluated("X4")
        assert "cannot be judged" in shown
        assert "not corroborated" in shown
    assert evaluated("Z9") == '<bdi dir="ltr">Z9</bdi>'


def test_a_ground_is_told_in_words_and_a_rule_of_law_by_its_number() -> None:
    with translation.override("en"):
        assert grounded("f2").startswith("an ongoing investigation, or the safety of a person (<code>")
    assert grounded("L12") == '<code><bdi dir="ltr">L12</bdi></code>'


def test_rules_are_told_in_one_order() -> None:
    assert ordered({"spelled-year", "number-year", "a-newer-rule", "names-year"}) == [
        "number-year",
        "names-year",
        "spelled-year",
        "a-newer-rule",
    ]
