"""`comity probe rotate`: the next epoch of keys before its time."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.probe.index import GroupOption, PartnerOption, RegimeOption
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
    """End the epoch of the keys that a partner searches with, and publish its index under new ones."""
    node = opened(home)
    from comity.services.partners.directory import find_partner
    from comity.services.probe.upkeep import rotate as rotated

    service = find_partner(node, partner)
    made = rotated(node, service, regime, group, acting(node, officer), compromised=compromised)
    old = (
        "destroyed; the old replica counts as readable by whoever holds it and the key"
        if compromised
        else "ended"
    )
    lines = [f"Epoch {made.epoch - 1} {old}; epoch {made.epoch} published, version {made.version}."]
    emit({"partner": service, "compromised": compromised, **asdict(made)}, lines, as_json)
