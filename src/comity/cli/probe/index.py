"""`comity probe index`: publish our index to a partner, fetch a partner's, list both."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, channels, opened
from comity.cli.probe.progress import bar
from comity.cli.show import emit, table
from comity.core.codes.exchange import PurposeGroup, Regime

index = typer.Typer(no_args_is_help=True, help="Indexes: what partners may search of ours, and we of theirs.")

PartnerOption = Annotated[str, typer.Option("--partner", help="Country code or identifier.")]
RegimeOption = Annotated[Regime, typer.Option("--regime")]
GroupOption = Annotated[PurposeGroup, typer.Option("--group", help="Purpose group.")]

_DIRECTIONS = {"published": "to", "announced": "from"}


@index.command()
def publish(
    partner: PartnerOption,
    home: HomeOption,
    regime: RegimeOption = Regime.POLICE,
    group: GroupOption = PurposeGroup.SERIOUS_CRIME,
    force: Annotated[bool, typer.Option("--force", help="Build even if nothing has changed.")] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build the index that a partner may search, of those who may be found by it, and announce it.

    A build that was stopped is gone on with where it stood.
    """
    node = opened(home)
    from comity.services.partners.directory import find_partner
    from comity.services.probe.index import publish as published

    service = find_partner(node, partner)
    with bar() as progress:
        made = published(node, service, regime, group, acting(node, officer), force=force, progress=progress)
    state = "Published" if made.new else "Unchanged, nothing to publish:"
    lines = [
        f"{state} version {made.version} of epoch {made.epoch} for {service} ({regime.value}, {group.value})",
        f"{made.records} records, {made.entries} tokens, {made.overflow} left out for lack of room, "
        f"{made.size / 1_000_000:.1f} MB",
    ]
    emit({"partner": service, "regime": regime.value, "group": group.value, **asdict(made)}, lines, as_json)


@index.command()
def fetch(
    partner: PartnerOption,
    home: HomeOption,
    regime: RegimeOption = Regime.POLICE,
    group: GroupOption = PurposeGroup.SERIOUS_CRIME,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch the newest index that a partner announced; goes on where an interrupted download stopped."""
    node = opened(home)
    from comity.services.partners.directory import find_partner
    from comity.services.probe.replica import FETCHERS
    from comity.services.probe.replica import fetch as fetched

    service = find_partner(node, partner)
    acting(node, officer).require(regime, *FETCHERS)
    row = fetched(node, channels(node), service, regime, group)
    value = {"partner": service, "regime": row.regime, "group": row.group, "epoch": row.epoch}
    emit(
        {**value, "version": row.version, "digest": row.digest},
        [f"Ready: version {row.version} of epoch {row.epoch} from {service}"],
        as_json,
    )


@index.command("list")
def list_indexes(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the indexes published to partners and those announced by them."""
    node = opened(home)
    from comity.services.probe.status import listed

    found = listed(node)
    columns = ("direction", "partner", "regime", "group", "epoch", "version", "state", "records")
    rows = [[_DIRECTIONS[one["direction"]], *(one[name] for name in columns[1:])] for one in found]
    emit(found, table(columns, rows, none="No index yet."), as_json)
