"""Shortcuts for tests of readers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.core.codes.marks import SubjectCategory
from comity.core.register.formats.reading import Defaults, Reading, Record, Refusal

DEFAULTS = Defaults(
    service=ServiceId("BE.police"),
    regime=Regime.POLICE,
    purposes=(Purpose.TERRORISM,),
    category=SubjectCategory.SUSPECT,
    today=date(2026, 11, 23),
    country="BE",
)


def records(readings: Iterable[Reading]) -> list[Record]:
    """Return the records; a refusal fails the test."""
    found = list(readings)
    assert not [reading for reading in found if isinstance(reading, Refusal)]
    return [reading for reading in found if isinstance(reading, Record)]


def faults(readings: Iterable[Reading]) -> list[tuple[int, str, str]]:
    """Return line, column and reason of each fault."""
    return [
        (reading.line, fault.column, fault.reason.value)
        for reading in readings
        if isinstance(reading, Refusal)
        for fault in reading.faults
    ]
