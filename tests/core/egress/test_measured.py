"""What is recognised and what is blocked by mistake, in counts, on a fictitious register (`measure.py`).

The figures of docs/protocol/egress.md §8 come from ``python -m tests.core.egress.measure``.
"""

from __future__ import annotations

import pytest
from tests.core.egress.measure import detected, false_blocks, protected

from comity.core.egress.finding import Texts, found_in
from comity.core.egress.reading import read

ALL = (
    "name, same letters",
    "date, digits",
    "date, eastern digits",
    "date, in words",
    "name and date, same letters",
    "number, spaced out in threes",
    "number, every sign apart",
)


def test_pasted_values_are_recognised() -> None:
    found = detected(150)
    for way in ALL:
        assert found[way]["found"] == found[way]["pasted"] > 0, way
    across = found["name, Latin spellings of an Arabic entry"]
    assert across["found"] / across["pasted"] > 0.9
    # Outside the case only what tells one person from all others counts.
    strong = {way for way, counts in found.items() if counts["found in no case"]}
    assert strong == {
        "name and date, same letters",
        "number, spaced out in threes",
        "number, every sign apart",
    }
    for way in strong:
        assert found[way]["found in no case"] == found[way]["pasted"]


def test_ordinary_texts_are_not_blocked_but_for_namesakes_and_shared_days() -> None:
    counts = false_blocks(500)
    assert counts["texts"] == 500
    assert counts["blocked"] <= 5


@pytest.mark.parametrize("given", ["Mohamed", "Fatima", "محمد", "فاطمة", "Youssef", "Jan", "Marie"])
def test_a_common_given_name_alone_blocks_nothing(given: str) -> None:
    known = protected(1500)
    for text in (
        given,
        f"{given} est venu",
        f"مع {given} أمس",
        f"{given} {given}",
        f"{given}, {given.lower()}",
    ):
        assert found_in(Texts(read([text])), known) == ()
