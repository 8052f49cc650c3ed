"""``comity backup`` and ``comity restore``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.home import HomeOption, JsonOption, opened, operator
from comity.cli.show import emit

if TYPE_CHECKING:
    from comity.config import Config
    from comity.services.context import Node
    from comity.services.restore import RestoreReport

app = typer.Typer()


@app.command()
def backup(
    home: HomeOption,
    out: Annotated[Path, typer.Option(help="File to write; must not exist.", dir_okay=False)],
    as_json: JsonOption = False,
) -> None:
    """Write a sealed backup, while the node may be working; open it again with the unlock key."""
    node = opened(home)
    from comity.services.backup import back_up

    made = back_up(node, operator(), out)
    value = {"file": str(out), "bytes": made.size, "made_at": made.made_at}
    lines = [
        f"backup of {made.made_at}: {made.size} bytes in {out}",
        "Keep the unlock key elsewhere, and the folder journal of the home on another disk.",
    ]
    emit(value, lines, as_json)


@app.command()
def restore(
    file: Annotated[
        Path, typer.Argument(help="File that `comity backup` wrote.", dir_okay=False, exists=True)
    ],
    home: HomeOption,
    journal: Annotated[
        Path | None, typer.Option(help="Journal of the lost home.", dir_okay=False, exists=True)
    ] = None,
    without_journal: Annotated[
        bool, typer.Option("--without-journal", help="Go on although the journal is lost; recorded.")
    ] = False,
    unlock_file: Annotated[
        Path | None,
        typer.Option(help="Demonstrations: file with the unlock key.", dir_okay=False, exists=True),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into a new home; erase and withdraw again what was erased and withdrawn since."""
    from comity.services.custody.unlock import asked_key
    from comity.services.restore import restore as bring_back

    made = bring_back(
        file,
        home,
        asked_key(unlock_file, home),
        operator(),
        _open,
        journal=journal,
        without_journal=without_journal,
        unlock_file=unlock_file,
    )
    value = {
        "service": made.service,
        "made_at": made.made_at,
        "replayed": made.replayed,
        "unconfirmed_logs": made.doubted,
        "withdrawals_known_until": made.until,
        "suspended_partners": list(made.partners),
        "revoked_partners": list(made.revoked),
        "closed_officers": list(made.officers),
        "ended_service_accounts": list(made.systems),
    }
    lines = [
        f"{made.service} restored to {made.made_at} in {home}",
        f"lines of the journal carried out again: {made.replayed}",
        f"logs that wait for the partner's word: {made.doubted} (comity evidence exchange, or by itself)",
        "Messages acknowledged after the backup are not here; each partner keeps them: comity exchange missing PARTNER"
        f" --since {made.made_at} --fetch --home {shlex.quote(str(home))}",
        "Publish the private indexes again once their partners are resumed: their seeds are in no backup.",
        *_closed(made, home),
    ]
    emit(value, lines, as_json)


def _closed(made: RestoreReport, home: Path) -> list[str]:
    """Return what was closed, with the command that opens each again."""
    if made.until is not None:
        why = (
            f"What was withdrawn until {made.until} is known from the journal, and withdrawn again. If the node was lost"
            " later than that, compare what was stopped, disabled or revoked in between."
        )
    else:
        why = "Everybody is closed, since it is not known what was stopped, disabled or revoked after the backup."
    if not (made.partners or made.revoked or made.officers or made.systems):
        return [why]
    where = f"--home {shlex.quote(str(home))}"
    return [
        f"{why} Closed; open again, one by one, what should be open today:",
        *(
            f"  comity user enable {name} {where}    (roles and password as of the backup)"
            for name in made.officers
        ),
        *(f"  comity partner resume {service} {where}" for service in made.partners),
        *(f"  comity partner add CARD {where}    (revoked: {service})" for service in made.revoked),
        *(
            f"  comity user service-account add NEW-NAME {where} ...    (in place of {name}, whose token has ended)"
            for name in made.systems
        ),
        "Before resuming a partner, ask it which agreements were stopped and which keys were withdrawn since, and stop"
        f" again what was: comity agreement suspend|terminate AGREEMENT {where}; comity partner refresh PARTNER {where}",
    ]


def _open(config: Config, root: bytes) -> Node:
    from comity.services import wiring
    from comity.services.custody.holder import ephemeral_keys
    from comity.services.custody.opening import open_with

    node = open_with(config, ephemeral_keys(config, root), "default")
    wiring.connect()
    return node
