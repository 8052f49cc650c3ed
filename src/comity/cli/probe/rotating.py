"""`comity probe rotate`: the next epoch of keys before its time."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, at_terminal, opened
from comity.cli.probe.index import GroupOption, PartnerOption, RegimeOption
from comity.cli.probe.progress import bar
from comity.cli.show import emit
from comity.core.codes.exchange import PurposeGroup, Regime


def rotate(
    partner: PartnerOption,
    home: HomeOption,
    regime: RegimeOption = Regime.POLICE,
    group: GroupOption = PurposeGroup.SERIOUS_CRIME,
    compromised: Annotated[
        bool,
        typer.Option(
            "--compromised",
            help="A key may be known to others: destroy the keys, answer nothing of the old epoch.",
        ),
    ] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """End the epoch of the keys that a partner searches with, and publish its index under new ones.

    At a terminal it asks first: what was published is worthless from then on, and with --compromised cannot be undone.
    """
    node = opened(home)
    from comity.services.partners.directory import find_partner
    from comity.services.probe.upkeep import rotate as rotated

    service, actor = find_partner(node, partner), acting(node, officer)
    if at_terminal() and not as_json:
        what = "Destroy the keys" if compromised else "End the epoch of the keys"
        where = f"{service} ({regime.value}, {group.value})"
        typer.confirm(f"{what} of {where} and build its index anew, as {actor.name}?", abort=True)
    with bar() as progress:
        made = rotated(node, service, regime, group, actor, compromised=compromised, progress=progress)
    old = (
        "destroyed; the old replica counts as readable by whoever holds it and the key"
        if compromised
        else "ended"
    )
    lines = [f"Epoch {made.epoch - 1} {old}; epoch {made.epoch} published, version {made.version}."]
    emit({"partner": service, "compromised": compromised, **asdict(made)}, lines, as_json)
