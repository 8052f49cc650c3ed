"""Options that the commands of the register share."""

from __future__ import annotations

from typing import Annotated

import typer

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept for oversight. No names in it.")]
