"""Erasures are journaled in their transaction and carried out again."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.services.evidence.cast import node

from comity.errors import NodeError
from comity.services import erasures
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be"])


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    known = {"subject": lambda _node, ids: found.extend(ids)}
    monkeypatch.setattr(erasures, "_replays", known)
    return found


def test_only_in_a_transaction_and_only_identifiers(tmp_path: Path) -> None:
    be = node("be", home=tmp_path)
    with pytest.raises(RuntimeError, match="transaction"):
        erasures.journal(be, "subject", ["a"])
    with atomic("be"):
        for kind, one in (("Subject", "a"), ("subject", "Yasmina Ait Lahcen"), ("subject", "")):
            with pytest.raises(ValueError, match="identifiers"):
                erasures.journal(be, kind, [one])
    assert erasures.position(tmp_path) == (0, "0" * 64)


def test_replayed_in_full(tmp_path: Path, gone: list[str]) -> None:
    be = node("be", home=tmp_path)
    with atomic("be"):
        erasures.journal(be, "subject", ["a"])
    before = erasures.position(tmp_path)
    with atomic("be"):
        erasures.journal(be, "subject", [f"b{number}" for number in range(1200)])
    assert erasures.replay(be, before) == 4
    assert (len(gone), gone[0], gone[-1]) == (1201, "a", "b1199")


def test_what_cannot_be_replayed_stops_the_restore(tmp_path: Path, gone: list[str]) -> None:
    be = node("be", home=tmp_path)
    for before in ((1, "00"), (0, "0" * 64)):
        with pytest.raises(NodeError, match=r"journal\.missing"):
            erasures.replay(be, before)
    with atomic("be"):
        erasures.journal(be, "recall", ["a"])
    with pytest.raises(NodeError, match=r"journal\.unknown-kind"):
        erasures.replay(be, (0, "0" * 64))
    erasures._replays["recall"] = erasures._replays["subject"]
    for older in ((2, "ff" * 32), (1, "ff" * 32)):
        with pytest.raises(NodeError, match=r"journal\.other"):
            erasures.replay(be, older)


def test_a_journal_without_any_erasure_is_not_a_lost_one(tmp_path: Path, gone: list[str]) -> None:
    be = node("be", home=tmp_path)
    erasures.begin(be)
    before = erasures.position(tmp_path)
    assert before[0] == 1
    erasures.begin(be)
    assert erasures.position(tmp_path) == before
    assert erasures.replay(be, before) == 0
    with atomic("be"):
        erasures.journal(be, "subject", ["a"])
    after, whole = erasures.position(tmp_path), erasures.journal_file(tmp_path).read_bytes()
    # Cut back to the first line, then emptied: nothing is carried out, and nothing is taken for complete.
    for octets in (whole[: whole.index(b"\n") + 1], b""):
        erasures.journal_file(tmp_path).write_bytes(octets)
        with pytest.raises(NodeError, match=r"journal\.other"):
            erasures.replay(be, after)
    assert gone == []
    # An administrator may go on with what there is.
    erasures.journal_file(tmp_path).write_bytes(whole)
    assert erasures.replay(be, (3, "ff" * 32), incomplete=True) == 1
    assert gone == ["a"]
    assert not erasures.is_whole(tmp_path, (3, "ff" * 32))


def test_one_function_a_kind(gone: list[str]) -> None:
    with pytest.raises(ValueError, match="two"):
        erasures.replays("subject")(lambda _node, _ids: None)
