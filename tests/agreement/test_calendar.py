"""Calendars and timing in the document that both sign: what is refused, and that older agreements keep their bytes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.agreement.samples import BE, MA, shipped, source

from comity.core import canonical
from comity.core.agreement.calendar import Calendar
from comity.core.agreement.difference import difference
from comity.core.agreement.model import agreement_hash, open_agreement, write_agreement
from comity.core.agreement.source import compile_source
from comity.errors import InputError, PeerError
from comity.services.agreements.calendars import draft_calendar, source_lines

PLAN_2018 = "422f2e292ea46b8ac553c1f92c654f171e4b184d779c9d3c1dcee3de451a733c"
"""Hash of the first plan, from before there were calendars."""


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write_agreement(shipped("plan_2025")))
    return found


def timed(found: dict[str, Any]) -> dict[str, Any]:
    """Return the clause that counts working days."""
    clause: dict[str, Any] = next(each for each in found["clauses"] if "timing" in each)
    return clause


def test_an_agreement_without_calendars_keeps_its_bytes() -> None:
    octets = write_agreement(shipped("plan_2018"))
    assert agreement_hash(octets) == PLAN_2018
    assert b"calendars" not in octets
    assert b"timing" not in octets


def test_what_was_signed_is_read_back() -> None:
    octets = write_agreement(shipped("plan_2025"))
    assert open_agreement(octets) == shipped("plan_2025")


@pytest.mark.parametrize("place", ["agreement", "clause"])
def test_absent_is_not_null(place: str) -> None:
    found = json.loads(write_agreement(shipped("plan_2018")))
    if place == "agreement":
        found["calendars"] = None
    else:
        found["clauses"][0]["timing"] = None
    with pytest.raises(PeerError, match=r"agreement\.malformed"):
        open_agreement(canonical.encode(found))


def _set(*path: str, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        place: Any = found
        for name in path[:-1]:
            place = timed(found) if name == "clause" else place[name]
        place[path[-1]] = to

    return change


WRONG: dict[str, Callable[[dict[str, Any]], None]] = {
    "no such calendar": _set("clause", "timing", "calendars", to=["fr"]),
    "working days without calendars": _set("clause", "timing", "calendars", to=[]),
    "calendars without working days": _set("clause", "timing", "working", to=[]),
    "hours as working days": _set("clause", "deadlines", "ordinary", to="PT36H"),
    "an extension in hours": _set("clause", "timing", "extension", "longest", to="PT36H"),
    "an unknown ground": _set("clause", "timing", "extension", "grounds", to=["holidays"]),
    "a calendar that ends before the agreement": _set("calendars", "be", "last_year", to=2025),
    "a week without a day": _set(
        "calendars", "be", "weekend", to=["friday", "monday", "thursday", "tuesday", "wednesday"]
    ),
    "holidays out of order": _set("calendars", "be", "holidays", to=["2026-12-25", "2026-01-01"]),
    "a holiday that is no day": _set("calendars", "be", "holidays", to=["2026-02-30"]),
    "a day written otherwise": _set("calendars", "be", "holidays", to=["20261225"]),
    "a holiday outside its years": _set("calendars", "be", "holidays", to=["1999-12-25"]),
    "no offset": _set("calendars", "be", "offsets", to=[]),
    "offsets of two parts of the world": _set(
        "calendars",
        "be",
        "offsets",
        to=[
            {"at": "2026-01-01T00:00:00.000Z", "minutes": -600},
            {"at": "2026-02-01T00:00:00.000Z", "minutes": 600},
        ],
    ),
    "a path as a zone": _set("calendars", "be", "zone", to="../../etc/passwd"),
    "no calendars where a clause names them": _set("calendars", to={"xx": document()["calendars"]["be"]}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_counted_is_refused(name: str) -> None:
    found = copy.deepcopy(document())
    WRONG[name](found)
    with pytest.raises(PeerError, match=r"agreement\.malformed"):
        open_agreement(canonical.encode(found))


def test_a_source_is_refused_by_its_field() -> None:
    found = copy.deepcopy(source("plan_2025"))
    found["calendars"]["be"]["holidays"].append("soon")
    with pytest.raises(InputError) as refused:
        compile_source(found, parties=(BE, MA), predecessor=None)
    assert refused.value.code == "agreement.source-field"
    assert "calendars.be.holidays" in str(refused.value.facts["field"])


def test_a_proclaimed_feast_is_seen_in_the_difference() -> None:
    found = copy.deepcopy(source("plan_2025"))
    found["calendars"]["ma"]["holidays"] = sorted([*found["calendars"]["ma"]["holidays"], date(2026, 3, 20)])
    newer = compile_source(found, parties=(BE, MA), predecessor=shipped("plan_2025").predecessor)
    [change] = difference(shipped("plan_2025"), newer)
    assert change.part == "calendars.ma.holidays"
    assert set(change.after) - set(change.before) == {"2026-03-20"}


@pytest.mark.parametrize(
    ("country", "zone", "name"), [("BE", "Europe/Brussels", "be"), ("MA", "Africa/Casablanca", "ma")]
)
def test_the_shipped_calendars_are_as_drafted(country: str, zone: str, name: str) -> None:
    """For the years that have passed or run: whatever editions of the tables and of the library are installed."""
    drafted = draft_calendar(country, zone, 2025, 2026)
    calendars = shipped("plan_2025").calendars
    assert calendars is not None
    listed = calendars[name]
    assert drafted.holidays == tuple(day for day in listed.holidays if day.year <= 2026)
    assert drafted.offsets == tuple(each for each in listed.offsets if each.at.year <= 2026)
    assert drafted.weekend == listed.weekend


def test_no_feast_that_follows_the_moon_is_listed() -> None:
    """Eid al-Fitr of 2026 is estimated for 20 March; nobody can list it before it is proclaimed."""
    days = draft_calendar("MA", "Africa/Casablanca", 2026, 2026).holidays
    assert not any(date(2026, 3, 1) <= day <= date(2026, 4, 30) for day in days)
    assert date(2026, 11, 18) in days


def test_a_draft_is_written_as_source_and_read_again() -> None:
    import tomllib

    calendar = draft_calendar("BE", "Europe/Brussels", 2026, 2027)
    read = tomllib.loads("\n".join(source_lines("be", calendar)))["calendars"]["be"]
    found = copy.deepcopy(source("plan_2025"))
    found["calendars"]["be"] = read
    made = compile_source(found, parties=(BE, MA), predecessor=None).calendars
    assert made is not None
    assert made["be"] == calendar
    assert isinstance(made["be"], Calendar)


@pytest.mark.parametrize(
    "wrong",
    [
        ("XX", "Europe/Brussels", 2026, 2026),
        ("BE", "Europe/Nowhere", 2026, 2026),
        ("BE", "Europe/Brussels", 2026, 2099),
    ],
)
def test_a_draft_says_what_is_wrong(wrong: tuple[str, str, int, int]) -> None:
    with pytest.raises(InputError, match=r"agreement\.calendar"):
        draft_calendar(*wrong)
