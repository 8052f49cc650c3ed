"""How a handling is given at the console: code, sub-codes of H3, colour, in the form in which it stands on the wire."""

from __future__ import annotations

from typing import Annotated

import typer

from comity.core.codes.handling import Handling, SubCode
from comity.core.faults import named
from comity.errors import InputError


def read_handling(text: str) -> Handling:
    """Return the handling that was typed.

    Raises:
        InputError: ``register.handling``.
    """
    try:
        return Handling(text)
    except ValueError:
        raise InputError("register.handling", allowed=named(SubCode)) from None


HandlingOption = Annotated[
    Handling,
    typer.Option(
        "--handling",
        parser=read_handling,
        metavar="HANDLING",
        help="H0 to H2, or H3 with sub-codes: 'H3/case-only+no-court'; then a colour: 'H2 TLP:AMBER'.",
    ),
]
