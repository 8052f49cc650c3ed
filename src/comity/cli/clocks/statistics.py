"""``comity case statistics``: the figures of Directive (EU) 2023/977 Art. 18, and stating them to the partner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.show import emit

app = typer.Typer()

DAY = ["%Y-%m-%d"]


@app.command()
def statistics(
    home: HomeOption,
    agreement: Annotated[str, typer.Option(help="Code or beginning of the hash.")],
    first: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day (UTC).")],
    last: Annotated[datetime, typer.Option("--to", formats=DAY, help="Last day (UTC), counted.")],
    state: Annotated[
        bool, typer.Option("--state", help="State them to the partner, who recomputes them.")
    ] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count requests, answers, refusals and delays of an agreement, as both nodes do."""
    node = opened(home)
    from comity.core.cases.statistics import Period
    from comity.services.agreements.standing import find_agreement
    from comity.services.clocks import statistics as counted

    actor, name = acting(node, officer), find_agreement(node, agreement)
    after = last + timedelta(days=1)
    period = Period(first=first.replace(tzinfo=UTC), before=after.replace(tzinfo=UTC))
    found = counted.figures(node, actor, name, period)
    message = counted.state(node, actor, name, period) if state else None
    shown = {
        "agreement": name,
        "from": first.date().isoformat(),
        "to": last.date().isoformat(),
        "figures": {service: each.model_dump(mode="json") for service, each in sorted(found.items())},
        "stated": message,
        "statements": counted.statements(node, actor, name),
    }
    emit(shown, _lines(shown), as_json)


def _lines(shown: dict[str, Any]) -> list[str]:
    lines = []
    for service, found in shown["figures"].items():
        lines += [
            f"requests of {service}",
            *(f"  {name:<16} {_value(value)}" for name, value in found.items()),
        ]
    for each in shown["statements"]:
        way = "stated" if each["direction"] == "out" else "by the partner"
        lines.append(f"{each['from'][:10]} to before {each['before'][:10]}  {way}: {each['verdict']}")
    if shown["stated"]:
        lines.append(f"stated to the partner; message {shown['stated']}")
    return lines


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items()) or "none"
    return "none" if value is None else str(value)
