"""`comity probe compile`: make the native evaluation of one's own tokens, for larger indexes."""

from __future__ import annotations

from comity.cli.home import JsonOption
from comity.cli.show import emit


def compile_evaluation(as_json: JsonOption = False) -> None:
    """Compile what makes indexes several times faster on processors with AVX-512 IFMA.

    Needs a C compiler. Nothing else changes: without it the same index is made, slower.
    """
    from comity.services.custody.native import compile_native

    made = compile_native()
    emit({"library": made.name}, [f"Compiled and compared: {made.name}"], as_json)
