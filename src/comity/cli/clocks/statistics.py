"""``comity case statistics``: the figures of Directive (EU) 2023/977 Art. 18, and stating them to the partner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from comity.cli.home import FirstDay, HomeOption, JsonOption, LastDay, OfficerOption, acting, opened
from comity.cli.show import emit, table

app = typer.Typer()

FIGURES = {
    "requests": "requests received",
    "answered": "answered",
    "late": "of these, late",
    "refused": "refused, by ground",
    "refused_late": "refused late",
    "extended": "extended, by ground",
    "explained": "reasons of lateness, by ground",
    "overdue": "overdue at the end",
    "median_seconds": "median time to an answer",
}
"""The figures in the words and the order of the desk."""


@app.command()
def statistics(
    home: HomeOption,
    agreement: Annotated[str, typer.Option(help="Code or beginning of the hash.")],
    first: FirstDay = None,
    last: LastDay = None,
    state: Annotated[
        bool, typer.Option("--state", help="State them to the partner, who recomputes them.")
    ] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count requests, answers, refusals and delays of an agreement, as both nodes do; of the last full year."""
    node = opened(home)
    from comity.core.cases.statistics import days
    from comity.services.agreements.standing import find_agreement
    from comity.services.clocks import statistics as counted

    actor, name = acting(node, officer), find_agreement(node, agreement)
    period = days(first and first.date(), last and last.date(), node.clock().date())
    found = counted.figures(node, actor, name, period)
    message = counted.state(node, actor, name, period) if state else None
    shown = {
        **counted.figures_document(name, period, found),
        "stated": message,
        "statements": counted.statements(node, actor, name),
    }
    emit(shown, _lines(shown), as_json)


@app.command()
def yearly(
    home: HomeOption,
    year: Annotated[int | None, typer.Option(help="Without it: the last year that is over.")] = None,
    state: Annotated[bool, typer.Option("--state", help="State to each partner what is still owed.")] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report the figures of a year under all agreements, due on 1 March, and say which are still owed."""
    node = opened(home)
    from comity.services.clocks import yearly as counted

    actor = acting(node, officer)
    stated = counted.state_year(node, actor, year) if state else {}
    shown = {**counted.year_report(node, actor, year).document(), "stated": stated}
    emit(shown, _year_lines(shown), as_json)


def _year_lines(shown: dict[str, Any]) -> list[str]:
    lines = [f"figures of {shown['year']}, due by {shown['due']}"]
    rows = [
        (each["code"], each["regime"], each["state"], each["verdict"] or "") for each in shown["agreements"]
    ]
    lines += ["", *table(("agreement", "regime", "figures", "partner"), rows, none="no request in that year")]
    for service, found in shown["totals"].items():
        # A median of several agreements says nothing.
        counts = [
            (words, _value(name, found[name])) for name, words in FIGURES.items() if name != "median_seconds"
        ]
        lines += ["", *table((f"requests of {service}", "number"), counts, none="")]
    lines += [f"{code}: {said}" for code, said in shown["stated"].items()]
    return lines


def _lines(shown: dict[str, Any]) -> list[str]:
    lines = [f"{shown['from']} to {shown['to']}"]
    for service, found in shown["figures"].items():
        rows = [(words, _value(name, found[name])) for name, words in FIGURES.items()]
        lines += ["", *table((f"requests of {service}", "number"), rows, none="")]
    stated = [
        (each["from"][:10], each["before"][:10], _by(each), each["verdict"]) for each in shown["statements"]
    ]
    if stated:
        lines += ["", *table(("stated from", "to before", "by", "state"), stated, none="")]
    if shown["stated"]:
        lines.append(f"stated to the partner; message {shown['stated']}")
    return lines


def _by(statement: Mapping[str, Any]) -> str:
    return "this service" if statement["direction"] == "out" else str(statement["partner"])


def _value(name: str, value: Any) -> str:
    if isinstance(value, dict):
        split = name in ("requests", "answered", "late")
        return ", ".join(f"{n} {each}" if split else f"{each}: {n}" for each, n in value.items()) or "none"
    if name != "median_seconds" or value is None:
        return "none" if value is None else str(value)
    minutes = int(value) // 60
    return f"{minutes // 1440} d {minutes // 60 % 24:02d} h {minutes % 60:02d} min"
