"""What is said of a search beside its reason, as options; without them the sealed justification says that nothing was."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.core.codes.marks import SubjectCategory
from comity.core.watch.justified import Aim, Justification, Profession

OffenceOption = Annotated[str, typer.Option("--offence", help="Under which offence; sealed, never sent.")]
AimOption = Annotated[Aim | None, typer.Option("--aim", help="To identify somebody, or to learn more.")]
ConcernsOption = Annotated[
    SubjectCategory | None, typer.Option("--concerns", help="Role of the person in the case.")
]
ProfessionOption = Annotated[
    Profession | None, typer.Option("--profession", help="Protected profession, as far as known.")
]


def said(
    offence: str, aim: Aim | None, concerns: SubjectCategory | None, profession: Profession | None
) -> Justification:
    """Return what was said; nothing is required at the console, and what is missing stands out."""
    return Justification(offence, aim, concerns, profession).checked()
