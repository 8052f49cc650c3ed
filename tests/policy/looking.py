"""What a partner finds by its private search of somebody who comes under protection, whatever it was given before."""

from __future__ import annotations

from pathlib import Path

from tests.federation.world import MA
from tests.services.probe.land import GROUP, PEOPLE, Land, fill, make_land

import comity.services.probe.handlers  # noqa: F401
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Taint
from comity.core.probe.opening import Strength
from comity.services.probe.replica import fetch

KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
OTHER = {"given": "Noureddine", "family": "El Khalfaoui", "dob": "1974-11-30"}


def given(land: Land) -> None:
    """Publish the index and let the partner fetch it."""
    land.published()
    fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)


def found_before_and_after(folder: Path, taint: Taint) -> list[Strength]:
    """Return how a partner's search for a person ends before and after the mark, and for a neighbour after it."""
    land = make_land(folder)
    given(land)
    before = land.ask(**KNOWN).strength
    fill(land.ma, ((*PEOPLE[0][:-1], taint.value), *PEOPLE[1:]))
    given(land)
    return [before, land.ask(**KNOWN).strength, land.ask(**OTHER).strength]


ONLY_THE_NEIGHBOUR = [Strength.HIT, Strength.MISS, Strength.HIT]
"""What is expected: found, not found any more, and the neighbour as ever."""
