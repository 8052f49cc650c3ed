"""Signed notes and countersignatures, against the published test vector of the note format and forgeries."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.encoding import key_id
from comity.core.evidence import note
from comity.core.evidence.event import Bilateral, Internal
from comity.errors import PeerError

AT = datetime(2026, 11, 23, 20, 15, 0, tzinfo=UTC)
BE, MA = ServiceId("BE.police"), ServiceId("MA.police")
LOG = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
WITNESS = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)
ORIGIN = note.origin(BE, Bilateral(MA, Regime.POLICE), 1)
NAME = note.witness_name(MA, Regime.POLICE)
ROOT = hashlib.sha256(b"root").digest()


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def _keys(key: Ed25519PrivateKey) -> dict[str, bytes]:
    return {key_id(_public(key)): _public(key)}


def _signed(checkpoint: note.Checkpoint, name: str | None = None) -> str:
    text = note.checkpoint_text(checkpoint)
    log = note.signature_line(name or checkpoint.origin, _public(LOG), LOG.sign(text))
    cosigned = WITNESS.sign(note.cosignature_text(text, AT))
    return note.assemble(text, log, note.cosignature_line(NAME, _public(WITNESS), cosigned, AT))


def _open_all(text: str) -> None:
    opened = note.open_note(text)
    note.verify_checkpoint(opened, _keys(LOG))
    note.verify_cosignature(opened, NAME, _keys(WITNESS))


def test_published_key_hash() -> None:
    """The example key of the note format: PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW."""
    octets = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    assert note.key_hash("PeterNeumann", octets[:1], octets[1:]).hex() == "c74f20a3"


def test_round_trip() -> None:
    checkpoint = note.Checkpoint(ORIGIN, 1234, ROOT)
    opened = note.open_note(_signed(checkpoint))
    assert opened.checkpoint == checkpoint
    assert opened.text == f"{ORIGIN}\n1234\n{base64.b64encode(ROOT).decode()}\n".encode()
    assert note.verify_checkpoint(opened, _keys(LOG)) == key_id(_public(LOG))
    assert note.verify_cosignature(opened, NAME, _keys(WITNESS)) == note.Witnessed(
        key_id(_public(WITNESS)), AT
    )


def test_signed_texts_are_those_of_the_specifications() -> None:
    text = note.checkpoint_text(note.Checkpoint(ORIGIN, 7, ROOT))
    assert note.cosignature_text(text, AT) == b"cosignature/v1\ntime 1795464900\n" + text
    assert note.origin(BE, Internal(), 2) == "comity/BE.police/internal/2"


def test_one_signature_is_not_another() -> None:
    opened = note.open_note(_signed(note.Checkpoint(ORIGIN, 5, ROOT)))
    for keys in ({}, _keys(WITNESS)):
        with pytest.raises(PeerError, match=r"evidence\.signature"):
            note.verify_checkpoint(opened, keys)
    for name, keys in (
        (NAME, _keys(LOG)),
        (ORIGIN, _keys(WITNESS)),
        (ORIGIN, _keys(LOG)),
        (NAME + "x", _keys(WITNESS)),
    ):
        with pytest.raises(PeerError, match=r"evidence\.signature"):
            note.verify_cosignature(opened, name, keys)
    renamed = note.open_note(_signed(note.Checkpoint(ORIGIN, 5, ROOT), name="comity/other/1"))
    with pytest.raises(PeerError, match=r"evidence\.signature"):
        note.verify_checkpoint(renamed, _keys(LOG))


def test_a_countersignature_covers_text_and_time() -> None:
    made = _signed(note.Checkpoint(ORIGIN, 5, ROOT))
    grown = note.open_note(made.replace("\n5\n", "\n6\n"))
    with pytest.raises(PeerError):
        note.verify_cosignature(grown, NAME, _keys(WITNESS))
    head, _, last = made[:-1].rpartition(" ")
    octets = bytearray(base64.b64decode(last))
    octets[11] ^= 1
    moved = note.open_note(f"{head} {base64.b64encode(octets).decode()}\n")
    with pytest.raises(PeerError):
        note.verify_cosignature(moved, NAME, _keys(WITNESS))


@pytest.mark.parametrize("change", range(0, 420, 3))
def test_any_altered_character_is_refused(change: int) -> None:
    made = _signed(note.Checkpoint(ORIGIN, 1234, ROOT))
    at = change % len(made)
    other = "A" if made[at] != "A" else "B"
    with pytest.raises(PeerError):
        _open_all(made[:at] + other + made[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n" + "A" * 43 + "=\n",
        "a\n01\nx\n\n\u2014 a AAAAAAAA\n",
        "a\n1\n" + "A" * 43 + "=\nextension\n\n\u2014 a AAAAAAAA\n",
        "a\n1\n" + "A" * 43 + "=\n\n\u2014 a AAAAAAAA",
        "a\n1\n" + "A" * 43 + "=\n\n- a AAAAAAAA\n",
        "a\n1\n" + "A" * 43 + "=\n\n\u2014 a AAAA\n",
        "a\n1\n" + "A" * 42 + "B=\n\n\u2014 a AAAAAAAA\n",
        "a b\n1\n" + "A" * 43 + "=\n\n\u2014 a AAAAAAAA\n",
        "a\n" + "9" * 19 + "\n" + "A" * 43 + "=\n\n\u2014 a AAAAAAAA\n",
        "x" * 5000,
    ],
)
def test_malformed_notes_are_refused(text: str) -> None:
    with pytest.raises(PeerError, match=r"evidence\.note"):
        note.open_note(text)
