"""L16: a breach is told to the authority and to the partner's controller within 72 hours, or it is an alarm.

Enforced by `owe_notices` and `send_due` in `services/breaches/owed.py`, by `breach_due_at` in `core/rights/clock.py` and by
`watch_breaches`. Without `owe_notices` `test_a_leak_is_known_to_both_officers_within_the_clock` fails, without
`watch_breaches` `test_what_is_not_told_in_72_hours_is_an_alarm`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.cast import HEAD, LOTTE, OPERATOR, SALMA, SYSTEM_ACCOUNT, deliver, officer
from tests.federation.world import BE, MA, World, set_state
from tests.policy.persons import BELGIAN, MOROCCAN, letter_of
from tests.policy.scene import code_of, leaves

from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import Role
from comity.core.rights.clock import breach_due_at
from comity.core.rights.codes import BreachNature
from comity.errors import InputError, Refused
from comity.services.breaches.opened import Found, close_breach, open_breach, take_note, tell_authority
from comity.services.breaches.owed import send_due
from comity.services.breaches.shown import breaches, show_breach, watch_breaches, write_document
from comity.services.context import Actor
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.models.evidence import EvidenceAlarm
from comity.storage.models.rights import Breach, BreachNotice

RULE = {
    "enforced": (
        "core/rights/clock.py:breach_due_at",
        "services/breaches/owed.py:owe_notices",
        "services/breaches/shown.py:watch_breaches",
    ),
    "core": ("test_in_the_core_seventy_two_hours_from_being_aware",),
    "wire": (
        "test_a_hostile_notice_is_refused",
        "test_a_notice_names_no_case_of_another_regime",
        "test_the_partner_is_told_whatever_its_state",
    ),
    "api": ("api/test_persons.py::test_a_system_answers_nobody",),
    "desk": (
        "test_a_leak_is_known_to_both_officers_within_the_clock",
        "test_what_is_not_told_in_72_hours_is_an_alarm",
        "web/test_persons.py::test_a_breach_is_written_down_told_and_closed",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
Desks = tuple[World, str, str]
ADMINISTRATOR = officer("root", Role.ADMINISTRATOR)
HAPPENED = "the laptop of an officer was stolen from a car"


def found(world: World, **changes: Any) -> Found:
    now = world.clock()
    usual = Found(
        nature=BreachNature.CONFIDENTIALITY,
        aware_at=now,
        first=now - timedelta(days=30),
        before=now + timedelta(seconds=1),
        happened=HAPPENED,
        consequences="the requests may be read by others",
        measures="the device was locked",
        contact="desk of the data-protection officer",
    )
    return replace(usual, **changes)


def opened(world: World, actor: Actor = BELGIAN, **changes: Any) -> str:
    return open_breach(world.be, actor, Regime.POLICE, found(world, **changes))


def test_a_leak_is_known_to_both_officers_within_the_clock(answered: Desks) -> None:
    world, _, thread = answered
    aware = world.clock() - timedelta(hours=5)
    number = opened(world, aware_at=aware)
    deliver(world)
    [ours] = breaches(world.be, BELGIAN)
    [theirs] = breaches(world.ma, MOROCCAN)
    assert (ours["cases"], ours["persons"]) == (1, 1)
    assert Breach.objects.using("be").get().due_at == breach_due_at(aware) == aware + timedelta(hours=72)
    assert (theirs["number"], theirs["partner"], theirs["cases"]) == (number, BE, 1)
    assert ours["notices"][0]["received_at"] is not None
    told = show_breach(world.ma, MOROCCAN, number)["content"]
    assert told["threads"] == [thread]
    assert HAPPENED not in str(told)
    assert world.clock() < aware + timedelta(hours=72)
    tell_authority(world.be, BELGIAN, number, world.clock(), "GBA-2026-5511")
    document = letter_of(write_document(world.be, BELGIAN, number))
    assert (document["happened"], document["cases"], document["persons"]) == (HAPPENED, 1, 1)
    close_breach(world.be, BELGIAN, number)
    take_note(world.ma, MOROCCAN, number)
    world.clock.forward(days=4)
    assert (watch_breaches(world.be), watch_breaches(world.ma)) == (0, 0)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))
def test_in_the_core_seventy_two_hours_from_being_aware(aware: datetime) -> None:
    """From being aware, not from what happened or from being written down; no feast, night or zone makes it longer."""
    assert breach_due_at(aware) - aware == timedelta(hours=72)
    assert breach_due_at(aware.astimezone(timezone(timedelta(hours=1)))) == breach_due_at(aware)


def test_what_is_not_told_in_72_hours_is_an_alarm(answered: Desks) -> None:
    world = answered[0]
    opened(world)
    deliver(world)
    world.clock.forward(hours=71)
    assert (watch_breaches(world.be), watch_breaches(world.ma)) == (0, 0)
    world.clock.forward(hours=2)
    assert (watch_breaches(world.be), watch_breaches(world.ma)) == (1, 1)
    for alias in ("be", "ma"):
        assert EvidenceAlarm.objects.using(alias).get().code == "breach.overdue"
    assert breaches(world.be, BELGIAN)[0]["overdue"]
    watch_breaches(world.be)
    assert EvidenceAlarm.objects.using("be").count() == 1


def test_the_words_bear_their_language(answered: Desks) -> None:
    world, _, _ = answered
    with pytest.raises(InputError, match=r"case\.language"):
        opened(world, language="Dutch")
    number = opened(world, language="nl")
    deliver(world)
    for node, actor in ((world.be, BELGIAN), (world.ma, MOROCCAN)):
        assert show_breach(node, actor, number)["content"]["language"] == "nl"
    assert letter_of(write_document(world.be, BELGIAN, number))["language"] == "nl"


def test_a_late_notice_gives_its_reasons(answered: Desks) -> None:
    world = answered[0]
    number = opened(world, aware_at=world.clock() - timedelta(hours=80))
    now = world.clock()
    with pytest.raises(InputError, match=r"breach\.late"):
        tell_authority(world.be, BELGIAN, number, now, "GBA-1")
    with pytest.raises(InputError, match=r"breach\.late"):
        tell_authority(world.be, BELGIAN, number, now - timedelta(hours=20), "GBA-1", "we were asleep")
    tell_authority(world.be, BELGIAN, number, now, "GBA-1", "the extent was not known")
    assert letter_of(write_document(world.be, BELGIAN, number))["late"] == "the extent was not known"


@pytest.mark.parametrize("state", ["away", "suspended"])
def test_the_partner_is_told_whatever_its_state(answered: Desks, state: str) -> None:
    world = answered[0]
    if state == "away":
        world.network.cut_off.add(MA)
    if state == "suspended":
        set_state(world.be, MA, "suspended")
        set_state(world.ma, BE, "suspended")
    number = opened(world)
    deliver(world)
    if state == "away":
        assert not Breach.objects.using("ma").exists()
        with pytest.raises(Refused, match=r"breach\.untold"):
            close_breach(world.be, BELGIAN, number)
        world.clock.forward(days=8)
        world.network.cut_off.clear()
        deliver(world, seconds=4000)
        send_due(world.be)
        deliver(world, seconds=4000)
    assert Breach.objects.using("ma").get().partner == BE
    assert BreachNotice.objects.using("be").get().received_at is not None


def test_who_has_nothing_to_do_with_it_is_told_nothing(answered: Desks) -> None:
    world = answered[0]
    early = world.clock() - timedelta(days=300)
    opened(world, first=early, before=early + timedelta(days=1))
    deliver(world)
    assert not Breach.objects.using("ma").exists()
    assert breaches(world.be, BELGIAN)[0]["cases"] == 0


def test_single_cases_can_be_named(answered: Desks) -> None:
    world, _, thread = answered
    with pytest.raises(InputError, match=r"case\.unknown"):
        opened(world, threads=("0" * 32,))
    opened(world, threads=(thread,))
    assert breaches(world.be, BELGIAN)[0]["cases"] == 1


@pytest.mark.parametrize("actor", [LOTTE, SALMA, HEAD, OPERATOR, SYSTEM_ACCOUNT])
def test_only_officer_and_administrator_open_one(answered: Desks, actor: Actor) -> None:
    world = answered[0]
    for act in (lambda: opened(world, actor), lambda: breaches(world.be, actor)):
        with pytest.raises(Refused, match=r"actor\.(role|person)"):
            act()


def test_the_administrator_opens_it_and_the_officer_tells_the_authority(answered: Desks) -> None:
    world = answered[0]
    number = opened(world, ADMINISTRATOR)
    with pytest.raises(Refused, match=r"actor\.role"):
        tell_authority(world.be, ADMINISTRATOR, number, world.clock(), "GBA-1")
    with pytest.raises(Refused, match=r"actor\.role"):
        close_breach(world.be, ADMINISTRATOR, number)
    with pytest.raises(Refused, match=r"breach\.untold"):
        close_breach(world.be, BELGIAN, number)
    tell_authority(world.be, BELGIAN, number, world.clock(), "GBA-1")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"happened": ""}, "breach.words"),
        ({"measures": "x" * 9000}, "breach.words"),
        ({"contact": "\ud800"}, "breach.words"),
    ],
)
def test_what_is_incomplete_is_refused(answered: Desks, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError, match=code.replace(".", r"\.")):
        opened(answered[0], **changes)
    world = answered[0]
    with pytest.raises(InputError, match=r"breach\.aware"):
        opened(world, aware_at=world.clock() + timedelta(minutes=1))
    with pytest.raises(InputError, match=r"breach\.period"):
        opened(world, before=world.clock() - timedelta(days=31))
    assert not Breach.objects.using("be").exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"nature": "gossip"}, "case.message-malformed"),
        ({"cases": -1}, "case.message-malformed"),
        ({"measures": ""}, "case.message-malformed"),
        ({"aware_at": "2026-11-23T13:00:00.000Z", "opened_at": "2026-11-23T12:00:00.000Z"}, "breach.header"),
        ({"opened_at": "2036-11-23T12:00:00.000Z"}, "breach.header"),
    ],
)
def test_a_hostile_notice_is_refused(answered: Desks, body: dict[str, Any], code: str) -> None:
    world = answered[0]
    outgoing = Outgoing(MA, Regime.POLICE, "breach-notice", Act.NOTIFY, {**notice(), **body})
    sent = submit(world.be, outgoing, BELGIAN)
    deliver(world)
    assert code_of(world.be, sent) == ("refused", code)
    assert not Breach.objects.using("ma").exists()


def test_a_notice_names_no_case_of_another_regime(answered: Desks) -> None:
    world, _, thread = answered
    for regime, ended in (
        (Regime.RETURN_IDENTIFICATION, ("refused", "breach.header")),
        (Regime.POLICE, ("delivered", None)),
    ):
        body = notice() | {"threads": [thread]}
        sent = submit(world.be, Outgoing(MA, regime, "breach-notice", Act.NOTIFY, body), BELGIAN)
        deliver(world)
        assert code_of(world.be, sent) == ended


def notice() -> dict[str, Any]:
    """Return what a partner tells of a breach, well formed."""
    return {
        "breach": "1" * 32,
        "nature": "integrity",
        "aware_at": "2026-11-23T11:00:00.000Z",
        "opened_at": "2026-11-23T11:30:00.000Z",
        "cases": 1,
        "searches": 0,
        "persons": 1,
        "threads": [],
        "consequences": "none known",
        "measures": "none yet",
        "contact": "desk",
    }


def test_the_evidence_holds_counts_and_no_words(answered: Desks) -> None:
    world = answered[0]
    opened(world)
    deliver(world)
    [leaf] = leaves(world.be, "breach.opened")
    assert '"cases":1' in leaf
    assert "laptop" not in leaf
    assert leaves(world.be, "breach.notice-owed")
    assert leaves(world.ma, "breach.notice-taken")
