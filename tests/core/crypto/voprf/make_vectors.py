"""Writes `vectors/cp1.json` anew: a search of CP1 as two implementations make it.

    .venv/bin/python -m tests.core.crypto.voprf.make_vectors

Keys, evaluations and outputs come from the library `voprf`, everything that needs an injected blind or nonce from our
own code; wherever both can say something they must say the same, or nothing is written.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.core.crypto.voprf.cast import SEED, TOKENS, answers, key_id, key_seed, pair, publics

from comity.core.crypto import oprf
from comity.core.crypto.voprf.layout import OPENINGS, SEARCH, KeyClass, SlotLayout
from comity.core.crypto.voprf.seeded import SeededBlinding, Tokens, blind_of, filled
from comity.core.probe.exchange import commitment

PLACE = Path(__file__).parent / "vectors" / "cp1.json"
NONCE, QUERY, CASE = b"\7" * 32, b'{"dob":"1981-04-12","family":"Benali","given":"Nora"}', "2026/17"
RECORD_KEY = bytes(range(16))


def document() -> dict[str, Any]:
    """Return the vectors.

    Raises:
        RuntimeError: the implementations differ.
    """
    return {
        "origin": "made by tests/core/crypto/voprf/make_vectors.py; see docs/protocol/probe.md",
        "keys": [key_vector(name) for name in KeyClass],
        "commitment": {
            "nonce": NONCE.hex(),
            "query": QUERY.decode(),
            "case": CASE,
            "blind_seed": SEED.hex(),
            "commitment": commitment(NONCE, QUERY, CASE, SEED),
        },
        "search": search_vector(SEARCH, TOKENS),
        "openings": search_vector(OPENINGS, {KeyClass.OPENING: [RECORD_KEY]}),
    }


def key_vector(name: KeyClass) -> dict[str, str]:
    """Return a key, as both derive it."""
    ours, theirs = pair(name).public, oprf.public_key(oprf.evaluator(key_seed(name), key_id(name)))
    agree(ours == theirs, "public keys")
    context = oprf.key_context(key_id(name)).decode()
    return {"class": name.value, "seed": key_seed(name).hex(), "context": context, "public": ours.hex()}


def search_vector(layout: SlotLayout, tokens: Tokens) -> dict[str, Any]:
    """Return a request, its answer and its outputs, class by class."""
    blinding = SeededBlinding(SEED, layout, tokens)
    made = answers(layout, blinding.elements)
    inputs = filled(SEED, layout, tokens)
    classes = []
    for name, places in layout.ranges():
        theirs = oprf.evaluator(key_seed(name), key_id(name))
        points = [blinding.elements[at] for at in places]
        agree(made[name].elements == oprf.evaluate(theirs, points).elements, "evaluations")
        classes.append(
            {
                "class": name.value,
                "tokens": [one.hex() for one in tokens.get(name, ())],
                "inputs": [inputs[at].hex() for at in places],
                "blinds": [blind_of(SEED, name, slot).revealed().hex() for slot in range(len(places))],
                "points": [one.hex() for one in points],
                "evaluated": [one.hex() for one in made[name].elements],
                "proof": made[name].proof.hex(),
                "outputs": [one.hex() for one in oprf.evaluate_own(theirs, [inputs[at] for at in places])],
            }
        )
    found = blinding.finalize(made, publics(layout))
    for one in classes:
        outputs = [output.hex() for output in found[KeyClass(one["class"])]]
        agree(outputs == one["outputs"][: len(outputs)], "outputs")
    return {"blind_seed": SEED.hex(), "classes": classes}


def agree(same: bool, what: str) -> None:
    """Stop where the implementations differ."""
    if not same:
        raise RuntimeError(f"the implementations differ: {what}")


def text() -> str:
    """Return the file."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
