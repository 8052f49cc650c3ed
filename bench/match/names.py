"""Names: every matcher scores every set; figures, and a picture of precision and recall for each set."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import fit_names
from bench.match import figures
from bench.match.drawing import Line, draw
from bench.match.name_sets import Pair
from bench.report import RESULTS

PEERS = {
    "nomenklatura logic-v2": ("nomenklatura_names", "logic-v2"),
    "nomenklatura name-based": ("nomenklatura_names", "name-based"),
    "arcoder, words": ("arcoder_codes", "words"),
    "arcoder, whole": ("arcoder_codes", "whole"),
    "rapidfuzz Jaro-Winkler": ("jaro_winkler",),
    "rapidfuzz token sort": ("token_sort",),
    "jellyfish Metaphone": ("metaphone",),
}
OURS = "comity"
OWN = {OURS: 0.5, "nomenklatura logic-v2": 0.7, "nomenklatura name-based": 0.7}
"""Score from which a matcher's own users take a pair as true: ours likelier than not, yente's default otherwise."""

TITLES = {
    "ar_lat_maghreb": "Arabic and Latin, people of the Maghreb",
    "ar_lat_dziri": "Arabic and Latin, Algerian single names",
    "lat_lat_maghreb": "Two Latin spellings, people of the Maghreb",
    "lat_lat_ofac": "Latin names and aliases, OFAC list",
    "un_lat_lat": "Latin names and aliases, United Nations list",
    "un_ar_lat": "Arabic and Latin, United Nations list",
    "name_bench": "Persons of nomenklatura's name_bench",
    "fictitious_ar_lat": "Arabic and Latin, fictitious names",
    "fictitious_lat_lat": "Two Latin spellings, fictitious names",
}


def measured(held_from: Path, made: Mapping[str, list[Pair]], work: Path, peers: Path) -> dict[str, Any]:
    """Return the figures of all matchers on all sets.

    Args:
        held_from: folder of the development pairs, a fifth of which is judged by a refitted matcher.
        made: further sets, which our command judges with its shipped parameters.
        work: folder for what is written on the way.
        peers: interpreter of the peers' environment.
    """
    run([str(peers), "-m", "bench.match.held", str(held_from), str(work)])
    for name, pairs in made.items():
        lines = "".join(f"{first}\t{second}\t{label}\n" for first, second, label in pairs)
        (work / f"{name}.tsv").write_text(lines, encoding="utf-8")
    results: dict[str, Any] = {}
    for name in (*fit_names.SETS, *made):
        shipped = name not in fit_names.SETS
        labels = np.array([int(line.split("\t")[2]) for line in _lines(work / f"{name}.tsv")])
        scores, seconds = _scored(work, name, peers, shipped=shipped)
        results[name] = {
            "title": TITLES[name],
            "pairs": len(labels),
            "true_pairs": int(labels.sum()),
            "ours": "shipped parameters" if shipped else "refitted without these pairs",
            "matchers": {
                who: figures.of_pairs(labels, found)
                | (
                    {"f1_at_own_threshold": figures.at_threshold(labels, found, OWN[who])}
                    if who in OWN
                    else {}
                )
                | (
                    {"pairs_per_second_start_included": round(len(labels) / seconds[who])}
                    if who in seconds
                    else {}
                )
                for who, found in scores.items()
            },
            "calibration": figures.calibration(labels, scores[OURS]),
        }
        lines_drawn = [Line(who, figures.curve(labels, found)) for who, found in scores.items()]
        path = RESULTS / f"match-names-{name.replace('_', '-')}.svg"
        draw(path, TITLES[name], "recall", "precision", lines_drawn)
    return results


def _scored(
    work: Path, name: str, peers: Path, *, shipped: bool
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """Return what every matcher made of a set, and the seconds it took, start included."""
    pairs, scores, seconds = work / f"{name}.tsv", {}, {}
    if shipped:
        begun = time.perf_counter()
        found = subprocess.run(
            [sys.executable, "-m", "comity.cli", "match", "pairs", str(pairs)],
            capture_output=True,
            check=True,
        )
        seconds[OURS] = time.perf_counter() - begun
        lines = found.stdout.decode().splitlines()
        scores[OURS] = np.array([float(line.rsplit("\t", 1)[1]) for line in lines])
    else:
        scores[OURS] = np.array([float(line) for line in _lines(work / f"{name}.comity")])
    for who, (module, *more) in PEERS.items():
        target = work / f"{name}.{module}{''.join(more)}"
        begun = time.perf_counter()
        run([str(peers), "-W", "ignore", "-m", f"bench.peers.{module}", str(pairs), str(target), *more])
        seconds[who] = time.perf_counter() - begun
        scores[who] = np.array([float(line) for line in _lines(target)])
    return scores, seconds


def run(words: list[str]) -> None:
    """Run a command of the peers' environment, with the sources of the project on its path."""
    subprocess.run(words, check=True, env={**os.environ, "PYTHONPATH": f"src{os.pathsep}."})


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
