"""Who may let the first request after a hit leave: every combination of who searched, who asks and who approves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from comity.core.codes.transfer import OverrideGround
from comity.core.watch.follow_up import (
    CONFIRMED_WITHIN,
    NEEDS_SECOND,
    Clearance,
    Emergency,
    Held,
    Person,
    clearance,
    searchers,
)

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
OFFICER, APPROVER, OTHER = Person("lotte"), Person("lies", True), Person("lien", True)
URGENT = Emergency(OverrideGround.THREAT_TO_LIFE, "a bomb may go off in the station tonight", NOW)


def decided(
    asks: Person,
    searched: str,
    second: Person | None = None,
    emergency: Emergency | None = None,
    *,
    first: bool = True,
) -> Clearance | str:
    found = clearance(first=first, asks=asks, searched=searched, second=second, emergency=emergency, now=NOW)
    return found.code if isinstance(found, Held) else found


@pytest.mark.parametrize(
    ("asks", "searched", "second", "wanted"),
    [
        (OFFICER, "lotte", None, NEEDS_SECOND),
        (OFFICER, "", None, NEEDS_SECOND),
        (OFFICER, "lies", None, NEEDS_SECOND),
        (OFFICER, "lotte", APPROVER, Clearance.SECOND),
        (OFFICER, "lotte", Person("jan"), "case.approver"),
        (OFFICER, "lies", APPROVER, "follow-up.same"),
        (APPROVER, "lotte", None, Clearance.SECOND),
        (APPROVER, "lies", None, NEEDS_SECOND),
        (APPROVER, "", None, NEEDS_SECOND),
        (APPROVER, "lotte", APPROVER, "follow-up.same"),
        (APPROVER, "lies", OTHER, Clearance.SECOND),
    ],
)
def test_who_may(asks: Person, searched: str, second: Person | None, wanted: Clearance | str) -> None:
    assert decided(asks, searched, second) == wanted


def test_only_the_first_of_a_case() -> None:
    assert decided(OFFICER, "lotte", first=False) is Clearance.LATER
    assert decided(OFFICER, "lotte", APPROVER, first=False) is Clearance.SECOND
    assert decided(OFFICER, "lies", APPROVER, first=False) == "follow-up.same", "named in vain"


def test_an_approver_alone_in_an_emergency_and_nobody_else() -> None:
    assert decided(APPROVER, "lies", None, URGENT) is Clearance.EMERGENCY
    assert decided(OFFICER, "lotte", None, URGENT) == "case.approver"


@pytest.mark.parametrize("seconds", [CONFIRMED_WITHIN.total_seconds() + 1, -1])
def test_the_second_factor_was_given_just_now(seconds: float) -> None:
    late = Emergency(URGENT.ground, URGENT.reason, NOW - timedelta(seconds=seconds))
    assert decided(APPROVER, "lies", None, late) == "override.unconfirmed"


@pytest.mark.parametrize(
    ("asks", "searched", "second", "wanted"),
    [
        (OFFICER, "account:cms/lien", OTHER, "follow-up.same"),
        (OFFICER, "account:cms/Lien", OTHER, "follow-up.same"),
        (OFFICER, "account:cms/lien", APPROVER, Clearance.SECOND),
        (APPROVER, "account:cms/lies", None, NEEDS_SECOND),
        (APPROVER, "account:cms/lotte", None, NEEDS_SECOND),
        (APPROVER, "account:cms", None, NEEDS_SECOND),
        (APPROVER, "os:root", None, NEEDS_SECOND),
        (APPROVER, "account:cms/a/lies", None, NEEDS_SECOND),
    ],
)
def test_for_whom_a_case_system_searched_has_searched(
    asks: Person, searched: str, second: Person | None, wanted: Clearance | str
) -> None:
    """Whoever lets a system search is no second person; and who really let it, the system alone knows."""
    assert decided(asks, searched, second) == wanted


def test_who_searched_is_the_account_and_for_whom_it_says_it_did() -> None:
    assert searchers("lotte") == {"lotte"}
    assert searchers("account:cms/a/Lies ") == {"account:cms", "a/lies"}
    assert searchers("") == frozenset()


def test_five_minutes_are_five_minutes() -> None:
    just = Emergency(URGENT.ground, URGENT.reason, NOW - CONFIRMED_WITHIN)
    assert decided(APPROVER, "lies", None, just) is Clearance.EMERGENCY
