"""The published vectors of CP1 are what both implementations make, and what an auditor and an asker need."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.core.crypto.voprf import make_vectors

from comity.core.crypto.agent import Evaluation
from comity.core.crypto.voprf.audit import verify_points
from comity.core.crypto.voprf.layout import OPENINGS, SEARCH, KeyClass, SlotLayout
from comity.core.crypto.voprf.seeded import SeededBlinding

VECTORS: dict[str, Any] = json.loads(make_vectors.PLACE.read_text(encoding="utf-8"))
PARTS = pytest.mark.parametrize(("part", "layout"), [("search", SEARCH), ("openings", OPENINGS)])


def octets(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def test_file_is_what_the_implementations_make() -> None:
    assert make_vectors.PLACE.read_text(encoding="utf-8") == make_vectors.text()


@PARTS
def test_points_follow_from_seed_and_tokens(part: str, layout: SlotLayout) -> None:
    classes = VECTORS[part]["classes"]
    tokens = {KeyClass(one["class"]): octets(one["tokens"]) for one in classes}
    points = [point for one in classes for point in octets(one["points"])]
    verify_points(bytes.fromhex(VECTORS[part]["blind_seed"]), layout, tokens, points)


@PARTS
def test_answer_finalizes_to_the_outputs(part: str, layout: SlotLayout) -> None:
    classes = VECTORS[part]["classes"]
    tokens = {KeyClass(one["class"]): octets(one["tokens"]) for one in classes}
    answers = {
        KeyClass(one["class"]): Evaluation(tuple(octets(one["evaluated"])), bytes.fromhex(one["proof"]))
        for one in classes
    }
    publics = {KeyClass(one["class"]): bytes.fromhex(one["public"]) for one in VECTORS["keys"]}
    found = SeededBlinding(bytes.fromhex(VECTORS[part]["blind_seed"]), layout, tokens).finalize(
        answers, publics
    )
    for one in classes:
        assert found[KeyClass(one["class"])] == octets(one["outputs"])[: len(one["tokens"])]
