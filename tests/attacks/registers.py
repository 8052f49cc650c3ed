"""Registers of fictitious people for the attacks, and what their indexes look like to whoever holds them."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray
from tests.core.probe.simulated import Simulation

from comity.core.probe.index import LABEL_BYTES
from comity.core.probe.query import Query, read_query

SYLLABLES = ("ba", "ci", "dou", "fa", "gha", "ha", "jou", "ka", "li", "ma", "nou", "ra", "sa", "ta", "zi")
PLACES = ("Oujda", "Nador", "Tanger", "Rabat", "Fes", "Meknes", "Agadir", "Tetouan")

Words = NDArray[np.uint64]


def people(count: int, seed: int, *, one_name: bool = False) -> list[tuple[str, Query]]:
    """Return fictitious people; all of one name and one date when asked."""
    draw = random.Random(seed)

    def person() -> dict[str, str]:
        given, family = ("".join(draw.choices(SYLLABLES, k=k)).title() for k in (3, 4))
        birth = f"{draw.randint(1950, 2000)}-{draw.randint(1, 12):02d}-{draw.randint(2, 28):02d}"
        return {"given": given, "family": family, "dob": birth, "pob": draw.choice(PLACES)}

    fixed = person()
    return [(f"u{n}", read_query(fixed if one_name else person())) for n in range(count)]


def cells(simulation: Simulation) -> Words:
    """Return all cells of the retrieval table, shape (cells, 2)."""
    return np.concatenate([np.asarray(shard) for shard in simulation.replica.shards])


def blobs(simulation: Simulation) -> bytes:
    """Return the sealed half of the record table: labels stand sorted, so their order is not random."""
    return bytes(simulation.replica.rows[LABEL_BYTES * simulation.replica.manifest.rows :])


def labels(simulation: Simulation) -> set[int]:
    """Return the labels of the record table."""
    return {int(label) for label in simulation.replica.labels()}
