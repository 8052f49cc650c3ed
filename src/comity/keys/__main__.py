"""``python -m comity.keys --vault FILE --socket FILE``: the only process that reads the private keys.

The unlock key comes as the first line of standard input, in base64url; the process ends when standard input ends,
that is, with whoever started it. It says ``ready`` on standard output once it listens. It has no database and no
network.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from comity.core.crypto.encoding import from_text
from comity.errors import ComityError
from comity.keys.holder import VaultKeys
from comity.keys.server import serve
from comity.storage.keystore.hardening import harden
from comity.storage.keystore.vault import Vault
from comity.transport.unix import listen_private

MAX_LINE = 128


def main(arguments: list[str] | None = None) -> int:
    """Run the process; the exit code is 1 when the vault does not open."""
    parser = argparse.ArgumentParser(prog="comity-keys")
    parser.add_argument("--vault", type=Path, required=True)
    parser.add_argument("--socket", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    harden()
    try:
        root = from_text(sys.stdin.buffer.readline(MAX_LINE).decode("ascii").strip())
        holder = VaultKeys(Vault(chosen.vault, root), root)
    except (ComityError, ValueError) as error:
        code = error.code if isinstance(error, ComityError) else "unlock.malformed"
        sys.stdout.write(f"{code}\n")
        return 1
    listener = listen_private(chosen.socket)

    def end(_: int = 0, __: FrameType | None = None) -> None:
        chosen.socket.unlink(missing_ok=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_until_orphaned, args=(end,), daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    serve(listener, holder)
    return 0


def _until_orphaned(end: Callable[[], None]) -> None:
    while sys.stdin.buffer.read(1):
        pass
    end()


if __name__ == "__main__":
    sys.exit(main())
