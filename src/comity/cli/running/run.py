"""``comity run``: all processes of a node, in the foreground until SIGTERM or Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

import typer

from comity.cli.home import HomeOption
from comity.cli.running.supervise import Program, Supervisor, open_log, wait_until
from comity.config import Config, load_config
from comity.errors import NodeError
from comity.storage.keystore.hardening import harden
from comity.storage.recovery.stale import remove_stale_copies
from comity.transport.unix import MAX_PATH_BYTES

READY_FILE = "ready.json"
LOCK_FILE = "run.lock"
READY_SECONDS = 60.0
"""After this long without all listeners, the journal says so; the node goes on trying."""

TICK_SECONDS = 0.2

app = typer.Typer()
_log = logging.getLogger("comity.run")


@app.command()
def run(home: HomeOption) -> None:
    """Run the node: keys, partner endpoint, desk and REST, worker; ends all of them with itself."""
    config = load_config(home)
    from comity.services.custody.holder import SOCKET, KeysProcess
    from comity.services.custody.unlock import unlock_key

    with _alone(config), _socket_folder(config) as sockets:
        remove_stale_copies(config.run)
        root = unlock_key(config)
        harden()
        _journal(config)
        stopping = _catch_signals()
        keys = KeysProcess(config, root, config.run / SOCKET)
        supervisor = Supervisor(programs(config, sockets), _environment(config), config.home / "log")
        try:
            told = slow = False
            started = time.monotonic()
            while not stopping:
                if keys.process.poll() is not None:
                    _log.error("process ended", extra={"child": "keys"})
                    keys = KeysProcess(config, root, config.run / SOCKET)
                supervisor.tend()
                if not told and _listening(config):
                    told = _tell_ready(config, supervisor, keys.process.pid)
                if not told and not slow and time.monotonic() - started > READY_SECONDS:
                    slow = True
                    _log.error("not ready yet; see the journals of the other processes")
                wait_until(lambda: bool(stopping), TICK_SECONDS)
        finally:
            (config.run / READY_FILE).unlink(missing_ok=True)
            supervisor.stop()
            keys.stop()


def programs(config: Config, sockets: Path) -> list[Program]:
    """Return the programs of a node, the keys process left out."""
    serve = [sys.executable, "-m", "comity.cli.running.serve"]
    desk = [
        *serve,
        "comity.web.wsgi:application",
        "--host",
        config.desk.host,
        "--port",
        str(config.desk.port),
    ]
    worker = [sys.executable, "-m", "comity.worker", "--home", str(config.home)]
    listed = [Program("worker", worker), Program("desk", desk)]
    endpoint = [*serve, "comity.node.wsgi:application"]
    if config.plain_http_on_loopback:
        place = ["--host", "127.0.0.1", "--port", str(config.partner.port)]
        return [Program("partner", [*endpoint, *place]), *listed]
    behind = sockets / "partner.sock"
    front = [sys.executable, "-m", "comity.node", "--behind", str(behind)]
    return [Program("partner", [*endpoint, "--socket", str(behind)]), Program("front", front), *listed]


def _environment(config: Config) -> dict[str, str]:
    dropped = {"COMITY_UNLOCK_FD", "CREDENTIALS_DIRECTORY"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "COMITY_HOME": str(config.home), "PYTHONUNBUFFERED": "1"}


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """Refuse a second supervisor of one home.

    Raises:
        NodeError: ``run.already``.
    """
    config.run.mkdir(mode=0o700, exist_ok=True)
    with open(config.run / LOCK_FILE, "ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NodeError("run.already") from None
        yield


@contextmanager
def _socket_folder(config: Config) -> Iterator[Path]:
    """Give a private folder whose path leaves room for a socket's name."""
    if len(os.fsencode(config.run)) + 20 <= MAX_PATH_BYTES:
        yield config.run
        return
    folder = Path(tempfile.mkdtemp(prefix="comity-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _journal(config: Config) -> None:
    """Write this process's journal to the home."""
    from comity.services.journal import log_json

    log_json("run")
    handler = logging.getLogger().handlers[0]
    if isinstance(handler, logging.StreamHandler):
        handler.setStream(
            TextIOWrapper(open_log(config.home / "log" / "run.log"), "utf-8", write_through=True)
        )


def _catch_signals() -> list[int]:
    caught: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: caught.append(received))
    return caught


def _listening(config: Config) -> bool:
    return all(_accepts(listener.host, listener.port) for listener in (config.partner, config.desk))


def _accepts(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - replaced, not bound
    try:
        with socket.create_connection((reachable, port), 0.5):
            return True
    except OSError:
        return False


def _tell_ready(config: Config, supervisor: Supervisor, keys_pid: int) -> bool:
    """Write the readiness file and say where the node listens."""
    state = {"pid": os.getpid(), "children": {**supervisor.pids(), "keys": keys_pid}}
    (config.run / READY_FILE).write_text(json.dumps(state), encoding="utf-8")
    _log.info("ready")
    desk, partner = config.desk, config.partner
    sys.stdout.write(f"{config.service} is ready: desk http://{desk.host}:{desk.port}")
    sys.stdout.write(f", partners https://{partner.host}:{partner.port}\n")
    sys.stdout.flush()
    return True
