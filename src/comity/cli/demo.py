"""``comity demo``: the demonstration with two nodes on this machine; fictitious persons only, or one's own files."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.show import emit
from comity.demo.command import BrokenPromise
from comity.demo.direct import begin, play_story, sign_in_lines
from comity.demo.stage import clear, stop_nodes

app = typer.Typer(no_args_is_help=True, help="Two nodes on this machine: play the story, start, stop.")

DirOption = Annotated[
    Path, typer.Option("--dir", help="Folder of both homes; empty or new.", file_okay=False)
]
PersonsOption = Annotated[
    int, typer.Option("--persons", min=50, max=2_000_000, help="Fictitious persons a register.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Of the fictitious persons.")]


@app.command()
def play(
    once: Annotated[
        bool, typer.Option("--once", help="End after the story instead of leaving the desks open.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Keep the homes here.", file_okay=False)
    ] = None,
    persons: PersonsOption = 3000,
    seed: SeedOption = 2026,
) -> None:
    """Play the whole story on two new nodes; then both desks stay open until Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="comity-demo-") as temporary:
        where = folder or Path(temporary) / "demo"
        try:
            stage, last = play_story(where, persons, seed)
            if not once:
                for line in sign_in_lines(stage):
                    sys.stdout.write(line + "\n")
                sys.stdout.write("Press Ctrl-C to end.\n")
                sys.stdout.flush()
                _until_interrupted()
        except BrokenPromise as broken:
            sys.stderr.write(f"\nbroken promise: {broken}\n")
            sys.stdout.write("demo: failed\n")
            raise typer.Exit(1) from None
        finally:
            if (where / "demo.json").exists():
                stop_nodes(where)
        sys.stdout.write(last + "\n")


@app.command()
def start(
    folder: DirOption,
    register_be: Annotated[
        Path | None,
        typer.Option(
            "--register-be",
            help="CSV register of the Belgian node.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    register_ma: Annotated[
        Path | None,
        typer.Option(
            "--register-ma",
            help="CSV register of the Moroccan node.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    persons: PersonsOption = 3000,
    seed: SeedOption = 2026,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Start both nodes on given registers, agreements in force and indexes exchanged; they run until `demo stop`."""
    try:
        stage = begin(folder, persons, seed, register_be, register_ma, quiet=as_json)
    except BrokenPromise as broken:
        if (folder / "demo.json").exists():
            stop_nodes(folder)
        clear(folder)
        sys.stderr.write(f"not started, both homes were removed again: {broken}\n")
        raise typer.Exit(1) from None
    value = {
        "homes": {seat.letters: str(seat.home) for seat in stage.seats},
        "desks": {
            seat.letters: f"http://127.0.0.1:{port}"
            for seat, port in zip(stage.seats, stage.desks, strict=True)
        },
    }
    emit(value, sign_in_lines(stage), as_json)


@app.command()
def stop(
    folder: DirOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """End both nodes; their homes stay."""
    ended = stop_nodes(folder)
    emit({"ended": ended}, [f"{ended} nodes ended; the homes stay in {folder}"], as_json)


def _until_interrupted() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
