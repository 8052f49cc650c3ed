"""Writes the tables of `docs/matching-measured.md` from `bench/results/match.json`: ``python -m bench.match.page``.

A table stands between ``<!-- table NAME -->`` and ``<!-- end -->``; what stands outside is written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.match.figures import interval
from bench.match.strangers import BASE_RATE
from bench.report import RESULTS

PAGE = Path(__file__).parents[2] / "docs" / "matching-measured.md"
Results = dict[str, Any]


def written(page: str, results: Results) -> str:
    """Return the page with every table made anew."""
    for name, make in TABLES.items():
        mark, end = f"<!-- table {name} -->\n", "<!-- end -->"
        before, _, rest = page.partition(mark)
        after = rest.partition(end)[2]
        page = before + mark + "\n".join(make(results)) + "\n" + end + after
    return page


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        "",
        "| " + " | ".join(header) + " |",
        "|" + "---|" * len(header),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def _best(values: Sequence[float]) -> list[str]:
    return [f"**{value:.3f}**" if value == max(values) else f"{value:.3f}" for value in values]


def _names(figure: str) -> Callable[[Results], list[str]]:
    def make(results: Results) -> list[str]:
        sets = results["names"]
        matchers = list(next(iter(sets.values()))["matchers"])
        rows = []
        for one in sets.values():
            values = [one["matchers"][who][figure] for who in matchers]
            rows.append([one["title"], str(one["true_pairs"]), *_best(values)])
        return _table(["pairs", "true", *matchers], rows)

    return make


def _own(results: Results) -> list[str]:
    """Return F1 at the threshold that a matcher's own users take."""
    rows = []
    for one in results["names"].values():
        told = {
            who: found["f1_at_own_threshold"]
            for who, found in one["matchers"].items()
            if "f1_at_own_threshold" in found
        }
        rows.append([one["title"], *_best(list(told.values()))])
    return _table(["pairs", *told], rows)


def _speed(results: Results) -> list[str]:
    matchers = results["names"]["fictitious_ar_lat"]["matchers"]
    return _table(
        ["matcher", "pairs a second, start included"],
        [[who, f"{one['pairs_per_second_start_included']:,}"] for who, one in matchers.items()],
    )


def _records(results: Results) -> list[str]:
    rows = []
    for one in results["records"].values():
        matchers = one["matchers"]
        best = [_best([told[figure] for told in matchers.values()]) for figure in FIGURES]
        for place, (who, told) in enumerate(matchers.items()):
            error = told["expected_calibration_error"]
            cells = [
                one["title"],
                who,
                best[0][place],
                best[1][place],
                f"{error:.3f}",
                f"{told['seconds']:.0f}",
            ]
            if who == "clkhash + anonlink":
                cells[4] = "no probability"
            rows.append(cells)
    return _table(
        ["files", "linker", "best F1", "recall at precision .99", "calibration error", "seconds"], rows
    )


FIGURES = ("best_f1", "recall_at_precision_99")


def _completeness(results: Results) -> list[str]:
    rows = []
    for shown, steps in results["strangers"]["by_completeness"].items():
        for threshold, one in steps.items():
            each = one["false_hits_per_true_hit_at_base_rate"]
            found = f"{one['present_found']:.1%}"
            low, high = one["false_positive_rate_95"]
            rate = f"{one['false_positive_rate']:.3%} ({low:.3%}–{high:.3%})"
            per_true = "–" if each is None else f"{each:,.1f} (at most {one['at_most_95']:,.0f})"
            rows.append([shown, f"≥ {threshold}", found, rate, per_true])
    return _table(
        [
            "shown of the query",
            "probability",
            "found",
            "strangers with a false hit (95 %)",
            "false for one true, 1 in 37,000",
        ],
        rows,
    )


def _groups(results: Results) -> list[str]:
    rows = []
    for shown in ("name, year", "all"):
        for name, one in results["strangers"]["by_group"][shown].items():
            rate = one["strangers_with_a_false_hit"] / one["strangers"]
            low, high = one["present_found_95"]
            rows.append(
                [
                    shown, name, f"{one['present_found']:.1%} ({low:.1%}–{high:.1%})",
                    f"{one['strangers_with_a_false_hit']} of {one['strangers']:,} ({rate:.2%})", _at_base_rate(one),
                    "; ".join(one["unfair"]) or "–",
                ]
            )  # fmt: skip
    return _table(
        [
            "shown",
            "group",
            "found (95 %)",
            "strangers with a false hit",
            "strangers for one true hit, 1 in 37,000",
            "unfair",
        ],
        rows,
    )


def _at_base_rate(group: dict[str, Any]) -> str:
    """Return how many strangers of a group are taken for somebody beside one true hit, and how many at most (95 %)."""
    false, strangers = group["strangers_with_a_false_hit"], group["strangers"]
    others = (BASE_RATE - 1) / group["present_found"]
    return f"{false / strangers * others:,.0f} (at most {interval(false, strangers)[1] * others:,.0f})"


def _near(results: Results) -> list[str]:
    told = next(value for name, value in results["strangers"].items() if name.startswith("near_strangers"))
    kinds = list(next(iter(told.values())))
    rows = [
        [shown, *(f"{one[kind]['taken_for_the_other']:.1%}" for kind in kinds)] for shown, one in told.items()
    ]
    return _table(["shown of the query", *kinds], rows)


def _prior(results: Results) -> list[str]:
    told = results["strangers"]["prior_at_base_rate"]
    present = results["strangers"]["queries"]["present"]
    rows = [
        ["highest probability told", f"{told['highest_probability']:.2f}"],
        ["links from 0.5 on, true or false", str(told["links_from_half"])],
        [
            "present whose record is told at 0.01 or more",
            f"{told['present_with_a_link_from_0.01']:,} of {present:,}",
        ],
        ["links told of strangers at 0.01 or more", str(told["strangers_links_from_0.01"])],
    ]
    return _table(["prior 1 in 37,000, all shown", ""], rows)


def _peers(results: Results) -> list[str]:
    return _table(["peer", "version, licence"], [[name, told] for name, told in results["peers"].items()])


TABLES: dict[str, Callable[[Results], list[str]]] = {
    "names-f1": _names("best_f1"),
    "names-precision": _names("average_precision"),
    "names-sure": _names("recall_at_precision_99"),
    "names-own": _own,
    "speed": _speed,
    "records": _records,
    "completeness": _completeness,
    "prior": _prior,
    "groups": _groups,
    "near": _near,
    "peers": _peers,
}


def main() -> None:
    """Rewrite the page."""
    results = json.loads((RESULTS / "match.json").read_text(encoding="utf-8"))["results"]
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")


if __name__ == "__main__":
    main()
