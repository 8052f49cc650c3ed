"""Answers a partner who shows us a checkpoint: verify, remember, countersign (docs/protocol/evidence.md §6).

We never countersign a state that does not begin with the last one we countersigned: a partner cannot rewrite, shorten
or fork a log without another service noticing. A refusal is an answer, not an exception, so that the alarm it
raises stays stored and the partner learns the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.encoding import from_text
from comity.core.evidence import note
from comity.core.evidence.event import Bilateral
from comity.core.evidence.proofs import verify_consistency
from comity.core.evidence.tree import EMPTY_ROOT
from comity.errors import PeerError
from comity.services.context import Node
from comity.services.evidence import alarms, keyring
from comity.services.evidence.sequence import signer
from comity.storage.evidence import checkpoints
from comity.storage.models.evidence import EvidenceWitness
from comity.storage.transaction import atomic

MAX_PROOF_STEPS = 128


@dataclass(frozen=True, slots=True)
class Shown:
    """What the partner shows: a signed checkpoint, the size it thinks we know, the proof between the two."""

    note: str
    old: int
    proof: tuple[bytes, ...]


def answer_checkpoint(node: Node, partner: ServiceId, regime: Regime, body: Any) -> dict[str, Any]:
    """Answer the call ``checkpoint``.

    Returns:
        ``{"state": "cosigned", "line"}``, ``{"state": "stale", "note"}`` with the last note we countersigned, or
        ``{"state": "refused", "code", "note"}``.

    Raises:
        PeerError: ``evidence.call``, ``evidence.note``, ``evidence.origin``, ``evidence.signature``.
        Refused: the partner is not one whose signature counts.
    """
    scope = Bilateral(node.service, regime)
    # 1. The form of the call; the note's own signature, by a key of the partner that holds now.
    shown = read_shown(body)
    opened = note.open_note(shown.note)
    epoch = note.read_origin(opened.checkpoint.origin, partner, scope)
    note.verify_checkpoint(opened, keyring.partner_keys_now(node, partner, regime))
    # 2. An earlier epoch is closed; a later one is seen by people.
    latest = checkpoints.last_witness(node.alias, partner, regime)
    ours = Bilateral(partner, regime)
    if latest is not None and epoch < latest.epoch:
        return {"state": "refused", "code": "evidence.epoch-closed", "note": latest.note}
    known = latest if latest is not None and latest.epoch == epoch else None
    # 3. It must begin with the last state we countersigned.
    refusal = _compare(node, ours, opened.checkpoint, shown, known)
    if refusal is not None:
        return refusal
    if latest is not None and known is None:
        alarms.raise_alarm(
            node, alarms.NEW_EPOCH, opened.checkpoint.origin, ours, latest.note + "\n" + shown.note
        )
    # 4. Countersign, remember, and only then answer.
    return _countersign(node, ours, opened, shown, epoch)


def answer_last(node: Node, partner: ServiceId, regime: Regime) -> dict[str, Any]:
    """Answer the call ``checkpoint-last``: the last note of the partner's log that we countersigned."""
    latest = checkpoints.last_witness(node.alias, partner, regime)
    return {"note": None if latest is None else latest.note}


def read_shown(body: Any) -> Shown:
    """Read the body of the call.

    Raises:
        PeerError: ``evidence.call``.
    """
    if not isinstance(body, dict) or set(body) != {"note", "old", "proof"}:
        raise PeerError("evidence.call")
    text, old, proof = body["note"], body["old"], body["proof"]
    if (
        not isinstance(text, str)
        or isinstance(old, bool)
        or not isinstance(old, int)
        or not isinstance(proof, list)
    ):
        raise PeerError("evidence.call")
    if len(proof) > MAX_PROOF_STEPS or not all(isinstance(step, str) for step in proof):
        raise PeerError("evidence.call")
    return Shown(text, old, tuple(from_text(step) for step in proof))


def _compare(
    node: Node, ours: Bilateral, new: note.Checkpoint, shown: Shown, known: EvidenceWitness | None
) -> dict[str, Any] | None:
    """Return the answer that refuses, or None when the new state begins with the known one."""
    size, root = 0, EMPTY_ROOT
    if known is not None:
        last = note.open_note(known.note).checkpoint
        size, root = last.size, last.root
        if new.size < size:
            alarms.raise_alarm(node, alarms.SHRUNK, new.origin, ours, known.note + "\n" + shown.note)
            return {"state": "stale", "note": known.note}
        if new.size == size and new.root != root:
            alarms.raise_alarm(node, alarms.FORK, new.origin, ours, known.note + "\n" + shown.note)
            return {"state": "refused", "code": alarms.FORK, "note": known.note}
        if shown.old != size:
            return {"state": "stale", "note": known.note}
    try:
        verify_consistency(size, root, new.size, new.root, shown.proof)
    except PeerError:
        if known is not None:
            alarms.raise_alarm(node, alarms.FORK, new.origin, ours, known.note + "\n" + shown.note)
        return {"state": "refused", "code": alarms.FORK, "note": None if known is None else known.note}
    return None


def _countersign(
    node: Node, ours: Bilateral, opened: note.UnverifiedNote, shown: Shown, epoch: int
) -> dict[str, Any]:
    now = node.clock().replace(microsecond=0)
    text = note.cosignature_text(opened.text, now)
    (signature,) = node.keys.sign_note(ours.regime, [text])
    public = signer(node, ours.regime, text, signature)
    line = note.cosignature_line(note.witness_name(node.service, ours.regime), public, signature, now)
    row = EvidenceWitness(
        origin=opened.checkpoint.origin,
        partner=ours.partner,
        regime=ours.regime.value,
        epoch=epoch,
        size=opened.checkpoint.size,
        note=shown.note,
        seen_at=now,
    )
    with atomic(node.alias):
        stored = checkpoints.remember(node.alias, row, shown.old)
    if not stored:
        known = checkpoints.witness(node.alias, opened.checkpoint.origin)
        return {"state": "stale", "note": shown.note if known is None else known.note}
    return {"state": "cosigned", "line": line}
