"""The vault: round trip, tampering, durable replacement."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.agent import ProbeKeyId
from comity.core.crypto.local import LocalKeys, ProbeSecret, Secrets, new_secrets
from comity.errors import NodeError
from comity.storage.keystore.vault import MAGIC, Vault, replace_file

ROOT = bytes(range(32))


@pytest.fixture
def held() -> Secrets:
    probe = ProbeSecret(
        ProbeKeyId(ServiceId("MA.x"), Regime.POLICE, PurposeGroup.WANTED, 3), secrets.token_bytes(32)
    )
    return Secrets(new_secrets(list(Regime)[:2], secrets.token_bytes).pairs, (probe,))


def test_what_is_written_is_read(tmp_path: Path, held: Secrets) -> None:
    vault = Vault(tmp_path / "keys", ROOT)
    vault.write(held)
    assert vault.read() == held
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    before = vault.mark()
    vault.write(held)
    assert vault.mark() != before
    assert sorted(os.listdir(tmp_path)) == ["keys"]


def test_no_key_stands_in_the_file_in_plain(tmp_path: Path, held: Secrets) -> None:
    Vault(tmp_path / "keys", ROOT).write(held)
    octets = (tmp_path / "keys").read_bytes()
    for pair in held.pairs:
        for secret in (pair.sign, pair.seal, pair.sign.hex().encode()):
            assert secret not in octets


def test_any_other_key_or_altered_byte_is_refused(tmp_path: Path, held: Secrets) -> None:
    path = tmp_path / "keys"
    Vault(path, ROOT).write(held)
    with pytest.raises(NodeError, match=r"vault\.key"):
        Vault(path, bytes(32)).read()
    octets = path.read_bytes()
    for at in (0, len(MAGIC), len(MAGIC) + 5, len(octets) // 2, len(octets) - 1):
        altered = bytearray(octets)
        altered[at] ^= 1
        path.write_bytes(bytes(altered))
        with pytest.raises(NodeError, match=r"vault\.key"):
            Vault(path, ROOT).read()
    for cut in (b"", MAGIC, octets[:-1]):
        path.write_bytes(cut)
        with pytest.raises(NodeError, match=r"vault\.key"):
            Vault(path, ROOT).read()
    path.unlink()
    for act in (Vault(path, ROOT).read, Vault(path, ROOT).mark):
        with pytest.raises(NodeError, match=r"vault\.missing"):
            act()


def test_a_replacement_that_fails_leaves_the_old_file(
    tmp_path: Path, held: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = Vault(tmp_path / "keys", ROOT)
    vault.write(held)

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)
    keys = LocalKeys(held, secrets.token_bytes, root=ROOT, keep=vault.write)
    with pytest.raises(NodeError, match=r"vault\.write"):
        keys.create_keys(Regime.POLICE)
    monkeypatch.undo()
    assert vault.read() == held
    assert len(keys.held_keys(Regime.POLICE)) == 1


def test_a_left_over_half_written_file_does_no_harm(tmp_path: Path, held: Secrets) -> None:
    (tmp_path / "keys.new").write_bytes(b"half")
    Vault(tmp_path / "keys", ROOT).write(held)
    assert Vault(tmp_path / "keys", ROOT).read() == held
    replace_file(tmp_path / "keys", b"x")
    assert (tmp_path / "keys").read_bytes() == b"x"
