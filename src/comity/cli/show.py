"""How the command line shows values: plain sentences for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def emit(value: Any, lines: Sequence[str], as_json: bool) -> None:
    """Print a value as one JSON document, or its lines.

    Args:
        value: JSON value with stable keys, for ``--json``.
        lines: what a person reads.
        as_json: which of the two.
    """
    if as_json:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n")
    else:
        sys.stdout.writelines(line + "\n" for line in lines)
    sys.stdout.flush()


def fields(document: Mapping[str, Any]) -> list[str]:
    """Return the lines of a released document's fields."""
    lines = []
    for name, values in document.get("fields", {}).items():
        for value in values:
            text = ", ".join(str(v) for v in value.values() if v) if isinstance(value, dict) else str(value)
            lines.append(f"  {name:<18} {text}")
    return lines
