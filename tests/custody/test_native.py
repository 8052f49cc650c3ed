"""Compiling the native evaluation: what is missing is said, what fails changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from comity.core.crypto.native import library
from comity.errors import NodeError
from comity.services.custody import native


@pytest.fixture(autouse=True)
def _any_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_flags", lambda: {native.FLAG})


def test_processor_without_the_instructions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(native, "_flags", lambda: {"avx2"})
    with pytest.raises(NodeError, match=r"^probe\.native-processor"):
        native.compile_native(tmp_path / "evaluate.so")
    assert list(tmp_path.iterdir()) == []


def test_no_compiler(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=r"^probe\.native-compiler"):
        native.compile_native(tmp_path / "evaluate.so", compiler="no-such-compiler")


def test_compiler_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "evaluate.so"
    target.write_bytes(b"before")
    with pytest.raises(NodeError, match=r"^probe\.native-failed"):
        native.compile_native(target, compiler="false")
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=r"^probe\.native-failed"):
        native.compile_native(tmp_path / "none" / "evaluate.so")


def test_library_that_computes_something_else_takes_no_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The sources are altered: a constant of the hash, which still compiles."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for source in Path(library.FOLDER).glob("*.[ch]"):
        text = source.read_text(encoding="utf-8")
        (folder / source.name).write_text(text.replace('"Finalize"', '"finalize"'), encoding="utf-8")
    monkeypatch.setattr(library, "FOLDER", str(folder))
    target = tmp_path / "evaluate.so"
    with pytest.raises(NodeError, match=r"^probe\.native-wrong"):
        native.compile_native(target)
    assert not target.exists()
