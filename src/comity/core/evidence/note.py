"""Signed notes, checkpoints and countersignatures.

Implements docs/protocol/evidence.md §5 and §6 (C2SP signed-note, tlog-checkpoint, tlog-cosignature). Rules:

- a checkpoint is exactly three lines: origin, size in decimal, root in base64; no extension line is accepted;
- the log's key name is the origin of the log, a witness's key name is `witness_name`;
- a countersignature covers the time at which it was made and the whole text of the checkpoint.

Attacks stopped: a signature of one log or witness passed for another's (key name and key hash), a checkpoint signature
passed for a countersignature (type byte and text prefix), two readings of one text (strict form).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.signature import verify_note
from comity.core.evidence.event import Bilateral, Scope
from comity.core.instant import Instant
from comity.errors import PeerError

TYPE_SIGNATURE = b"\x01"
TYPE_COSIGNATURE = b"\x04"
MAX_NOTE = 4096
MAX_SIZE = 2**62

_SIZE = re.compile(r"^(?:0|[1-9][0-9]{0,18})$")
_NAME = re.compile(r"^[A-Za-z0-9._/-]{1,160}$")
_DASH = "\u2014"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: which log, how many entries, which root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note: who claims it, 4-byte key hash, and the bytes."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class UnverifiedNote:
    """A note that was parsed; none of its signatures is verified yet."""

    text: bytes
    checkpoint: Checkpoint
    lines: tuple[SignatureLine, ...]


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A verified countersignature: which key of the witness, and when."""

    kid: str
    at: Instant


def origin(service: ServiceId, scope: Scope, epoch: int) -> str:
    """Return the origin of a log: ``comity/BE.police/bilateral/MA.police/police/1``."""
    if isinstance(scope, Bilateral):
        return f"comity/{service}/bilateral/{scope.partner}/{scope.regime.value}/{epoch}"
    return f"comity/{service}/internal/{epoch}"


def witness_name(service: ServiceId, regime: Regime) -> str:
    """Return the key name under which a service countersigns: ``comity/MA.police/police``."""
    return f"comity/{service}/{regime.value}"


def key_hash(name: str, kind: bytes, public: bytes) -> bytes:
    """Return the key hash of a note signature: SHA-256(name | LF | type | key), first 4 bytes."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def checkpoint_text(checkpoint: Checkpoint) -> bytes:
    """Return the text that the log signs."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{_b64(checkpoint.root)}\n".encode()


def cosignature_text(text: bytes, at: Instant) -> bytes:
    """Return what a witness signs: header, time in whole seconds, the text of the checkpoint."""
    return f"cosignature/v1\ntime {int(at.timestamp())}\n".encode() + text


def signature_line(name: str, public: bytes, signature: bytes) -> str:
    """Return the line that carries a log's signature."""
    return f"{_DASH} {name} {_b64(key_hash(name, TYPE_SIGNATURE, public) + signature)}\n"


def cosignature_line(name: str, public: bytes, signature: bytes, at: Instant) -> str:
    """Return the line that carries a countersignature with its time."""
    stamp = int(at.timestamp()).to_bytes(8, "big")
    return f"{_DASH} {name} {_b64(key_hash(name, TYPE_COSIGNATURE, public) + stamp + signature)}\n"


def assemble(text: bytes, *lines: str) -> str:
    """Return a note: its text, an empty line, its signature lines."""
    return text.decode() + "\n" + "".join(lines)


def open_note(note: str) -> UnverifiedNote:
    """Parse a note that must be a checkpoint with at least one signature.

    Raises:
        PeerError: ``evidence.note``.
    """
    if len(note) > MAX_NOTE:
        raise PeerError("evidence.note")
    head, found, tail = note.partition("\n\n")
    if not found or not tail.endswith("\n"):
        raise PeerError("evidence.note")
    lines = tuple(_line(line) for line in tail[:-1].split("\n"))
    text = head + "\n"
    parts = head.split("\n")
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]) or not _SIZE.fullmatch(parts[1]):
        raise PeerError("evidence.note")
    root, size = _from_b64(parts[2]), int(parts[1])
    if len(root) != 32 or size > MAX_SIZE:
        raise PeerError("evidence.note")
    return UnverifiedNote(text.encode(), Checkpoint(parts[0], size, root), lines)


def verify_checkpoint(note: UnverifiedNote, keys: Mapping[str, bytes]) -> str:
    """Verify the log's own signature.

    Args:
        note: the parsed note.
        keys: key identifiers to public keys of the log's service and regime, valid at the time in question.

    Returns:
        The identifier of the key that signed.

    Raises:
        PeerError: ``evidence.signature``.
    """
    name = note.checkpoint.origin
    for kid, public in keys.items():
        wanted = key_hash(name, TYPE_SIGNATURE, public)
        for line in note.lines:
            if line.name == name and line.key_hash == wanted and len(line.signature) == 64:
                _verify(note.text, line.signature, public)
                return kid
    raise PeerError("evidence.signature")


def verify_cosignature(note: UnverifiedNote, name: str, keys: Mapping[str, bytes]) -> Witnessed:
    """Verify the witness's countersignature.

    Args:
        note: the parsed note.
        name: `witness_name` of the witness.
        keys: its key identifiers to public keys; the caller checks that the key was valid at the returned time.

    Raises:
        PeerError: ``evidence.signature``.
    """
    for kid, public in keys.items():
        wanted = key_hash(name, TYPE_COSIGNATURE, public)
        for line in note.lines:
            if line.name == name and line.key_hash == wanted and len(line.signature) == 72:
                seconds = int.from_bytes(line.signature[:8], "big")
                if seconds >= 253402300800:
                    raise PeerError("evidence.signature")
                at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
                _verify(cosignature_text(note.text, at), line.signature[8:], public)
                return Witnessed(kid, at)
    raise PeerError("evidence.signature")


def fits(text: bytes, signature: bytes, public: bytes) -> bool:
    """Tell which of one's own keys made one's own signature; never a check of what another sent."""
    try:
        verify_note(text, signature, public)
    except PeerError:
        return False
    return True


def read_origin(text: str, service: ServiceId, scope: Scope) -> int:
    """Return the epoch of an origin that must name this log of this service.

    Raises:
        PeerError: ``evidence.origin``.
    """
    epoch = text.rpartition("/")[2]
    if (
        not _SIZE.fullmatch(epoch)
        or not 1 <= int(epoch) < 2**31
        or origin(service, scope, int(epoch)) != text
    ):
        raise PeerError("evidence.origin")
    return int(epoch)


def _verify(text: bytes, signature: bytes, public: bytes) -> None:
    try:
        verify_note(text, signature, public)
    except PeerError:
        raise PeerError("evidence.signature") from None


def _line(line: str) -> SignatureLine:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH or not _NAME.fullmatch(parts[1]):
        raise PeerError("evidence.note")
    octets = _from_b64(parts[2])
    if not 5 <= len(octets) <= 256:
        raise PeerError("evidence.note")
    return SignatureLine(parts[1], octets[:4], octets[4:])


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _from_b64(text: str) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise PeerError("evidence.note") from None
    if _b64(octets) != text:
        raise PeerError("evidence.note")
    return octets
