"""``comity check``: every problem of a node, with the key to change."""

from __future__ import annotations

import typer

from comity.cli.home import HomeOption, JsonOption, opened
from comity.cli.show import emit

app = typer.Typer()


@app.command()
def check(home: HomeOption, as_json: JsonOption = False) -> None:
    """Print every problem; exit 1 if any of them is an error."""
    from comity.services.custody.checkup import Level, check_home
    from comity.services.sentences import sentence

    problems = check_home(home, opened)
    shown, lines = [], []
    for problem in problems:
        text, act = sentence(problem.code, "en", console=True)
        facts = "".join(f" ({name}: {value})" for name, value in problem.facts.items())
        lines.append(f"{problem.level.value}: {problem.key}: {text}{facts} {act} [{problem.code}]")
        shown.append(
            {
                "level": problem.level.value,
                "code": problem.code,
                "key": problem.key,
                "sentence": text,
                "act": act,
                "facts": problem.facts,
            }
        )
    emit({"problems": shown}, lines or ["Nothing to change."], as_json)
    if any(problem.level is Level.ERROR for problem in problems):
        raise typer.Exit(1)
