"""Reference packs that ship with the node: agreements as readable source, open for any two parties.

Implements docs/protocol/agreement.md §8. They are illustrative: written from public facts, not the signed texts.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

from comity.core.agreement.source import read_source
from comity.errors import InputError

PACKS: dict[str, tuple[str, str]] = {
    "be-ma-2018": ("be_ma", "plan_2018.toml"),
    "be-ma-2022": ("be_ma", "plan_2022.toml"),
    "be-ma-2025": ("be_ma", "plan_2025.toml"),
    "be-ma-memorandum-2016": ("be_ma", "memorandum_2016.toml"),
}
"""Name of a pack -> folder and file."""


def read_pack(name: str) -> dict[str, Any]:
    """Return the parsed source of a pack.

    Raises:
        InputError: ``agreement.pack-unknown``.
    """
    try:
        folder, file = PACKS[name.lower()]
    except KeyError:
        raise InputError("agreement.pack-unknown", known=", ".join(PACKS)) from None
    text = resources.files("comity").joinpath("packs", folder, file).read_text(encoding="utf-8")
    return read_source(text)
