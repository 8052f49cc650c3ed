"""Where the unlock key comes from: descriptor, systemd credential, file (demonstrations), prompt; in this order.

Implements docs/operations.md §2. The key is 32 random bytes, written as 43 characters of base64url. It never stands in
the configuration, in the environment, on a command line, or inside the home.
"""

from __future__ import annotations

import getpass
import os
import stat
import sys
from pathlib import Path

from comity.config import Config
from comity.core.crypto.derive import ROOT_BYTES
from comity.core.crypto.encoding import from_text, to_text
from comity.errors import ComityError, InputError, NodeError

FD_VARIABLE = "COMITY_UNLOCK_FD"
CREDENTIAL = "comity-unlock"
MAX_BYTES = 256


def given_key() -> bytes | None:
    """Return the unlock key of the descriptor or the systemd credential, None if neither is there.

    Raises:
        InputError: ``unlock.malformed``, ``unlock.descriptor``.
    """
    number = os.environ.pop(FD_VARIABLE, None)
    if number is not None:
        return _parse(_read_descriptor(number))
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and (path := Path(folder) / CREDENTIAL).is_file():
        return _parse(path.read_bytes())
    return None


def unlock_key(config: Config) -> bytes:
    """Return the unlock key of a node.

    Raises:
        InputError: ``unlock.malformed``, ``unlock.descriptor``, ``unlock.inside-home``, ``unlock.mode``,
            ``unlock.missing``.
        NodeError: ``unlock.none``: no source, and nobody to ask.
    """
    given = given_key()
    if given is not None:
        return given
    if config.unlock_file is not None:
        return read_unlock_file(config.unlock_file, config.home)
    if sys.stdin is not None and sys.stdin.isatty():
        return _parse(getpass.getpass("Unlock key: ").encode("utf-8", "replace"))
    raise NodeError("unlock.none")


def asked_key(unlock_file: Path | None, home: Path) -> bytes:
    """Return the unlock key where there is no configuration yet: descriptor, credential, file, prompt.

    Raises:
        InputError: as `unlock_key`.
        NodeError: ``unlock.none``.
    """
    given = given_key()
    if given is not None:
        return given
    if unlock_file is not None:
        return read_unlock_file(unlock_file, home)
    if sys.stdin is not None and sys.stdin.isatty():
        return _parse(getpass.getpass("Unlock key: ").encode("utf-8", "replace"))
    raise NodeError("unlock.none")


def read_unlock_file(path: Path, home: Path) -> bytes:
    """Return the key of a file that lies outside the home and that only its owner may read.

    Raises:
        InputError: ``unlock.missing``, ``unlock.inside-home``, ``unlock.mode``, ``unlock.malformed``.
    """
    check_outside(path, home)
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            octets = file.read(MAX_BYTES)
    except OSError:
        raise InputError("unlock.missing") from None
    if mode & 0o077:
        raise InputError("unlock.mode", mode=oct(mode))
    return _parse(octets)


def check_outside(path: Path, home: Path) -> None:
    """Refuse a place inside the home, where a backup would carry the key beside what it opens.

    Raises:
        InputError: ``unlock.inside-home``.
    """
    if path.resolve().is_relative_to(home.resolve()):
        raise InputError("unlock.inside-home")


def write_secret_file(path: Path, octets: bytes) -> None:
    """Write a new file that only its owner may read.

    Raises:
        InputError: ``file.exists``, ``file.write``.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise InputError("file.exists", file=path.name) from None
    except OSError:
        raise InputError("file.write", file=path.name) from None


def write_key(root: bytes) -> str:
    """Return the text of an unlock key."""
    return to_text(root)


def _read_descriptor(number: str) -> bytes:
    try:
        with os.fdopen(int(number), "rb") as pipe:
            return pipe.read(MAX_BYTES)
    except (ValueError, OSError):
        raise InputError("unlock.descriptor") from None


def _parse(octets: bytes) -> bytes:
    try:
        root = from_text(octets.decode("ascii").strip())
    except (ComityError, UnicodeDecodeError):
        raise InputError("unlock.malformed") from None
    if len(root) != ROOT_BYTES:
        raise InputError("unlock.malformed")
    return root
