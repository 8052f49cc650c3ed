"""Where the unlock key comes from, and where it may not lie."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from comity.core.crypto.encoding import to_text
from comity.errors import InputError, NodeError
from comity.services.custody.unlock import FD_VARIABLE, read_unlock_file, unlock_key, write_secret_file

ROOT = bytes(range(32))
TEXT = to_text(ROOT).encode()


@pytest.fixture(autouse=True)
def _no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FD_VARIABLE, raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))


def config(home: Path, unlock_file: Path | None = None) -> Any:
    return SimpleNamespace(home=home, unlock_file=unlock_file)


def pipe_with(octets: bytes) -> str:
    read, write = os.pipe()
    os.write(write, octets)
    os.close(write)
    return str(read)


def test_the_descriptor_comes_first_and_is_used_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FD_VARIABLE, pipe_with(TEXT + b"\n"))
    assert unlock_key(config(tmp_path, tmp_path / "none")) == ROOT
    assert FD_VARIABLE not in os.environ


def test_then_the_systemd_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "comity-unlock").write_bytes(TEXT)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert unlock_key(config(tmp_path / "home")) == ROOT


def test_then_the_file_then_the_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, file = tmp_path / "home", tmp_path / "unlock"
    write_secret_file(file, TEXT)
    assert unlock_key(config(home, file)) == ROOT
    with pytest.raises(NodeError, match=r"unlock\.none"):
        unlock_key(config(home))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("getpass.getpass", lambda _: TEXT.decode())
    assert unlock_key(config(home)) == ROOT


@pytest.mark.parametrize("octets", [b"", b"short", TEXT + b"x", TEXT[:-1], b"\xff" * 43, TEXT + TEXT])
def test_what_is_no_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    monkeypatch.setenv(FD_VARIABLE, pipe_with(octets))
    with pytest.raises(InputError, match=r"unlock\.malformed"):
        unlock_key(config(tmp_path))


@pytest.mark.parametrize("number", ["x", "", "999999", "-1"])
def test_a_descriptor_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setenv(FD_VARIABLE, number)
    with pytest.raises(InputError, match=r"unlock\.descriptor"):
        unlock_key(config(tmp_path))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "unlock"
    write_secret_file(file, TEXT)
    file.chmod(mode)
    with pytest.raises(InputError, match=r"unlock\.mode"):
        read_unlock_file(file, tmp_path / "home")


def test_a_file_inside_the_home_is_refused_however_it_is_reached(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_secret_file(home / "deep" / "unlock", TEXT)
    link = tmp_path / "link"
    link.symlink_to(home / "deep" / "unlock")
    for file in (home / "deep" / "unlock", link, home / "deep" / ".." / "deep" / "unlock"):
        with pytest.raises(InputError, match=r"unlock\.inside-home"):
            read_unlock_file(file, home)
    for file in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match=r"unlock\.(missing|mode)"):
            read_unlock_file(file, home)


def test_a_secret_is_never_written_over_another_file(tmp_path: Path) -> None:
    file = tmp_path / "unlock"
    write_secret_file(file, TEXT)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match=r"file\.exists"):
        write_secret_file(file, b"other")
    assert file.read_bytes() == TEXT
