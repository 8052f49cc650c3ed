"""The keys process, started for real: what it gives, what it refuses, what it never loads."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comity.config import Config, Listener
from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto import oprf, seal
from comity.core.crypto.agent import KeyState, ProbeKeyId, Sealed, TokenType
from comity.core.crypto.derive import derive
from comity.core.crypto.local import new_secrets
from comity.core.crypto.signature import verify_jws, verify_note
from comity.core.crypto.voprf.layout import KeyClass
from comity.errors import NodeError, PeerError
from comity.services.custody.holder import KeysProcess
from comity.storage.keystore.vault import Vault
from comity.transport.frames import receive_frame, send_frame
from comity.transport.keyagent import SocketKeys
from comity.transport.unix import connect_private

pytestmark = pytest.mark.processes
POLICE, RETURNS = Regime.POLICE, Regime.RETURN_IDENTIFICATION
ROOT = bytes(range(32))
PROBE = ProbeKeyId(ServiceId("MA.police"), POLICE, PurposeGroup.WANTED, 3)


def make_config(home: Path) -> Config:
    config = Config(
        home=home,
        service=ServiceId("BE.police"),
        name="x",
        country="BE",
        regimes=(POLICE, RETURNS),
        desk=Listener(port=1),
        partner=Listener(port=2),
        partner_url="https://node.example",
    )
    config.vault.parent.mkdir(parents=True)
    Vault(config.vault, ROOT).write(new_secrets(config.regimes, secrets.token_bytes))
    return config


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeysProcess]:
    config = make_config(tmp_path_factory.mktemp("home"))
    held = KeysProcess(config, ROOT, config.run / "keys.sock")
    yield held
    held.stop()


@pytest.fixture
def keys(process: KeysProcess) -> SocketKeys:
    return SocketKeys(process.socket)


def test_all_operations_over_the_socket(keys: SocketKeys) -> None:
    assert keys.ping()
    (held,) = keys.held_keys(POLICE)
    trusted = {held.sign_kid: held.sign_public}
    payloads = [str(n).encode() for n in range(50)]
    tokens = keys.sign(POLICE, TokenType.CONTENT, payloads)
    assert [verify_jws(t, typ=TokenType.CONTENT, keys=trusted).payload for t in tokens] == payloads
    token = keys.sign_as(POLICE, held.sign_kid, TokenType.CARD, b"card")
    assert verify_jws(token, typ=TokenType.CARD, keys=trusted).payload == b"card"
    (mark,) = keys.sign_note(POLICE, [b"note\n"])
    verify_note(b"note\n", mark, held.sign_public)
    good = Sealed(held.seal_kid, seal.seal(held.seal_public, b"info", b""), b"info")
    assert keys.open(POLICE, [good, replace(good, info=b"other"), replace(good, kid="0" * 16)]) == [
        b"",
        None,
        None,
    ]
    assert keys.open(RETURNS, [good]) == [None]
    public = keys.create_probe_key(PROBE)
    assert keys.create_probe_key(PROBE) == public
    round_ = oprf.Blinding([b"a", b"b"])
    assert round_.finalize(keys.evaluate(PROBE, round_.elements), public) == keys.evaluate_own(
        PROBE, [b"a", b"b"]
    )
    many = [str(n).encode() for n in range(5000)]
    assert len(keys.evaluate_own(PROBE, many)) == 5000
    assert keys.derived("database") == derive(ROOT, "database")
    keys.destroy_probe_key(PROBE)


def test_errors_come_back_as_they_are(keys: SocketKeys) -> None:
    with pytest.raises(NodeError, match=r"keys\.none"):
        keys.sign(Regime.INTELLIGENCE, TokenType.CALL, [b"x"])
    with pytest.raises(NodeError, match=r"keys\.no-probe-key"):
        keys.evaluate_own(replace(PROBE, epoch=9), [b"x"])
    keys.create_probe_key(PROBE)
    with pytest.raises(PeerError, match=r"probe\.element"):
        keys.evaluate(PROBE, [b"short"])
    for label in ("vault", "none"):
        with pytest.raises(NodeError, match=r"keys\.request"):
            keys.derived(label)
    with pytest.raises(NodeError, match=r"keys\.request"):
        keys.sign_note(POLICE, [b"not a note"])
    assert keys.ping()


def test_nonsense_never_ends_the_process(process: KeysProcess, keys: SocketKeys) -> None:
    for head in (
        {},
        {"op": "none"},
        {"op": "sign"},
        {"op": []},
        {"op": "open", "regime": "police", "kids": ["a"]},
    ):
        with connect_private(process.socket, 5) as connection:
            send_frame(connection, head)
            found = receive_frame(connection)
            assert found is not None
            assert found[0]["error"] == "keys.request"
    with connect_private(process.socket, 5) as connection:
        connection.sendall(b"\xff" * 64)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""
    assert keys.ping()


def test_many_threads_at_once(keys: SocketKeys) -> None:
    (held,) = keys.held_keys(POLICE)
    trusted, failures = {held.sign_kid: held.sign_public}, []

    def work(number: int) -> None:
        key = replace(PROBE, epoch=100 + number % 3)
        for turn in range(10):
            payload = f"{number}/{turn}".encode()
            token = keys.sign(POLICE, TokenType.CALL, [payload])[0]
            keys.create_probe_key(key)
            if verify_jws(token, typ=TokenType.CALL, keys=trusted).payload != payload:
                failures.append(payload)
            if keys.evaluate_own(key, [payload]) != keys.evaluate_own(key, [payload]):
                failures.append(payload)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_process_shows_nothing_to_a_debugger_and_leaves_no_core(process: KeysProcess) -> None:
    limits = Path(f"/proc/{process.process.pid}/limits")
    if os.geteuid() == 0:
        (core,) = [line for line in limits.read_text().splitlines() if line.startswith("Max core file size")]
        assert core.split()[4:6] == ["0", "0"]
    assert limits.stat().st_uid == 0


def test_the_unlock_key_stands_in_no_argument_or_environment(process: KeysProcess) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may read another process that is not dumpable")
    for name in ("cmdline", "environ"):
        octets = Path(f"/proc/{process.process.pid}/{name}").read_bytes()
        assert b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" not in octets


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as another user")
def test_another_user_is_refused(process: KeysProcess) -> None:
    program = (
        "import os, socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); os.setuid(65534);"
        "t = socket.socket(socket.AF_UNIX); s.close()\n"
        "try: t.connect(sys.argv[1])\n"
        "except PermissionError: sys.exit(13)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(process.socket)], check=False)
    assert done.returncode == 13


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as another user")
def test_another_user_is_refused_even_where_the_mode_lets_him_in(
    process: KeysProcess, keys: SocketKeys
) -> None:
    program = (
        "import os, socket, sys; os.chdir(sys.argv[1]); os.setegid(65534); os.seteuid(65534);"
        "s = socket.socket(socket.AF_UNIX); s.connect('keys.sock');"
        "sys.exit(0 if s.recv(1) == b'' else 1)"
    )
    folder = process.socket.parent
    process.socket.chmod(0o666)
    modes = [(path, path.stat().st_mode) for path in (folder, *folder.parents)]
    try:
        for path, mode in modes[:6]:
            if path != Path("/tmp"):
                path.chmod(mode | 0o755) if path.stat().st_uid == 0 else None
        done = subprocess.run([sys.executable, "-c", program, str(folder)], check=False, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
    finally:
        process.socket.chmod(0o600)
        for path, mode in modes[:6]:
            path.chmod(mode & 0o7777)
    assert keys.ping()


def test_clients_go_on_after_a_restart(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    first = KeysProcess(config, ROOT, config.run / "keys.sock")
    keys = SocketKeys(first.socket)
    public, pairs = keys.create_probe_key(PROBE), replace(PROBE, key_class=KeyClass.PAIR)
    of_pairs = keys.create_probe_key(pairs)
    first.process.send_signal(signal.SIGKILL)
    first.stop()
    with pytest.raises(NodeError, match=r"keys\.unreachable"):
        keys.held_keys(POLICE)
    second = KeysProcess(config, ROOT, config.run / "keys.sock")
    assert keys.create_probe_key(PROBE) == public != of_pairs == keys.create_probe_key(pairs)
    second.stop()
    assert not second.socket.exists()


def test_two_processes_of_one_vault_stay_in_step(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    one = KeysProcess(config, ROOT, config.run / "one.sock")
    two = KeysProcess(config, ROOT, config.run / "two.sock")
    first, second = SocketKeys(one.socket), SocketKeys(two.socket)
    public = first.create_probe_key(PROBE)
    other = second.create_probe_key(replace(PROBE, epoch=4))
    assert second.create_probe_key(PROBE) == public
    assert first.create_probe_key(replace(PROBE, epoch=4)) == other
    made = second.create_keys(POLICE)
    assert first.activate_keys(POLICE).sign_kid == made.sign_kid
    assert [held.state for held in second.held_keys(POLICE)] == [KeyState.RETIRING, KeyState.ACTIVE]
    one.stop()
    two.stop()


def test_the_wrong_unlock_key_opens_nothing(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    with pytest.raises(NodeError, match=r"vault\.key"):
        KeysProcess(config, bytes(32), config.run / "keys.sock")
    config.vault.unlink()
    with pytest.raises(NodeError, match=r"vault\.missing"):
        KeysProcess(config, ROOT, config.run / "keys.sock")


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    config = make_config(tmp_path)
    program = (
        "import os, sys; from pathlib import Path; from comity.services.custody.holder import KeysProcess;"
        "from tests.keys.test_process import ROOT; from types import SimpleNamespace as N;"
        "held = KeysProcess(N(vault=Path(sys.argv[1])), ROOT, Path(sys.argv[2]));"
        "print(held.process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    path = config.run / "keys.sock"
    done = subprocess.run(
        [sys.executable, "-c", program, str(config.vault), str(path)],
        check=False,
        capture_output=True,
        text=True,
    )
    pid = int(done.stdout)
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < until
        time.sleep(0.05)
    with socket.socket(socket.AF_UNIX) as connection, pytest.raises(OSError):  # noqa: PT011 - any
        connection.connect(str(path))


def test_it_loads_no_framework_and_no_database() -> None:
    program = (
        "import sys, comity.keys.__main__;"
        "loaded = {name.split('.')[0] for name in sys.modules};"
        "print(sorted(loaded & {'django', 'sqlcipher3', 'sqlite3', 'psycopg', 'granian', 'httpx', 'pydantic'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
