"""`comity probe index mirror`: parts of an index at a third place that holds no key."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, OfficerOption, acting, opened
from comity.cli.probe.index import GroupOption, PartnerOption, RegimeOption
from comity.cli.show import emit, table
from comity.core.codes.exchange import PurposeGroup, Regime
from comity.errors import InputError

mirror = typer.Typer(no_args_is_help=True, help="Mirrors: parts of an index, served by who holds no key.")


@mirror.command()
def write(
    folder: Annotated[Path, typer.Argument(help="Folder that a server serves.", file_okay=False)],
    partner: PartnerOption,
    home: HomeOption,
    regime: RegimeOption = Regime.POLICE,
    group: GroupOption = PurposeGroup.SERIOUS_CRIME,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the parts of the index published to a partner to a folder; remove those that nobody searches any more."""
    node = opened(home)
    from comity.services.partners.directory import find_partner
    from comity.services.probe.mirror.write import write_mirror

    service = find_partner(node, partner)
    made = write_mirror(node, service, regime, group, folder, acting(node, officer))
    line = (
        f"{made.written} parts written ({made.octets / 1_000_000:.1f} MB), {made.kept} were there, "
        f"{made.removed} removed"
    )
    emit({"partner": service, **asdict(made)}, [line], as_json)


@mirror.command()
def use(
    place: Annotated[str, typer.Argument(help="Folder, or address of a server.")],
    partner: PartnerOption,
    home: HomeOption,
    regime: RegimeOption = Regime.POLICE,
    group: GroupOption = PurposeGroup.SERIOUS_CRIME,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="The server's certificate (PEM).", dir_okay=False)
    ] = None,
    lazy: Annotated[
        bool,
        typer.Option("--lazy", help="Fetch a shard when a search needs it; the mirror then sees which."),
    ] = False,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a partner's index from a mirror; every part is verified against the partner's manifest."""
    node = opened(home)
    from comity.services.partners.directory import find_partner
    from comity.services.probe.mirror.chosen import use as chosen

    service = find_partner(node, partner)
    pem = "" if certificate is None else _read(certificate)
    chosen(node, service, regime, group, acting(node, officer), place, certificate=pem, lazy=lazy)
    emit(
        {"partner": service, "place": place, "lazy": lazy},
        [
            f"Checked: {place} holds what {service} has signed.",
            f"The index of {service} is read from there from now on{', shard by shard' if lazy else ''}.",
        ],
        as_json,
    )


@mirror.command()
def drop(
    partner: PartnerOption,
    home: HomeOption,
    regime: RegimeOption = Regime.POLICE,
    group: GroupOption = PurposeGroup.SERIOUS_CRIME,
    officer: OfficerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a partner's index from the partner again."""
    node = opened(home)
    from comity.services.partners.directory import find_partner
    from comity.services.probe.mirror.chosen import drop as dropped

    service = find_partner(node, partner)
    dropped(node, service, regime, group, acting(node, officer))
    emit({"partner": service}, [f"The index of {service} is read from {service}"], as_json)


@mirror.command("list")
def list_all(home: HomeOption, as_json: JsonOption = False) -> None:
    """List the mirrors that are read."""
    node = opened(home)
    from comity.services.probe.mirror.chosen import listed

    found = listed(node)
    columns = ("partner", "regime", "group", "place", "fetched")
    rows = [
        (*(one[name] for name in columns[:-1]), "shard by shard" if one["lazy"] else "whole") for one in found
    ]
    emit(found, table(columns, rows, none="No mirror."), as_json)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise InputError("probe.mirror-place") from None
